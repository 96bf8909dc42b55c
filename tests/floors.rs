//! A module may use itself and lower floors; modules on one floor do not know
//! each other.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bottom to top.
const FLOORS: &[&[&str]] = &[
    &["limits", "units"],
    &["error"],
    &["column"],
    &["beside", "bits", "packed", "symbols"],
    &["allocations", "capture", "collector", "format"],
    &["walk"],
    &["graph"],
    &["v8"],
    &["files", "report"],
    &["account", "analysis", "census"],
    &["growth", "session", "strip"],
    &["explain"],
    &["explore", "observe", "sources"],
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

/// Returns the modules after each `crate::`, one or a list in braces.
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

/// Returns the modules of `use crate::{a::b, c};`, without the names one level down.
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

/// Expands the paths of `use` trees after `prefix`.
fn paths_after(prefix: &str, text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.split("#[cfg(test)]mod tests").next().unwrap_or_default();
    let mut paths = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        expand("", &code[at + prefix.len()..], &mut paths);
    }
    paths
}

/// Expands one item of a `use` tree, or several in braces, and returns the rest.
fn expand<'a>(above: &str, tree: &'a str, paths: &mut Vec<String>) -> &'a str {
    let end = tree.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).unwrap_or(tree.len());
    let path = above.to_owned() + &tree[..end];
    let Some(mut rest) = tree[end..].strip_prefix('{') else {
        paths.push(path);
        return &tree[end..];
    };
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(rest) = rest.strip_prefix('}') {
            return rest;
        }
        let left = rest.len();
        rest = expand(&path, rest, paths);
        rest = rest.find([',', '}']).map_or("", |at| &rest[at..]);
        if rest.len() == left || rest.is_empty() {
            return "";
        }
    }
}

/// Returns which files of a room each file uses, by name; `room` is its path below `src`.
fn uses_within(room: &Path) -> Vec<(String, Vec<String>)> {
    let name = |path: &Path| path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
    let entries = fs::read_dir(room).expect("a room").flatten().map(|entry| entry.path());
    let files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    let front = [room.join("mod.rs"), room.with_extension("rs")];
    let front = front.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    // `pub use judge::Decision` makes `super::Decision` a use of `judge`.
    let shown: Vec<(String, String)> = paths_after("use ", &front)
        .iter()
        .filter_map(|path| {
            let (file, shown) = path.trim_start_matches("self::").split_once("::")?;
            Some((shown.rsplit("::").next()?.to_owned(), file.to_owned()))
        })
        .collect();
    let all: Vec<String> = files.iter().filter_map(|path| name(path)).collect();
    let file_of = |path: &String| {
        let first = path.split("::").next()?.to_owned();
        let shown = shown.iter().find(|(shown, _)| *shown == first).map(|(_, file)| file);
        Some(shown.cloned().unwrap_or(first)).filter(|file| all.contains(file))
    };
    let uses = |path: &Path| {
        let text = fs::read_to_string(path).expect("a source file");
        paths_after("super::", &text).iter().filter_map(file_of).collect()
    };
    let files = files.iter().filter(|path| name(path).is_some_and(|name| name != "mod"));
    files.filter_map(|path| Some((name(path)?, uses(path)))).collect()
}

/// Returns the files of a room that lead back to themselves.
fn in_circles(uses: &[(String, Vec<String>)]) -> Vec<String> {
    let reached = |from: &String| {
        let mut found: Vec<&String> = Vec::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            let next = uses.iter().find(|(file, _)| file == at).map(|(_, used)| used);
            for file in next.into_iter().flatten().filter(|&file| file != at) {
                if !found.contains(&file) {
                    found.push(file);
                    open.push(file);
                }
            }
        }
        found.contains(&from)
    };
    uses.iter().map(|(file, _)| file).filter(|&file| reached(file)).cloned().collect()
}

fn rooms_below(dir: &Path, rooms: &mut Vec<PathBuf>) {
    for path in fs::read_dir(dir).expect("a source folder").flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            rooms_below(&path, rooms);
            rooms.push(path);
        }
    }
}

#[test]
fn files_of_one_room_use_each_other_in_one_direction() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms = Vec::new();
    rooms_below(&src, &mut rooms);
    let mut faults = Vec::new();
    for room in rooms {
        let name = room.strip_prefix(&src).expect("below").to_string_lossy().replace('\\', "/");
        let circle = in_circles(&uses_within(&room));
        if !circle.is_empty() {
            faults.push(format!("{name}: {}", circle.join(", ")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_circle_is_seen_through_lists_and_what_the_room_shows() {
    let paths = paths_after(
        "super::",
        "use super::{\n    a::{self, B},\n    c, // d\n};\nlet x = super::E;",
    );
    assert_eq!(paths, ["a::self", "a::B", "c", "E"]);
    let uses = |list: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        list.iter().map(|&(file, used)| (file.to_owned(), owned(used))).collect()
    };
    assert_eq!(in_circles(&uses(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])), ["b", "c"]);
    assert!(in_circles(&uses(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &["c"])])).is_empty());
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let graph = uses_within(&src.join("graph"));
    let used_by = |name: &str| graph.iter().find(|(file, _)| file == name).map(|(_, used)| used);
    assert!(used_by("builder").is_some_and(|used| used.contains(&"skeleton".to_owned())));
    assert!(used_by("reader").is_some_and(|used| used.contains(&"heap".to_owned())), "shown");
}
