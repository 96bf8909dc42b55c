//! Growth that no holder explains.

use std::fmt::Write as _;

use seep::report::{LeakKind, Verdict};

use crate::support::{map_of, only_leak, watch};

/// Draws `n` objects that hang on ever-changing names, so that no path has a count.
fn hidden_growth(n: usize) -> String {
    let mut text = String::new();
    for i in 0..n {
        let letter = |k: usize| char::from(b'a' + u8::try_from(k % 26).expect("below 26"));
        let name: String = [i / 676, i / 26, i].map(letter).into_iter().collect();
        let _ = writeln!(text, "scope -context:v{name}-> V_{i}x; V_{i}x: object Visit size=20000");
    }
    text
}

#[test]
fn growth_that_no_holder_explains_is_never_healthy() {
    let findings = watch(&std::array::from_fn::<_, 14, _>(|i| hidden_growth(10 + 10 * i)));
    assert_eq!(findings[3].verdict, Verdict::Healthy);
    assert_eq!(findings[6].verdict, Verdict::Suspected, "{:#?}", findings[6]);
    let leak = only_leak(&findings[13]);
    assert_eq!((leak.kind, &*leak.items.class.in_reports()), (LeakKind::Unlocated, "Visit"));
    assert!(leak.title.contains("no single holder explains it"), "{}", leak.title);
    assert!(leak.title.ends_with("most of it is Visit (130 more)"), "{}", leak.title);
    assert_eq!(leak.path[0].edge.name, "module app/server.js");
    let growth = findings[13].growth.expect("there are two snapshots");
    assert_eq!((growth.heap_bytes, growth.explained_bytes), (130 * 20_000, 0));
    assert_eq!(growth.unexplained_bytes, growth.heap_bytes - growth.engine_bytes);
}

#[test]
fn what_the_reports_explain_is_not_unlocated() {
    let findings = watch(&std::array::from_fn::<_, 14, _>(|i| map_of(40 + 20 * i)));
    assert_eq!(only_leak(&findings[13]).kind, LeakKind::Collection);
    let growth = findings[13].growth.expect("there are two snapshots");
    assert_eq!(growth.explained_bytes, 260 * 4096);
    assert!(growth.unexplained_bytes.abs() < 16_384, "{growth:?}");
    assert_eq!(findings[0].growth, None);
}
