//! Growth that shows in bytes but in no count.

use std::fmt::Write as _;

use seep::report::LeakKind;

use crate::support::{check_healthy_at_last, check_unconfirmed, only_leak, table_of, watch};

#[test]
fn numbers_show_in_the_size_of_their_store() {
    let samples = |n: usize| {
        format!(
            "scope -context:samples-> A\nA: object Array size=32\nA -internal:elements-> S\nS: array \"(object elements)\" size={}\n",
            8 * n
        )
    };
    let findings = watch(&[20_000, 30_000, 45_000, 67_500].map(samples));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.items.class, "number");
    assert_eq!(leak.container.name.as_deref(), Some("samples"));
}
#[test]
fn a_table_that_doubles_while_its_entries_stay_is_healthy() {
    let sizes = [57_384, 114_728, 114_728, 114_728, 229_416, 229_416, 229_416];
    check_healthy_at_last(&sizes.map(|bytes| table_of(bytes, 2500)));
}

#[test]
fn slots_that_are_free_again_are_no_entries() {
    let holes = |n: usize| {
        let mut text = table_of(200_000, 2500);
        text.push_str("hole: hidden \"system / Hole\" size=16\n");
        for i in 0..n {
            let _ = writeln!(text, "T -hidden:{i}-> hole");
        }
        text
    };
    check_healthy_at_last(&[500, 1500, 2500, 3500, 4500].map(holes));
}

#[test]
fn a_string_that_is_replaced_by_one_as_long_has_not_grown() {
    let page = |bytes: usize| match bytes {
        0 => String::from("scope -context:page-> P; P: object Page\n"),
        _ => format!(
            "scope -context:page-> P; P: object Page\nP -property:text-> S; S: string x size={bytes}\n"
        ),
    };
    let sizes = [0, 206_256, 206_256, 207_472, 207_472, 207_472, 207_600];
    check_healthy_at_last(&sizes.map(page));
}

/// Draws a string of `bytes` in variable `text`, in one piece, or concatenated with
/// `pieces` more.
fn rope(bytes: usize, pieces: usize) -> String {
    let mut text = String::from("scope -context:text-> s0\n");
    for i in 0..pieces {
        let _ = writeln!(text, "s{i}: cons \"\" size=32");
        let _ = writeln!(text, "s{i} -internal:first-> s{}; s{i} -internal:second-> p{i}", i + 1);
        let _ = writeln!(text, "p{i}: string \"secret\" size=200");
    }
    let _ = writeln!(text, "s{pieces}: string \"secret\" size={}", bytes - 200 * pieces);
    text
}

#[test]
fn a_string_is_one_whether_v8_has_joined_its_pieces_or_not() {
    let series =
        [(100_000, 0), (130_000, 40), (160_000, 0), (190_000, 9), (220_000, 2), (250_000, 90)];
    let findings = watch(&series.map(|(bytes, pieces)| rope(bytes, pieces)));
    assert_eq!(only_leak(&findings[3]).kind, LeakKind::Strings);
    assert!(only_leak(&findings[5]).path_text.contains("text → string"));
    let pieces = [0, 40, 0, 9, 2, 90];
    check_healthy_at_last(&pieces.map(|pieces| rope(100_000, pieces)));
}

#[test]
fn the_steps_of_a_table_are_no_surer_than_the_objects_beside_it() {
    // A cache that slows down, with numbers in a table of their own.
    let cache = |n: usize| {
        let mut text = format!(
            "scope -context:cache-> C; C: object Cache size=64; C -property:values-> V; V: object Array size=16
             C -property:keys-> M; M: object Map size=32; M -internal:table-> T
             T: array \"\" size={}\n",
            300 * n.next_power_of_two()
        );
        for i in 0..n {
            let _ = writeln!(text, "V -element:{i}-> P_{i}x; P_{i}x: object Page size=4096");
        }
        text
    };
    check_unconfirmed(&[400, 620, 810, 980, 1130, 1260].map(cache));
}
