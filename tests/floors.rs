//! A module may use itself and lower floors; modules on one floor do not know
//! each other.

use std::{fs, path::Path};

/// Bottom to top.
const FLOORS: &[&[&str]] = &[
    &["limits", "units"],
    &["error"],
    &["column"],
    &["bits"],
    &["capture", "format"],
    &["walk"],
    &["graph"],
    &["v8"],
    &["files", "report"],
    &["analysis", "census"],
    &["growth"],
    &["explain"],
    &["observe", "sources"],
    &["detector", "offline"],
    &["binding"],
];

fn floor_of(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .ok_or_else(|| format!("{module} stands on no floor: add it to FLOORS"))
        .expect("every module is listed")
}

fn check_file(path: &Path, module: &str, faults: &mut Vec<String>) {
    let text = fs::read_to_string(path).expect("a source file");
    if text.contains("#![cfg(test)]") {
        return; // What only tests have may look at things from above.
    }
    for used in modules_used(&text) {
        if used != module && floor_of(used) >= floor_of(module) {
            faults.push(format!("{}: {module} uses {used}", path.display()));
        }
    }
}

/// The modules after each `crate::`, one or a list in braces.
fn modules_used(text: &str) -> Vec<&str> {
    let code: Vec<&str> =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut used = Vec::new();
    for (number, line) in code.iter().enumerate() {
        for (at, word) in line.match_indices("crate::") {
            let rest = &line[at + word.len()..];
            if rest.starts_with('{') {
                used.extend(listed(&code[number..]));
            } else {
                used.extend(module_at(rest));
            }
        }
    }
    used
}

/// The modules of `use crate::{a::b, c};`, the names one level down left out.
fn listed<'a>(code: &[&'a str]) -> Vec<&'a str> {
    let mut used = Vec::new();
    let mut depth = 0;
    for (number, line) in code.iter().enumerate() {
        let from =
            if number == 0 { line.find("crate::").map_or(0, |at| at + "crate::".len()) } else { 0 };
        let mut expected = number > 0 && depth == 1;
        for (at, c) in line[from..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return used;
            }
            if expected && c.is_alphabetic() {
                used.extend(module_at(&line[from + at..]));
                expected = false;
            }
            expected |= depth == 1 && (c == '{' || c == ',');
        }
    }
    used
}

fn module_at(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let name = &text[..end];
    FLOORS.iter().any(|floor| floor.contains(&name)).then_some(name)
}

fn visit(dir: &Path, module: Option<&str>, faults: &mut Vec<String>) {
    for entry in fs::read_dir(dir).expect("a source folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if path.is_dir() {
            visit(&path, Some(module.unwrap_or(&name)), faults);
        } else if module.is_some() || name != "lib" {
            check_file(&path, module.unwrap_or(&name), faults);
        }
    }
}

#[test]
fn no_module_uses_a_floor_above_its_own() {
    let mut faults = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut faults);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_check_sees_every_form_of_use() {
    let text = "use crate::{\n    graph::{Edge, units},\n    growth, // detector\n};\nuse crate::format::Parser;\nfn f(x: crate::detector::X) {}\n";
    assert_eq!(modules_used(text), ["graph", "growth", "format", "detector"]);
}
