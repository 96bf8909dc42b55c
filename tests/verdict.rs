//! The verdict over series of drawn heaps: what is found, by what name, and
//! what is left alone.

#[path = "../testkit/mod.rs"]
mod testkit;

use std::{cell::Cell, fmt::Write as _, panic};

use seep::{
    column::catch_no_memory,
    error::DetectError,
    explain::{Findings, Moment, Rate, Settings, SourceLookup, Watch},
    growth::Sensitivity,
    report::{LeakKind, LeakReport, Memory, SourceLocation, Verdict},
};
use testkit::draw;

/// A module scope of `/app/server.js` with one closure, and what `scope` says
/// of its variables.
fn heap(variables: &str) -> String {
    format!(
        r#"
        root -element:1-> gc
        gc: synthetic "(GC roots)"
        gc -element:1-> strong
        strong: synthetic "(Strong roots)"
        strong -> native
        native: hidden "system / NativeContext"
        native -internal:function-> main
        main: closure handler at=7:3:11
        main -internal:context-> scope; main -internal:shared-> info
        info: code handler
        info -internal:script-> file
        file: code "/app/server.js"
        scope: object "system / Context" size=64
        scope -internal:previous-> native
        {variables}
        "#
    )
}

/// A `Map` in variable `requests` with `n` entries of 4 KiB.
fn map_of(n: usize) -> String {
    let mut text = String::from(
        "scope -context:requests-> map\nmap: object Map size=32\nmap -internal:table-> table\n",
    );
    let _ = writeln!(text, "table: array \"\" size={}", 64 + 24 * n.next_power_of_two());
    for i in 0..n {
        let _ = writeln!(text, "table -internal:{i}-> Req_{i}x");
        let _ = writeln!(text, "Req_{i}x: object IncomingMessage size=4096 at=9:40:2");
    }
    text
}

fn watch(series: &[String]) -> Vec<Findings> {
    watch_with(Settings::default(), series)
}

fn watch_with(settings: Settings, series: &[String]) -> Vec<Findings> {
    let mut watch = Watch::new(settings);
    (0u32..)
        .zip(series)
        .map(|(i, variables)| {
            let moment = Moment {
                epoch_ms: 1.7e12 + f64::from(i) * 60_000.0,
                active_ms: Some(f64::from(i) * 1000.0),
                ..Moment::default()
            };
            watch.observe(&draw(&heap(variables)).graph(), &moment)
        })
        .collect()
}

#[track_caller]
fn only_leak(findings: &Findings) -> &LeakReport {
    assert_eq!(findings.verdict, Verdict::Leak, "{findings:#?}");
    assert_eq!(findings.leaks.len(), 1, "{:#?}", findings.leaks);
    &findings.leaks[0]
}

#[track_caller]
fn check_healthy(series: &[String]) {
    let findings = watch(series);
    let last = findings.last().expect("a series");
    assert_eq!(last.verdict, Verdict::Healthy, "{:#?}", last.leaks);
    for (i, finding) in findings.iter().enumerate() {
        assert!(finding.leaks.is_empty(), "snapshot {}: {:#?}", i + 1, finding.leaks);
    }
}

/// No leak in any snapshot; something may have been suspected on the way.
#[track_caller]
fn check_healthy_at_last(series: &[String]) {
    let findings = watch(series);
    for (i, finding) in findings.iter().enumerate() {
        assert!(finding.leaks.is_empty(), "snapshot {}: {:#?}", i + 1, finding.leaks);
    }
}

#[test]
fn a_growing_map_is_told_by_its_name() {
    let findings = watch(&[40, 60, 80, 100].map(map_of));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::Collection);
    assert_eq!(leak.container.class_name, "Map");
    assert_eq!(leak.container.name.as_deref(), Some("requests"));
    assert_eq!(leak.items.class_name, "IncomingMessage");
    assert_eq!((leak.items.count, leak.items.added_count), (100, 60));
    assert_eq!(leak.growth.counts, [40, 60, 80, 100]);
    assert_eq!(leak.growth.retained_bytes, [40, 60, 80, 100].map(|n| n * 4096));
    // 20 items of 4096 bytes a minute.
    assert!((leak.growth.bytes_per_hour - 20.0 * 4096.0 * 60.0).abs() < 1.0);
    assert_eq!(
        leak.path_text,
        "module app/server.js\n  requests → Map\n    […] → IncomingMessage  ← grows: 100 held, +60"
    );
    assert_eq!(leak.growth.first_seen, "2023-11-14T22:13:20.000Z");
    assert!(leak.container.retained_bytes >= 100 * 4096);
}

#[test]
fn a_title_says_growth_by_what_its_reader_knows() {
    let rates = [
        (Rate::Hour, "4.9 MB/h"),
        (Rate::Snapshot, "81.9 kB with each snapshot"),
        (Rate::Call(100), "819 B per call"),
    ];
    // More than are remembered one by one: 20 items of 4096 bytes with each all the same.
    let series: [String; 40] = std::array::from_fn(|i| map_of(40 + 20 * i));
    for (rate, said) in rates {
        let findings = watch_with(Settings { rate, ..Settings::default() }, &series);
        for at in [3, 39] {
            let title = &only_leak(&findings[at]).title;
            assert!(title.ends_with(&format!(" more in {at} checks, {said}")), "{title}");
        }
    }
}

#[test]
fn verdicts_come_in_order() {
    let verdicts: Vec<Verdict> =
        watch(&[40, 60, 80, 100].map(map_of)).iter().map(|findings| findings.verdict).collect();
    let expected =
        [Verdict::InsufficientData, Verdict::Suspected, Verdict::Suspected, Verdict::Leak];
    assert_eq!(verdicts, expected);
}

/// Unwinds once, at the end of the third snapshot, as a column does when there
/// is no memory.
struct NoRoom(Cell<u32>);

impl SourceLookup for NoRoom {
    fn original(&self, _place: &SourceLocation) -> Option<SourceLocation> {
        None
    }

    fn forget(&self) {
        self.0.set(self.0.get() + 1);
        if self.0.get() == 3 {
            panic::resume_unwind(Box::new(DetectError::NoMemory { needed: 1, available: None }));
        }
    }
}

#[test]
fn a_snapshot_for_which_there_was_no_memory_is_as_if_it_had_not_been() {
    let mut watch = Watch::new(Settings::default()).with_sources(NoRoom(Cell::default()));
    let mut observe = |n: u32| {
        let moment = Moment { epoch_ms: f64::from(n) * 60_000.0, ..Moment::default() };
        let graph = draw(&heap(&map_of(n as usize))).graph();
        catch_no_memory(|| Ok(watch.observe(&graph, &moment))).ok()
    };
    // The third is far above the others: remembered, it would be a recovery.
    let seen = [40, 60, 500, 80, 100].map(|n| observe(n).map(|findings| findings.verdict));
    let expected = [
        Some(Verdict::InsufficientData),
        Some(Verdict::Suspected),
        None,
        Some(Verdict::Suspected),
        Some(Verdict::Leak),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_leak_that_recovers_is_withdrawn() {
    let findings = watch(&[40, 60, 80, 100, 10, 10].map(map_of));
    assert_eq!(findings[3].verdict, Verdict::Leak);
    assert_eq!(findings[5].verdict, Verdict::Healthy);
}

#[test]
fn a_leak_stays_confirmed_for_as_long_as_it_grows() {
    let findings = watch(&std::array::from_fn::<_, 40, _>(|i| map_of(40 + 20 * i)));
    for (i, findings) in findings.iter().enumerate().skip(3) {
        assert_eq!(findings.verdict, Verdict::Leak, "snapshot {}", i + 1);
    }
    let leak = only_leak(&findings[39]);
    assert_eq!(leak.growth.checks, 39);
    assert!(leak.title.contains("780 more in 39 checks"), "{}", leak.title);
}

#[test]
fn more_checks_may_be_asked_for_than_are_remembered() {
    let settings = Settings {
        sensitivity: Sensitivity { min_checks: 20, ..Sensitivity::default() },
        ..Settings::default()
    };
    let findings = watch_with(settings, &std::array::from_fn::<_, 24, _>(|i| map_of(40 + 20 * i)));
    assert_eq!(findings[19].verdict, Verdict::Suspected);
    assert_eq!(findings[20].verdict, Verdict::Leak);
    assert_eq!(findings[23].verdict, Verdict::Leak);
}

#[test]
fn a_cache_that_fills_up_and_stays_is_healthy() {
    check_healthy(&[40, 70, 90, 95, 95, 95].map(map_of));
    check_healthy(&[100; 6].map(map_of));
}

#[test]
fn less_than_the_least_growth_is_not_reported() {
    check_healthy(&[20, 21, 22, 23, 24].map(map_of));
}

#[test]
fn the_fingerprint_depends_on_names_alone() {
    let one = watch(&[40, 60, 80, 100].map(map_of));
    let other = watch(&[100, 150, 200, 250, 300].map(map_of));
    assert_eq!(only_leak(&one[3]).id, only_leak(&other[4]).id);
    let renamed = watch(&[40, 60, 80, 100].map(|n| map_of(n).replace("requests", "sockets")));
    assert_ne!(only_leak(&one[3]).id, only_leak(&renamed[3]).id);
}

#[test]
fn a_dictionary_counts_its_keys_as_slots() {
    let dictionary = |n: usize| {
        let mut text =
            String::from("scope -context:sessions-> dict\ndict: object Object size=64\n");
        for i in 0..n {
            let _ = writeln!(text, "dict -property:\"key-{i}-secret\"-> S_{i}x");
            let _ = writeln!(text, "S_{i}x: object Session size=2048");
        }
        text
    };
    let findings = watch(&[100, 150, 200, 250].map(dictionary));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("sessions"));
    assert_eq!(leak.items.class_name, "Session");
    let text = serde_json::to_string(leak).expect("plain data");
    assert!(!text.contains("secret"), "keys of dictionaries are data: {text}");
}

#[test]
fn an_object_of_a_class_with_very_many_properties_is_a_dictionary_too() {
    let store = |n: usize| {
        let mut text = String::from("scope -context:store-> dict\ndict: object Store size=64\n");
        for i in 0..n {
            let _ = writeln!(text, "dict -property:\"key-{i}-secret\"-> S_{i}x");
            let _ = writeln!(text, "S_{i}x: object Session size=2048");
        }
        text
    };
    let findings = watch(&[300, 400, 500, 600].map(store));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("store"));
    assert_eq!((leak.items.class_name.as_str(), leak.items.count), ("Session", 600));
    let text = serde_json::to_string(leak).expect("plain data");
    assert!(!text.contains("secret"), "keys of dictionaries are data: {text}");
}

#[test]
fn contents_of_values_are_in_no_report() {
    for kind in ["string", "regexp"] {
        let values = |n: usize| {
            let mut text = String::from("scope -context:seen-> list\nlist: object Array size=32\n");
            for i in 0..n {
                let _ = writeln!(text, "list -element:{i}-> V_{i}x");
                let _ = writeln!(text, "V_{i}x: {kind} \"secret-{i}\" size=4096");
            }
            text
        };
        let findings = watch(&[40, 60, 80, 100].map(values));
        let leak = only_leak(&findings[3]);
        assert_eq!(leak.container.name.as_deref(), Some("seen"));
        let text = serde_json::to_string(leak).expect("plain data");
        assert!(!text.contains("secret"), "{kind}: {text}");
        let heap = heap(&values(1));
        let graph = draw(&heap).graph();
        assert!(graph.names().find("secret-0").is_none(), "a {kind} is not even kept");
    }
}

#[test]
fn a_list_that_grows_in_depth_is_one_chain() {
    let list = |n: usize| {
        let mut text = String::from("scope -context:head-> N_0x\n");
        for i in 0..n {
            let _ = writeln!(text, "N_{i}x: object Revision size=1024");
            let _ = writeln!(text, "N_{i}x -property:before-> N_{}x", i + 1);
        }
        let _ = writeln!(text, "N_{n}x: object Revision size=1024");
        text
    };
    let findings = watch(&[200, 300, 400, 500].map(list));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::LinkedList);
    assert_eq!(leak.items.class_name, "Revision");
    assert!(leak.path.len() < 6, "the chain is folded: {}", leak.path_text);
}

#[test]
fn reactions_on_one_promise_are_told_as_promises() {
    let promise = |n: usize| {
        let mut text = String::from(
            "scope -context:closed-> P\nP: object Promise size=48\nP -internal:reactions_or_result-> R_0x\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "R_{i}x: hidden \"system / PromiseReaction\" size=40");
            let _ = writeln!(text, "R_{i}x -hidden:0-> R_{}x; R_{i}x -hidden:3-> D_{i}x", i + 1);
            let _ = writeln!(text, "D_{i}x: object Promise size=800");
        }
        let _ = writeln!(text, "R_{n}x: hidden \"system / PromiseReaction\" size=40");
        text
    };
    let findings = watch(&[200, 300, 400, 500].map(promise));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::Promises);
    assert_eq!(leak.container.name.as_deref(), Some("closed"));
    assert_eq!(leak.items.class_name, "Promise");
    assert!(leak.path_text.contains("reactions_or_result"), "{}", leak.path_text);
}

#[test]
fn listeners_of_one_emitter_are_one_leak() {
    let emitter = |n: usize| {
        let mut text = String::from(
            "scope -context:bus-> B\nB: object EventEmitter size=64\nB -property:_events-> E\nE: object Object size=64\n",
        );
        for event in ["close", "error"] {
            let _ =
                writeln!(text, "E -property:{event}-> L{event}y; L{event}y: object Array size=32");
            for i in 0..n {
                let _ = writeln!(text, "L{event}y -element:{i}-> F{event}_{i}x");
                let _ = writeln!(text, "F{event}_{i}x: closure onEvent size=2048");
            }
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(emitter));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::Listeners);
    assert!(leak.container.name.as_deref().is_some_and(|name| name.starts_with("bus._events.")));
}

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
    assert_eq!(leak.items.class_name, "number");
    assert_eq!(leak.container.name.as_deref(), Some("samples"));
}

#[test]
fn what_node_notes_about_itself_is_no_growth() {
    let list = |owner: &'static str| {
        move |bytes: usize| {
            format!(
                "gc -element:2-> env; env: native \"{owner}\" size=64
                 env -internal:pending_list-> L; L: native \"Node / pending_list\" size={bytes}\n"
            )
        }
    };
    let sizes = [200_000, 300_000, 450_000, 675_000];
    let findings = watch(&sizes.map(list("Node / Other")));
    assert_eq!(only_leak(&findings[3]).items.class_name, "Node / pending_list");
    check_healthy(&sizes.map(list("Node / Environment")));
}

#[test]
fn seeps_own_reports_are_not_growth() {
    let reports = |n: usize| {
        let mut text = String::from("scope -context:history-> A\nA: object Array size=32\n");
        for i in 0..n {
            let _ = writeln!(text, "A -element:{i}-> R_{i}x; R_{i}x: object Object size=64");
            for field in ["verdict", "leaks", "suspects"] {
                let _ = writeln!(text, "R_{i}x -property:{field}-> V{field}_{i}x");
                let _ = writeln!(text, "V{field}_{i}x: object Array size=9000");
            }
        }
        text
    };
    check_healthy(&[10, 20, 30, 40, 50].map(reports).map(|text| text + &map_of(5)));
}

#[test]
fn two_leaks_come_worst_first() {
    let two = |n: usize| {
        map_of(n)
            + &map_of(n * 2)
                .replace("requests", "sockets")
                .replace("map", "other")
                .replace("table", "store")
                .replace("Req", "Sock")
    };
    let findings = watch(&[40, 60, 80, 100].map(two));
    let names: Vec<_> =
        findings[3].leaks.iter().filter_map(|leak| leak.container.name.as_deref()).collect();
    assert_eq!(names, ["sockets", "requests"]);
}

/// A registry and a cache of weak references, to `live` and `dead` documents.
fn weak_cache(live: usize, dead: usize) -> String {
    let mut text = String::from(
        "scope -context:cache-> M; M: object Map size=32; M -internal:table-> T; T: array \"\" size=64\n\
         scope -context:died-> F; F: object FinalizationRegistry size=80\n",
    );
    for i in 0..live + dead {
        let _ = writeln!(text, "T -internal:{i}-> W_{i}x; W_{i}x: object WeakRef size=4096");
        let _ =
            writeln!(text, "F -hidden:{i}-> C_{i}x; C_{i}x: hidden \"system / WeakCell\" size=72");
        if i < live {
            let _ = writeln!(text, "D_{i}x: object Document size=64; scope -context:d{i}-> D_{i}x");
            let _ = writeln!(text, "W_{i}x -weak:target-> D_{i}x; C_{i}x -weak:target-> D_{i}x");
        }
    }
    text
}

#[test]
fn what_a_registry_is_about_to_clean_up_is_no_leak() {
    check_healthy(&[20, 40, 60, 80, 100].map(|n| weak_cache(5, n)));
}

#[test]
fn weak_references_that_nothing_will_clean_up_leak() {
    let series = [40, 60, 80, 100].map(|n| weak_cache(0, n).replace("system / WeakCell", "Cell"));
    let findings = watch(&series);
    assert!(!findings[3].leaks.is_empty(), "{findings:#?}");
}

#[test]
fn an_interface_with_many_members_keeps_its_names() {
    let server = |n: usize| {
        let mut text = String::from(
            "scope -context:app-> A; A: object Object size=64\nA -property:auditTrail-> L; L: object Array size=32\n",
        );
        for i in 0..40 {
            let name =
                format!("method{}", char::from(b'a' + i % 26)).repeat(1 + usize::from(i / 26));
            let _ = writeln!(text, "A -property:{name}-> M{i}x; M{i}x: closure {name}");
        }
        for i in 0..n {
            let _ = writeln!(text, "L -element:{i}-> E_{i}x; E_{i}x: object Entry size=4096");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(server));
    assert_eq!(only_leak(&findings[3]).container.name.as_deref(), Some("app.auditTrail"));
}

#[test]
fn a_scope_that_multiplies_is_no_module() {
    // One function's scope for each call, all of one file that has no variables
    // of its own; a timer holds each.
    let calls = |n: usize| {
        let mut text = String::from(
            "scope -context:timers-> T; T: object Timers size=64; scope -context:l-> L; L: object Array size=16\n\
             lib: code \"/app/node_modules/lib/lib.js\"\ninner: code make; inner -internal:script-> lib\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "L -element:{i}-> F_{i}x; F_{i}x: closure tick at=9:4:2");
            let _ = writeln!(
                text,
                "F_{i}x -internal:context-> S_{i}x; F_{i}x -internal:shared-> inner"
            );
            let _ = writeln!(
                text,
                "S_{i}x: object \"system / Context\" size=40; S_{i}x -internal:previous-> native"
            );
            let _ =
                writeln!(text, "S_{i}x -context:core-> W_{i}x; W_{i}x: object Window size=4096");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(calls));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("l"), "{}", leak.path_text);
    assert_eq!(leak.items.class_name, "Window");
}

/// A `Map` in variable `cache` whose table has `bytes` and `n` entries that
/// something else holds as well.
fn table_of(bytes: usize, n: usize) -> String {
    let mut text = format!(
        "scope -context:all-> A; A: object Array size=16\nscope -context:cache-> M; M: object Map size=32\n\
         M -internal:table-> T; T: array \"\" size={bytes}\n"
    );
    for i in 0..n {
        let _ = writeln!(text, "A -element:{i}-> E_{i}x; E_{i}x: object Entry size=16");
        let _ = writeln!(text, "T -internal:{i}-> E_{i}x");
    }
    text
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

#[test]
fn the_values_of_a_map_are_its_items_not_the_keys() {
    let records = |n: usize| {
        let mut text = String::from(
            "scope -context:hits-> M; M: object Map size=32\nM -internal:table-> T; T: array \"\" size=64\n",
        );
        for i in 0..n {
            let _ =
                writeln!(text, "T -internal:{}-> K_{i}x; K_{i}x: string secret size=4096", 2 * i);
            let _ =
                writeln!(text, "T -internal:{}-> R_{i}x; R_{i}x: object Record size=64", 2 * i + 1);
        }
        text
    };
    let leak = only_leak(&watch(&[40, 60, 80, 100].map(records))[3]).clone();
    assert_eq!((leak.items.class_name.as_str(), leak.items.count), ("Record", 100));
    assert_eq!(leak.kind, LeakKind::Collection);
}

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
fn the_chunks_of_a_queue_count_together() {
    // Three chunks of eight slots: head → chunk → tail, a new tail when it is full.
    let queue = |n: usize| {
        let mut text = String::from("scope -context:queue-> Q; Q: object Queue size=32\n");
        let chunks = n.div_ceil(8);
        let _ = writeln!(text, "Q -property:head-> C_0x; Q -property:tail-> C_{}x", chunks - 1);
        for c in 0..chunks {
            let _ = writeln!(
                text,
                "C_{c}x: object Chunk size=32; C_{c}x -property:list-> L_{c}x; L_{c}x: object Array size=16"
            );
            if c + 1 < chunks {
                let _ = writeln!(text, "C_{c}x -property:next-> C_{}x", c + 1);
            }
            for i in (8 * c..n).take(8) {
                let _ = writeln!(
                    text,
                    "L_{c}x -element:{}-> E_{i}x; E_{i}x: object Event size=4096",
                    i % 8
                );
            }
        }
        text
    };
    let findings = watch(&[20, 27, 34, 41, 48, 55, 62].map(queue));
    let leak = only_leak(&findings[6]);
    assert_eq!((leak.items.class_name.as_str(), leak.items.count), ("Event", 62));
}

#[test]
fn what_slows_down_is_not_confirmed() {
    check_healthy_at_last(&[29, 41, 54, 60, 60, 60, 60].map(map_of));
    check_healthy_at_last(&[40, 60, 80, 96, 96, 96, 96].map(map_of));
}

#[test]
fn a_batch_begun_shortly_before_the_first_snapshot_is_given_time() {
    check_healthy_at_last(&[8, 35, 62, 89, 0, 27, 54].map(map_of));
    // Dropped in every seventh round, the last of which was just before.
    check_healthy_at_last(&[40, 80, 120, 160, 200, 240, 0, 40, 80, 120, 160].map(map_of));
    let findings = watch(&[40, 80, 120, 160, 200, 240, 280].map(map_of));
    assert_eq!(findings[5].verdict, Verdict::Suspected);
    assert_eq!(findings[6].verdict, Verdict::Leak, "a leak is told in the end");
}

#[test]
fn what_begins_after_the_first_snapshot_is_given_time_too() {
    let findings = watch(&[0, 0, 40, 80, 120, 160, 200, 240].map(map_of));
    assert_eq!(findings[6].verdict, Verdict::Suspected);
    assert_eq!(findings[7].verdict, Verdict::Leak);
    // What is there at once was there before, by another path.
    let findings = watch(&[0, 200, 240, 280, 320].map(map_of));
    assert_eq!(findings[3].verdict, Verdict::Suspected);
    assert_eq!(findings[4].verdict, Verdict::Leak);
}

#[test]
fn a_confirmed_leak_survives_quiet_rounds_but_not_its_end() {
    let findings = watch(&[80, 100, 120, 140, 140, 160, 160, 180, 180, 180, 180].map(map_of));
    let verdicts: Vec<Verdict> = findings.iter().map(|findings| findings.verdict).collect();
    assert_eq!(verdicts[3..10], [Verdict::Leak; 7]);
    assert_eq!(verdicts[10], Verdict::Healthy);
}

#[test]
fn what_was_told_by_another_container_is_not_a_leak_once_it_has_ended() {
    let groups = |(n, members): (usize, usize)| {
        let mut text =
            String::from("scope -context:groups-> map; map: object Map; map -internal:table-> T\n");
        let _ = writeln!(text, "T: array \"\" size={}", 24 * n.next_power_of_two());
        for i in 0..n {
            let _ = writeln!(text, "T -internal:{i}-> G_{i}x; G_{i}x: object Group size=32");
            let _ = writeln!(text, "G_{i}x -property:members-> L_{i}x; L_{i}x: object Array");
            for k in 0..members {
                let _ = writeln!(text, "L_{i}x -element:{k}-> M_{i}x{k}");
                let _ = writeln!(text, "M_{i}x{k}: object Member size=4096");
            }
        }
        text
    };
    let series = [(20, 4), (30, 4), (40, 4), (50, 4), (50, 4), (50, 4), (50, 5)];
    let findings = watch(&series.map(groups));
    assert_eq!(findings[3].verdict, Verdict::Leak);
    assert_eq!(findings[6].verdict, Verdict::Healthy, "{:#?}", findings[6].leaks);
}

#[test]
fn growth_with_pauses_is_suspected_and_takes_longer_to_confirm() {
    let verdicts: Vec<Verdict> = watch(&[80, 80, 100, 120, 120, 140, 160].map(map_of))
        .iter()
        .map(|findings| findings.verdict)
        .collect();
    assert_eq!(verdicts[3], Verdict::Suspected);
    assert_eq!(verdicts[4], Verdict::Healthy, "as often as not");
    assert_eq!(verdicts[5..], [Verdict::Suspected, Verdict::Leak]);
    check_healthy_at_last(&[80, 100, 100, 120, 120, 120, 120, 120].map(map_of));
}

#[test]
fn growth_on_its_way_to_the_least_is_suspected() {
    let verdict = |n: [usize; 4]| watch(&n.map(map_of))[3].verdict;
    assert_eq!(verdict([40, 43, 46, 49]), Verdict::Suspected);
    assert_eq!(verdict([40, 41, 42, 43]), Verdict::Healthy);
}

/// A string of `bytes` in variable `text`, in one piece, or with as many more
/// concatenated as `pieces` says.
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
fn a_listener_is_told_by_the_object_that_it_serves() {
    let emitter = |n: usize| {
        let mut text = String::from(
            "scope -context:bus-> B; B: object EventEmitter size=64; B -property:_events-> E; E: object Object size=64\n\
             E -property:stock-> L; L: object Array size=16\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "L -element:{i}-> F_{i}x; F_{i}x: closure onStock at=7:12:4");
            let _ =
                writeln!(text, "F_{i}x -internal:shared-> info; F_{i}x -internal:context-> S_{i}x");
            let _ = writeln!(
                text,
                "S_{i}x: object \"system / Context\" size=40; S_{i}x -internal:previous-> scope"
            );
            let _ = writeln!(
                text,
                "S_{i}x -context:this-> V_{i}x; V_{i}x: object CartView size=2048 at=7:3:1"
            );
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(emitter));
    let leak = only_leak(&findings[3]);
    assert_eq!((leak.kind, leak.items.class_name.as_str()), (LeakKind::Listeners, "CartView"));
    assert!(leak.title.contains("by function onStock (app/server.js:13:5)"), "{}", leak.title);
    assert_eq!(leak.items.consists_of[0].class_name, "CartView");
    assert_eq!(leak.items.consists_of[0].added_count, 60);
}

/// `variables` of a module of Node's own, beside the program's.
fn with_node_module(variables: &str) -> String {
    format!(
        "native -internal:function-> nodeMain; nodeMain: closure start at=3:1:1
         nodeMain -internal:context-> nodeScope; nodeMain -internal:shared-> nodeInfo
         nodeInfo: code start; nodeInfo -internal:script-> nodeFile; nodeFile: code \"node:internal/watch\"
         nodeScope: object \"system / Context\" size=64; nodeScope -internal:previous-> native
         {variables}"
    )
}

#[test]
fn what_the_runtime_lists_is_told_with_the_functions_that_it_calls() {
    let watchers = |n: usize| {
        let mut text = with_node_module("nodeScope -context:watchers-> L; L: object Set size=32\n");
        for i in 0..n {
            let _ = writeln!(text, "L -element:{i}-> W_{i}x; W_{i}x: object Watcher at=3:9:1");
            let _ = writeln!(text, "W_{i}x -property:onChange-> F_{i}x; W_{i}x -hidden:0-> B_{i}x");
            let _ = writeln!(text, "B_{i}x: object Buffer size=4096");
            let _ =
                writeln!(text, "F_{i}x: closure reload at=7:20:4; F_{i}x -internal:shared-> info");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(watchers));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("watchers"));
    assert!(leak.title.contains("held by function reload (app/server.js:21:5)"), "{}", leak.title);
    let last = leak.path.last().expect("a path has steps");
    assert_eq!(last.class_name, "closure reload", "{}", leak.path_text);
}

#[test]
fn timers_are_told_by_the_function_that_they_share() {
    let timers = |n: usize| {
        let mut text = with_node_module(
            "nodeScope -context:timerListMap-> M; M: object Object size=32; M -element:1-> T; T: object TimersList size=32
             scope -context:poll-> poll; poll: closure poll at=7:30:2; poll -internal:shared-> info\n",
        );
        let _ = writeln!(text, "T -property:_idlePrev-> T_0x");
        for i in 0..n {
            let _ = writeln!(
                text,
                "T_{i}x: object Timeout size=4096; T_{i}x -property:_onTimeout-> poll"
            );
            if i + 1 < n {
                let _ = writeln!(text, "T_{i}x -property:_idlePrev-> T_{}x", i + 1);
            }
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(timers));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::Timers);
    assert!(
        leak.title.starts_with(
            "Timeout accumulates in active timers, held by function poll (app/server.js:31:3)"
        ),
        "{}",
        leak.title
    );
    assert!(
        leak.path_text.starts_with("active timers (Timeout)\n  […] → Timeout"),
        "{}",
        leak.path_text
    );
}

#[test]
fn what_is_global_is_no_variable_of_a_module_of_nodes() {
    let process = |n: usize| {
        let mut text = with_node_module(
            "root -shortcut:global-> G; G: object global size=64; G -property:\"get process\"-> get; get: closure \"get process\"
             nodeScope -context:process-> P; P: object process size=64; P -property:spaces-> A; A: object Array size=16\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "A -element:{i}-> S_{i}x; S_{i}x: object Space size=4096");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(process));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("process.spaces"));
    assert!(leak.path_text.starts_with("global\n  .process → process"), "{}", leak.path_text);
}

#[test]
fn containers_in_a_container_are_told_by_the_outer_name() {
    let tenants = |n: usize| {
        let mut text = String::from(
            "scope -context:byTenant-> M; M: object Map size=32; M -internal:table-> T; T: array \"\" size=64\n",
        );
        for t in 0..4 {
            let _ = writeln!(text, "T -internal:{t}-> A_{t}x; A_{t}x: object Array size=16");
            for i in 0..n {
                let _ = writeln!(
                    text,
                    "A_{t}x -element:{i}-> E_{t}_{i}x; E_{t}_{i}x: object Event size=1024"
                );
            }
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(tenants));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("byTenant[]"));
    assert!(
        leak.title.starts_with("Event accumulates in Arrays of Map `byTenant`"),
        "{}",
        leak.title
    );
}

#[test]
fn a_chain_as_long_as_the_heap_is_told_by_its_first_link() {
    let list = |n: usize| {
        let mut text = String::from("scope -context:head-> N_0x\n");
        for i in 0..n {
            let _ = writeln!(
                text,
                "N_{i}x: object Revision size=64; N_{i}x -property:before-> N_{}x",
                i + 1
            );
        }
        let _ = writeln!(text, "N_{n}x: object Revision size=64");
        text
    };
    let findings = watch(&[10_000, 15_000, 20_000, 25_000].map(list));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("head"));
    assert_eq!(leak.path.len(), 3, "one link stands for all: {}", leak.path_text);
}

#[test]
fn growth_spread_over_paths_of_one_shape_is_one_leak() {
    let stats = |n: usize| {
        let mut text = String::from("scope -context:stats-> O; O: object Object\n");
        for region in ["eu", "us"] {
            let _ = writeln!(text, "O -property:{region}-> P{region}x; P{region}x: object Object");
            for route in ["buy", "find", "list", "pay"] {
                let list = format!("L{region}{route}x");
                let _ =
                    writeln!(text, "P{region}x -property:{route}-> {list}; {list}: object Array");
                for i in 0..n {
                    let _ = writeln!(text, "{list} -element:{i}-> E{region}{route}_{i}x");
                    let _ = writeln!(text, "E{region}{route}_{i}x: object Visit size=400");
                }
            }
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(stats));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("stats"));
    assert_eq!((leak.items.class_name.as_str(), leak.items.count), ("Visit", 800));
}

#[test]
fn entries_that_something_else_holds_too_are_counted() {
    let sizes = [(57_384, 2000), (114_728, 3000), (114_728, 4000), (114_728, 5000)];
    // All the entries are there from the start, elsewhere.
    let is_held = |line: &&str, n: usize| {
        let slot = line.strip_prefix("T -internal:").and_then(|rest| rest.split("->").next());
        slot.and_then(|slot| slot.parse::<usize>().ok()).is_none_or(|slot| slot < n)
    };
    let findings = watch(&sizes.map(|(bytes, n)| {
        let table = table_of(bytes, 5000);
        table.lines().filter(|line| is_held(line, n)).collect::<Vec<_>>().join("\n")
    }));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("cache"));
    assert_eq!((leak.items.class_name.as_str(), leak.items.count), ("Entry", 5000));
}

/// A chain of `n` objects whose links are `period` steps apart.
fn chain_of_period(n: usize, period: usize) -> String {
    let mut text = String::from("scope -context:head-> L_0_0x\n");
    for i in 0..n {
        for step in 0..period {
            let next = if step + 1 < period {
                format!("L_{i}_{}x", step + 1)
            } else if i + 1 < n {
                format!("L_{}_0x", i + 1)
            } else {
                continue;
            };
            let _ = writeln!(text, "L_{i}_{step}x -property:p{step}-> {next}");
        }
        for step in 0..period {
            let _ = writeln!(text, "L_{i}_{step}x: object Object size=2048");
        }
    }
    text
}

#[test]
fn a_chain_folds_whatever_the_distance_of_its_links() {
    for period in [1, 2, 3, 5, 8, 17, 64] {
        let findings = watch(&[40, 60, 80, 100].map(|n| chain_of_period(n, period)));
        let leak = only_leak(&findings[3]);
        assert_eq!(leak.kind, LeakKind::LinkedList, "period {period}");
        assert!(leak.container.name.as_deref().is_some_and(|name| name.starts_with("head")));
    }
}

#[test]
fn objects_nested_in_objects_of_their_class_are_no_chain() {
    // `a.b.c.d.a.b` twice over is what somebody wrote, and has a name of its own.
    let nested = |n: usize| {
        let mut text = String::from("scope -context:a-> A0x\n");
        for (i, step) in ["b", "c", "d", "e", "b", "f"].iter().enumerate() {
            let _ = writeln!(text, "A{i}x: object Object; A{i}x -property:{step}-> A{}x", i + 1);
        }
        text.push_str("A6x: object Object; A6x -property:items-> L; L: object Array\n");
        for i in 0..n {
            let _ = writeln!(text, "L -element:{i}-> E_{i}x; E_{i}x: object Entry size=4096");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(nested));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.path.len(), 10, "{}", leak.path_text);
    assert!(leak.container.name.as_deref().is_some_and(|name| name.ends_with("e.b.f.items")));
}

#[test]
fn a_leak_of_objects_with_weak_references_of_their_own_is_one() {
    let connections = |n: usize| {
        let mut text = String::from("scope -context:open-> A; A: object Array size=16\n");
        for i in 0..n {
            let _ = writeln!(text, "A -element:{i}-> C_{i}x; C_{i}x: object Conn size=64");
            let _ =
                writeln!(text, "C_{i}x -property:peer-> W_{i}x; W_{i}x: object WeakRef size=16");
            let _ =
                writeln!(text, "C_{i}x -property:rows-> R_{i}x; R_{i}x: object Array size=2048");
            let _ = writeln!(text, "scope -context:f-> F; F: object FinalizationRegistry size=80");
            let _ = writeln!(
                text,
                "F -hidden:{i}-> D_{i}x; D_{i}x: hidden \"system / WeakCell\" size=72"
            );
        }
        text
    };
    let findings = watch(&[80, 120, 160, 200].map(connections));
    assert_eq!(findings[3].verdict, Verdict::Leak);
    assert_eq!(findings[3].leaks[0].items.class_name, "Conn");
}

#[test]
fn one_buffer_in_flight_is_no_leak() {
    let stream = |bytes: usize| {
        format!(
            "scope -context:gzip-> Z; Z: object ZlibStream size=64
             Z -internal:memory-> M; M: native zlib_memory size={bytes}\n"
        )
    };
    // Idle, then busy at each look: one step, whatever is forgotten of what was before.
    let mut sizes = vec![10_000; 9];
    sizes.resize(30, 294_700);
    check_healthy_at_last(&sizes.into_iter().map(stream).collect::<Vec<_>>());
}

/// Verdicts over snapshots with so many entries, at these minutes, after so many
/// milliseconds of work.
fn watch_at(series: &[(u32, u32, u32)]) -> Vec<Verdict> {
    let mut watch = Watch::new(Settings::default());
    series
        .iter()
        .map(|&(count, minutes, active_ms)| {
            let moment = Moment {
                epoch_ms: 1.7e12 + f64::from(minutes) * 60_000.0,
                active_ms: Some(1000.0 + f64::from(active_ms)),
                ..Moment::default()
            };
            watch.observe(&draw(&heap(&map_of(count as usize))).graph(), &moment).verdict
        })
        .collect()
}

#[test]
fn a_leak_with_each_request_is_told_across_quiet_times_and_long_distances() {
    // Ten to a second of work, seen after 8, 8, 8 and then 2 seconds of it.
    let moments = [(0, 0), (1, 8), (2, 16), (10, 24), (11, 26), (12, 28), (30, 30), (31, 32)];
    let verdicts =
        watch_at(&moments.map(|(minute, seconds)| (100 + 10 * seconds, minute, 1000 * seconds)));
    assert!(!verdicts[2..].contains(&Verdict::Healthy), "{verdicts:?}");
    assert_eq!(verdicts[7], Verdict::Leak, "{verdicts:?}");
}

#[test]
fn a_leak_in_a_timer_is_told_whatever_the_traffic() {
    let moments = [(0, 0), (1, 50), (2, 52), (3, 90), (8, 95), (9, 200), (20, 210), (21, 211)];
    let series = moments.map(|(minute, work)| (100 + 10 * minute, minute, 100 * work));
    assert_eq!(watch_at(&series)[7], Verdict::Leak);
}

#[test]
fn sessions_that_rise_with_the_morning_are_waited_for() {
    // As many as the traffic of the last interval; it rises for two hours.
    let load = |i: u32| 2000 + 400 * i;
    let series: Vec<_> = (0..12).map(|i| (load(i) / 10, 10 * i, (0..=i).map(load).sum())).collect();
    let verdicts = watch_at(&series);
    assert!(!verdicts.contains(&Verdict::Leak), "{verdicts:?}");
}

#[test]
fn a_cache_whose_keys_come_from_a_finite_set_is_not_confirmed() {
    check_healthy_at_last(&[368, 564, 738, 897, 1042, 1193, 1326, 1451, 1566, 1667].map(map_of));
    // Looked at after ever longer times: no slower from look to look.
    check_healthy_at_last(&[387, 586, 759, 915, 1208, 1666, 2297, 3069, 3684].map(map_of));
}

#[test]
fn a_noisy_leak_in_a_large_container_is_told_as_one_in_a_small_one_is() {
    for base in [100, 2000] {
        let dips = [0, 40, 20, 60, 40, 80, 60, 100, 80, 120, 100, 140, 120, 160];
        let findings = watch(&dips.map(|more| map_of(base + more)));
        assert!(findings.iter().any(|it| it.verdict == Verdict::Leak), "base {base}");
    }
    let findings = watch(&[0, 15, 10, 20, 30, 40, 50, 60, 70].map(|more| map_of(1000 + more)));
    assert_eq!(findings[8].verdict, Verdict::Leak);
}

#[test]
fn what_comes_and_goes_in_a_large_container_is_no_leak() {
    let walk = [0, 12, 5, 18, 9, 22, 14, 8, 3, 16, 21, 27, 19, 11, 6, 17, 25, 31, 22, 13];
    check_healthy_at_last(&walk.map(|more| map_of(1000 + 4 * more)));
}

/// `n` objects that hang on ever new names: no path has a count.
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
    assert_eq!((leak.kind, leak.items.class_name.as_str()), (LeakKind::Unlocated, "Visit"));
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

#[test]
fn a_told_leak_that_stands_still_is_resolved_once() {
    let findings = watch(&[40, 60, 80, 100, 100, 100, 100, 100, 100].map(map_of));
    let id = &only_leak(&findings[3]).id;
    let resolved: Vec<usize> =
        (0..findings.len()).filter(|&at| !findings[at].resolved.is_empty()).collect();
    assert_eq!(resolved.len(), 1, "{resolved:?}");
    assert_eq!(&findings[resolved[0]].resolved[0].id, id);
    assert!(findings[resolved[0]].leaks.is_empty());
}

#[test]
fn a_report_says_what_speaks_for_it_and_what_against() {
    let findings = watch(&[40, 60, 80, 100].map(map_of));
    let evidence = &only_leak(&findings[3]).evidence;
    assert_eq!(evidence.pro[0], "It rose in 3 of 3 checks.");
    assert!(evidence.contra.is_empty(), "{evidence:?}");
    let findings = watch(&[368, 564, 738, 897, 1042].map(map_of));
    let evidence = &findings[4].suspects[0].evidence;
    assert!(evidence.contra[0].starts_with("It slows down"), "{evidence:?}");
}

/// A table of `capacity` slots of which `n` are taken.
fn preallocated(n: usize, capacity: usize) -> String {
    let mut text = format!(
        "scope -context:slots-> A; A: object Array size=32; A -internal:elements-> T
         T: array \"(object elements)\" size={}\n",
        8 * capacity
    );
    for i in 0..n {
        let _ = writeln!(text, "T -internal:{i}-> E_{i}x; E_{i}x: object Entry size=4096");
    }
    text
}

#[test]
fn a_table_that_was_made_for_more_may_only_be_filling() {
    let counts = [100, 140, 180, 220, 260, 300];
    let findings = watch(&counts.map(|n| preallocated(n, 400)));
    assert!(findings[5].leaks.is_empty());
    let evidence = &findings[5].suspects[0].evidence;
    assert!(evidence.contra.iter().any(|it| it.contains("filling up")), "{evidence:?}");
    // One that grows with its entries is a leak.
    let findings = watch(&counts.map(|n| preallocated(n, n.next_power_of_two())));
    assert_eq!(findings[5].verdict, Verdict::Leak);
}

#[test]
fn a_list_of_nodes_own_that_it_keeps_short_is_no_leak() {
    let timings = |n: usize| {
        let mut text = with_node_module(
            "nodeScope -context:resourceTimingBuffer-> L; L: object Array size=32\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "L -element:{i}-> P_{i}x; P_{i}x: object Timing size=4096");
        }
        text
    };
    check_healthy(&[100, 130, 160, 190, 220, 250].map(timings));
    let findings = watch(&[260, 290, 320, 350].map(timings));
    assert_eq!(findings[3].verdict, Verdict::Leak, "the program has made it longer");
}

#[test]
fn patience_waits_for_as_long_as_memory_lasts() {
    let series: [usize; 18] = std::array::from_fn(|i| 40 + 20 * i);
    let first_told = |limit: u64| {
        let sensitivity = Sensitivity { patient_round_ms: Some(60_000), ..Sensitivity::default() };
        let mut watch = Watch::new(Settings { sensitivity, ..Settings::default() });
        series.iter().enumerate().position(|(i, &n)| {
            let memory = Memory { heap_limit_bytes: Some(limit), ..Memory::default() };
            let moment = Moment {
                epoch_ms: 60_000.0 * f64::from(u32::try_from(i).expect("few")),
                memory,
                ..Moment::default()
            };
            watch.observe(&draw(&heap(&map_of(n))).graph(), &moment).verdict == Verdict::Leak
        })
    };
    assert_eq!(first_told(1 << 40), Some(15), "after fifteen rounds");
    assert_eq!(first_told(1 << 20), Some(3), "nearly full");
}

#[test]
fn what_its_owner_declares_speaks_against_a_leak() {
    // The same store as a field of a class, whose prototype has one method.
    let store = |method: &'static str| {
        move |n: usize| {
            let mut text = format!(
                "scope -context:store-> C; C: object Store size=64; C -property:items-> M; M: object Map size=32
                 C -property:__proto__-> Y; Y: object Object size=56; Y -property:{method}-> F
                 F: closure {method} size=64; M -internal:table-> T; T: array \"\" size=64\n"
            );
            for i in 0..n {
                let _ = writeln!(text, "T -internal:{i}-> P_{i}x; P_{i}x: object Page size=4096");
            }
            text
        }
    };
    let against = |method: &'static str| {
        let findings = watch(&[40, 60, 80].map(store(method)));
        let report = &findings[2].suspects[0];
        report.evidence.contra.join(" ")
    };
    assert!(
        against("evictOldest").contains("Store has `evictOldest`"),
        "{}",
        against("evictOldest")
    );
    assert!(!against("describe").contains("Store has"), "{}", against("describe"));
}

#[test]
fn the_steps_of_a_table_are_no_surer_than_the_objects_beside_it() {
    // A cache that slows down, with numbers in a table of its own.
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
    check_healthy_at_last(&[400, 620, 810, 980, 1130, 1260].map(cache));
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
    assert_eq!((leak.items.class_name.as_str(), leak.items.count), ("Job", 100));
    assert_eq!(leak.advice.matches("refers to them, too").count(), 1, "{}", leak.advice);
}

#[test]
fn a_map_whose_keys_are_listed_elsewhere_is_told_for_its_values() {
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
    // V8 has equal keys once, and the tree has them below what it came by first.
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
fn strings_in_a_map_are_entries_not_appended_text() {
    let codes = |n: usize| map_of(n).replace("object IncomingMessage", "cons \"secret\"");
    let findings = watch(&[40, 60, 80, 100].map(codes));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::Collection);
    assert!(leak.advice.starts_with("Entries are added"), "{}", leak.advice);
}

#[test]
fn a_title_names_what_is_in_the_collection() {
    let carts = |n: usize| {
        let mut text = map_of(n).replace("IncomingMessage size=4096 at=9", "Cart size=64 at=7");
        for i in 0..n {
            let _ = writeln!(
                text,
                "Req_{i}x -property:req-> R_{i}x; R_{i}x: object Request size=4096 at=9:40:2"
            );
        }
        text + "cart: closure Cart at=7:40:2\n"
    };
    let findings = watch(&[40, 60, 80, 100].map(carts));
    assert_eq!(only_leak(&findings[3]).items.class_name, "Cart");
}

#[test]
fn seeps_own_functions_are_not_the_way_to_what_a_timer_holds() {
    let timers = |n: usize| {
        let mut text = with_node_module(
            "nodeScope -context:timerListMap-> M; M: object Object size=32; M -element:1-> T; T: object TimersList size=32
             own: closure hold at=5:1:1; own -internal:shared-> ownInfo; ownInfo: code hold
             ownInfo -internal:script-> ownFile; ownFile: code \"/seep/lib/hold.js\"
             own -internal:context-> ownScope; ownScope: object \"system / Context\" size=64
             ownScope -context:watch-> W; W: object Watch size=90000\n",
        );
        for i in 0..n {
            let _ = writeln!(text, "T -element:{i}-> T_{i}x; T_{i}x: object Timeout size=4096");
            let _ = writeln!(text, "T_{i}x -property:_onTimeout-> F_{i}x");
            let _ =
                writeln!(text, "F_{i}x: closure poll at=7:30:2; F_{i}x -internal:shared-> info");
        }
        // Seep's is the last of the list, so it would stand for all.
        text + "T -element:9999-> Z; Z: object Timeout size=4096; Z -property:_onTimeout-> own\n"
    };
    let settings = Settings { own_scripts: vec!["/seep/lib/".to_owned()], ..Settings::default() };
    let findings = watch_with(settings, &[40, 60, 80, 100].map(timers));
    let leak = only_leak(&findings[3]);
    assert!(leak.title.contains("app/server.js:31:3"), "{}", leak.title);
    assert!(!format!("{findings:?}").contains("/seep/lib/"));
}

#[test]
fn what_listeners_for_two_events_share_is_told_under_the_other_than_error() {
    let emitter = |n: usize| {
        let mut text = String::from(
            "scope -context:bus-> B\nB: object EventEmitter size=64\nB -property:_events-> E\nE: object Object size=64\n",
        );
        for event in ["error", "tick"] {
            let _ =
                writeln!(text, "E -property:{event}-> L{event}y; L{event}y: object Array size=32");
            for i in 0..n {
                let _ = writeln!(text, "L{event}y -element:{i}-> F{event}_{i}x");
                let _ = writeln!(text, "F{event}_{i}x: closure onEvent size=2048 at=7:12:4");
                let _ = writeln!(text, "F{event}_{i}x -internal:context-> S_{i}x");
            }
        }
        for i in 0..n {
            let _ = writeln!(
                text,
                "S_{i}x: object \"system / Context\" size=40; S_{i}x -internal:previous-> scope
                 S_{i}x -context:view-> V_{i}x; V_{i}x: object View size=4096 at=7:3:1"
            );
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(emitter));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("bus._events.tick"));
    assert_eq!(leak.items.class_name, "View");
    assert!(leak.items.exclusive_bytes >= 100 * 4096, "{}", leak.items.exclusive_bytes);
    assert!(leak.advice.ends_with("As many are added to `bus._events.error`."), "{}", leak.advice);
}

/// A registry of modules with `n` beside the program's own, each in a file of its own.
fn modules_of_new_names(n: usize) -> String {
    let mut text = String::from(
        "scope -context:Loader-> K; K: closure Module at=3:1:1; K -property:_cache-> C; C: object Object size=64\n",
    );
    for i in 0..n {
        let _ = writeln!(
            text,
            "C -property:\"/virtual/view{i}.js\"-> M_{i}x; M_{i}x: object Module size=4096
             M_{i}x -property:exports-> X_{i}x; X_{i}x: closure render
             X_{i}x -internal:context-> S_{i}x; S_{i}x: object \"system / Context\" size=64
             S_{i}x -internal:previous-> native; X_{i}x -internal:shared-> I_{i}x
             I_{i}x: code render; I_{i}x -internal:script-> P_{i}x; P_{i}x: code \"/virtual/view{i}.js\"
             S_{i}x -context:data-> D_{i}x; D_{i}x: object Object size=2048"
        );
    }
    text
}

#[test]
fn modules_of_ever_new_names_are_told_once_and_as_modules() {
    let findings = watch(&[80, 100, 120, 140].map(modules_of_new_names));
    let leak = only_leak(&findings[3]);
    assert!(
        leak.title.starts_with("Module accumulates in Object `require.cache` (virtual/view"),
        "{}",
        leak.title
    );
    assert_eq!((leak.items.count, leak.items.added_count), (140, 60));
    assert!(leak.advice.contains("under ever new names, such as virtual/view"), "{}", leak.advice);
}

#[test]
fn what_is_loaded_again_is_named() {
    let reloaded = |n: usize| {
        let mut text =
            with_node_module("nodeScope -context:loadCache-> L; L: object LoadCache size=32\n");
        for i in 0..n {
            let _ = writeln!(
                text,
                "L -element:{i}-> J_{i}x; J_{i}x: object ModuleJob size=4096; J_{i}x -property:module-> W_{i}x
                 W_{i}x: object ModuleWrap size=64; W_{i}x -internal:function-> F_{i}x; F_{i}x: closure view
                 F_{i}x -internal:shared-> I_{i}x; I_{i}x: code view
                 I_{i}x -internal:script-> P_{i}x; P_{i}x: code \"file:///app/view.mjs?v={i}\""
            );
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(reloaded));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.pattern, Some("module-reload"));
    assert!(leak.title.contains(", copies of app/view.mjs: "), "{}", leak.title);
}

#[test]
fn a_service_is_known_by_its_class_where_only_a_package_leads_to_it() {
    let program = |n: usize| {
        let mut text = String::from(
            "native -internal:function-> lib; lib: closure inject at=4:1:1; lib -internal:shared-> libInfo
             libInfo: code inject; libInfo -internal:script-> libFile
             libFile: code \"/app/node_modules/injector/index.js\"
             lib -internal:context-> libScope; libScope: object \"system / Context\" size=64
             libScope -internal:previous-> native; libScope -context:registry-> R; R: object Map size=32
             R -internal:table-> T; T: array \"\" size=64; T -internal:1-> U; U: object AuditService size=64 at=7:3:1
             U -property:records-> A; A: object Array size=32\n",
        );
        for i in 0..n {
            let _ = writeln!(
                text,
                "A -element:{i}-> R_{i}x; R_{i}x: object AuditRecord size=4096 at=7:20:1"
            );
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(program));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.container.name.as_deref(), Some("AuditService.records"));
    assert!(leak.path_text.starts_with("AuditService\n  .records → Array"), "{}", leak.path_text);
}

#[test]
fn what_is_global_is_told_with_the_file_of_what_is_in_it() {
    let global = |n: usize| {
        let mut text = String::from(
            "root -shortcut:global-> G; G: object global size=64; G -property:list-> A; A: object Array size=16\n",
        );
        for i in 0..n {
            let _ =
                writeln!(text, "A -element:{i}-> S_{i}x; S_{i}x: object Space size=4096 at=7:20:4");
        }
        text
    };
    let findings = watch(&[40, 60, 80, 100].map(global));
    let leak = only_leak(&findings[3]);
    assert!(
        leak.title.starts_with(
            "Space accumulates in Array `list`, of a class written at app/server.js:21:5: "
        ),
        "{}",
        leak.title
    );
}
