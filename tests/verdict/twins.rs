//! The same objects in several collections.

use std::fmt::Write as _;

use crate::support::{map_of, only_leak, watch};

#[test]
fn keys_in_a_list_of_their_own_are_the_same_leak() {
    let cache = |n: usize| {
        let mut text = String::from(
            "scope -context:cache-> C; C: object Cache size=64\nC -property:keys-> K; K: object Array size=16\n\
             C -property:values-> V; V: object Array size=16\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "K -element:{i}-> K_{i}x; K_{i}x: string secret size=9000");
            let _ = writeln!(text, "V -element:{i}-> V_{i}x; V_{i}x: object Page size=4096");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(cache));
    assert_eq!(only_leak(&findings[3]).container.name.as_deref(), Some("cache.values"));
}

#[test]
fn the_same_objects_in_two_collections_are_one_report_that_names_both() {
    let indexes = |n: usize| {
        let mut text = String::new();
        for (index, at) in [("byId", 0), ("byUser", 1)] {
            let _ = writeln!(text, "scope -context:{index}-> M{at}y; M{at}y: object Map size=32");
            let _ = writeln!(
                text,
                "M{at}y -internal:table-> T{at}y; T{at}y: array \"\" size={}",
                24 * n.next_power_of_two()
            );
            for i in 0..n {
                let _ = writeln!(
                    text,
                    "T{at}y -internal:{}-> K{at}_{i}x; K{at}_{i}x: string secret size=2048",
                    2 * i
                );
                let _ = writeln!(text, "T{at}y -internal:{}-> J_{i}x", 2 * i + 1);
            }
        }
        for i in 0..n {
            let _ = writeln!(text, "J_{i}x: object Job size=4096");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(indexes));
    let leak = only_leak(&findings[3]);
    assert_eq!((&*leak.items.class.in_reports(), leak.items.count), ("Job", 100));
    assert_eq!(leak.advice.matches("also refers to them").count(), 1, "{}", leak.advice);
}

#[test]
fn a_map_whose_keys_are_listed_elsewhere_is_reported_for_its_values() {
    let listed = |n: usize| {
        let mut text = String::new();
        for (index, (name, class)) in [("names", "Array"), ("byName", "Map")].iter().enumerate() {
            let _ = writeln!(
                text,
                "scope -context:{name}-> M{index}y; M{index}y: object {class} size=32"
            );
            let _ = writeln!(
                text,
                "M{index}y -internal:table-> T{index}y; T{index}y: array \"\" size={}",
                24 * n.next_power_of_two()
            );
        }
        for i in 0..n {
            let _ = writeln!(text, "T0y -internal:{i}-> K_{i}x; K_{i}x: string secret size=8192");
            let _ = writeln!(text, "T1y -internal:{}-> K_{i}x", 2 * i);
            let _ = writeln!(
                text,
                "T1y -internal:{}-> J_{i}x; J_{i}x: object Job size=4096",
                2 * i + 1
            );
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(listed));
    let names: Vec<_> =
        findings[3].leaks.iter().filter_map(|leak| leak.container.name.as_deref()).collect();
    assert!(names.contains(&"byName") && names.contains(&"names"), "{names:?}");
}

#[test]
fn collections_that_share_keys_alone_hold_different_things() {
    // V8 keeps equal keys once, and the tree places them below the first object that
    // reaches them.
    let keyed = |n: usize| {
        let mut text = String::new();
        for (name, class, size) in [("users", "User", 8192), ("scores", "Score", 4096)] {
            let _ = writeln!(
                text,
                "scope -context:{name}-> {class}sy; {class}sy: object Map size=32
                 {class}sy -internal:table-> {class}Ty; {class}Ty: array \"\" size={}",
                24 * n.next_power_of_two()
            );
            for i in 0..n {
                let _ = writeln!(text, "{class}Ty -internal:{}-> K_{i}x", 2 * i);
                let _ = writeln!(
                    text,
                    "{class}Ty -internal:{}-> {class}_{i}x; {class}_{i}x: object {class} size={size}",
                    2 * i + 1
                );
            }
        }
        for i in 0..n {
            let _ =
                writeln!(text, "K_{i}x: string secret size=64; User_{i}x -property:id-> K_{i}x");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(keyed));
    let names: Vec<_> =
        findings[3].leaks.iter().filter_map(|leak| leak.container.name.as_deref()).collect();
    assert_eq!(names, ["users", "scores"]);
}

#[test]
fn a_suspect_that_is_the_twin_of_a_leak_is_not_reported_too() {
    // Its own keys are added just as often but all at once, so that they are not a leak
    // by themselves.
    let indexes = |jobs: usize, keys: usize, is_index: bool| {
        let mut text = map_of(jobs);
        text.push_str("scope -context:byUser-> M2y; M2y: object Map size=32\n");
        let _ = writeln!(text, "M2y -internal:table-> T2y; T2y: array \"\" size=4096");
        for i in 0..keys {
            let _ =
                writeln!(text, "T2y -internal:{}-> K_{i}x; K_{i}x: string secret size=2048", 2 * i);
            if is_index {
                let _ = writeln!(text, "T2y -internal:{}-> Req_{}x", 2 * i + 1, i.min(jobs - 1));
            }
        }
        text
    };
    let sizes = [(40, 40), (60, 40), (80, 80), (100, 100)];
    let apart = watch(&sizes.map(|(jobs, keys)| indexes(jobs, keys, false)));
    assert_eq!((apart[3].leaks.len(), apart[3].suspects.len()), (1, 1), "{:#?}", apart[3]);
    let findings = watch(&sizes.map(|(jobs, keys)| indexes(jobs, keys, true)));
    let leak = only_leak(&findings[3]);
    assert!(leak.advice.contains("also refers to them"), "it was met: {}", leak.advice);
    let titles: Vec<&str> = findings[3].suspects.iter().map(|it| it.title.as_str()).collect();
    assert!(titles.is_empty(), "{titles:?}");
}
