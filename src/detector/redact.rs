//! Reports without the names that a program gives its variables, properties and
//! functions, for those to whom these say too much.
//!
//! Each name becomes a `~` and a hash of it: the same in every report, process
//! and release, so that reports can still be compared. Who can guess a name can
//! check the guess. Names of classes and files stay, and so does the
//! fingerprint, which is made before this.

use crate::{
    explain::stable_hash,
    report::{CheckReport, LeakReport, PathStep, SourceLocation},
};

const CLOSURE: &str = "closure ";
const ANONYMOUS: &str = "(anonymous)";
const SYMBOL: (&str, &str) = ("<symbol ", ">");

/// Takes the names out of a report.
pub(super) fn redact(report: &mut CheckReport) {
    report.leaks.iter_mut().chain(&mut report.suspects).for_each(leak);
    for class in &mut report.classes {
        class.class_name = class_name(&class.class_name);
    }
}

fn leak(report: &mut LeakReport) {
    report.path_text = path_text(&report.path_text, &report.path);
    if let Some(name) = &report.container.name {
        let hidden = expression(name);
        for text in [&mut report.title, &mut report.advice] {
            *text = text.replace(&format!("`{name}`"), &format!("`{hidden}`"));
        }
        report.container.name = Some(hidden);
    }
    for class in [&mut report.container.class_name, &mut report.items.class_name] {
        let shown = class_name(class);
        if shown != *class {
            for text in [&mut report.title, &mut report.advice] {
                *text = text.replace(class.as_str(), &shown);
            }
            *class = shown;
        }
    }
    for part in &mut report.items.consists_of {
        part.class_name = class_name(&part.class_name);
    }
    for step in &mut report.path {
        step.class_name = class_name(&step.class_name);
        if is_named(step) {
            step.edge.name = edge_name(&step.edge.name);
        }
    }
    let places = [&mut report.container.location, &mut report.items.location];
    let steps = report.path.iter_mut().map(|step| &mut step.location);
    for place in places.into_iter().chain(steps).flatten() {
        let SourceLocation { function_name, .. } = place;
        *function_name = function_name.as_deref().map(hidden);
    }
}

/// Whether the program named the reference: the root is told by seep, and slots
/// by V8.
fn is_named(step: &PathStep) -> bool {
    matches!(step.edge.kind.as_str(), "property" | "context") && step.edge.name != "[]"
}

fn hidden(name: &str) -> String {
    format!("~{}", &stable_hash([name])[..8])
}

fn edge_name(name: &str) -> String {
    match name.strip_prefix(SYMBOL.0).and_then(|name| name.strip_suffix(SYMBOL.1)) {
        Some(symbol) => format!("{}{}{}", SYMBOL.0, hidden(symbol), SYMBOL.1),
        None => hidden(name),
    }
}

fn class_name(class: &str) -> String {
    match class.strip_prefix(CLOSURE) {
        Some(name) if name != ANONYMOUS => format!("{CLOSURE}{}", hidden(name)),
        _ => class.to_owned(),
    }
}

/// `cache.entries[]`, part by part. A name with a dot in it becomes two, which
/// hides it as well.
fn expression(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
        if end > 0 {
            shown.push_str(&hidden(&rest[..end]));
        }
        shown.extend(rest[end..].chars().next());
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    shown
}

/// The drawn path: a line for each step, which begins with the reference.
fn path_text(text: &str, path: &[PathStep]) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() != path.len() {
        // A name with a line break: nothing is drawn rather than something shown.
        return String::new();
    }
    let shown = lines.iter().zip(path).enumerate().map(|(depth, (line, step))| {
        let mut line = (*line).to_owned();
        if depth > 0 && is_named(step) {
            line = line.replacen(&step.edge.name, &edge_name(&step.edge.name), 1);
        }
        if let Some(name) = step.class_name.strip_prefix(CLOSURE).filter(|name| *name != ANONYMOUS)
        {
            line = line.replacen(
                &format!("function {name}()"),
                &format!("function {}()", hidden(name)),
                1,
            );
        }
        line
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Container, GrowthSeries, ItemClass, Items, LeakKind, PathEdge, SCHEMA_VERSION, Verdict,
    };

    fn place(file: &str, function: &str) -> SourceLocation {
        SourceLocation {
            file: Some(file.into()),
            line: Some(3),
            column: None,
            function_name: Some(function.into()),
        }
    }

    fn step(kind: &str, name: &str, class: &str) -> PathStep {
        PathStep {
            edge: PathEdge { kind: kind.into(), name: name.into() },
            class_name: class.into(),
            node_kind: "object".into(),
            location: None,
            suspect: false,
        }
    }

    fn report() -> LeakReport {
        let advice = "Look at Map `state.secretCache` (secretCache.js).";
        LeakReport {
            schema_version: SCHEMA_VERSION,
            id: "0123456789abcdef".into(),
            verdict: Verdict::Leak,
            kind: LeakKind::Collection,
            title: "closure onSecret accumulates in Map `state.secretCache` (secretCache.js)"
                .into(),
            container: Container {
                class_name: "Map".into(),
                name: Some("state.secretCache".into()),
                retained_bytes: 1,
                location: Some(place("/app/secretCache.js", "rememberSecret")),
            },
            items: Items {
                class_name: "closure onSecret".into(),
                count: 2,
                added_count: 1,
                exclusive_bytes: 0,
                consists_of: vec![ItemClass {
                    class_name: "closure onSecret".into(),
                    added_count: 1,
                    added_bytes: 64,
                }],
                location: None,
            },
            growth: GrowthSeries {
                checks: 3,
                counts: vec![],
                retained_bytes: vec![],
                bytes_per_hour: 1.0,
                first_seen: String::new(),
            },
            path: vec![
                step("root", "module secretCache.js", "Module"),
                step("context", "state", "Object"),
                step("property", "secretCache", "Map"),
                step("internal", "[]", "closure onSecret"),
            ],
            path_text: "module secretCache.js\n  state → Object\n    .secretCache → Map  \
                        (secretCache.js:3)\n      […] → function onSecret()  ← grows"
                .into(),
            advice: advice.into(),
            pattern: None,
            confidence: 1.0,
        }
    }

    #[test]
    fn no_name_of_the_program_is_left_and_files_are() {
        let mut report = report();
        leak(&mut report);
        let all = format!("{report:?}").replace("secretCache.js", "");
        for name in ["state", "secretCache", "onSecret", "rememberSecret"] {
            assert!(!all.contains(name), "{name} in {all}");
        }
        assert!(report.title.ends_with("(secretCache.js)"));
        assert!(report.path_text.starts_with("module secretCache.js\n  ~"));
        assert!(report.path_text.contains("→ Map  (secretCache.js:3)"));
    }

    #[test]
    fn the_same_name_has_the_same_hash_everywhere() {
        let mut report = report();
        leak(&mut report);
        let name = report.container.name.as_deref().expect("named");
        assert_eq!(name, format!("{}.{}", hidden("state"), hidden("secretCache")));
        assert_eq!(report.path[2].edge.name, hidden("secretCache"));
        assert!(report.path_text.contains(&format!(".{} → Map", hidden("secretCache"))));
        assert!(report.title.contains(&format!("`{name}`")));
        assert_eq!(report.items.class_name, format!("closure {}", hidden("onSecret")));
        assert_eq!(report.id, "0123456789abcdef");
        assert_eq!(hidden("requests"), "~d88c0651");
    }

    #[test]
    fn symbols_and_slots_keep_their_form() {
        assert_eq!(edge_name("<symbol kState>"), format!("<symbol {}>", hidden("kState")));
        assert_eq!(expression("a[kState].b[]"), {
            let [a, k, b] = ["a", "kState", "b"].map(hidden);
            format!("{a}[{k}].{b}[]")
        });
    }

    #[test]
    fn a_name_with_a_line_break_is_not_drawn() {
        let mut report = report();
        report.path[1].edge.name = "two\nlines".into();
        report.path_text = report.path_text.replace("  state", "  two\nlines");
        leak(&mut report);
        assert_eq!(report.path_text, "");
    }
}
