//! The parts of a report: its container, its items, its owner.

use std::fmt::Write as _;

use seep::{explain::Rate, observe::Settings, report::LeakKind};

use crate::support::{map_of, only_leak, table_of, watch, watch_with, with_node_module};

#[test]
fn reactions_on_one_promise_are_reported_as_promises() {
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
    assert_eq!(leak.items.class, "Promise");
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
    assert_eq!((&*leak.items.class.in_reports(), leak.items.count), ("Record", 100));
    assert_eq!(leak.kind, LeakKind::Collection);
}

#[test]
fn the_chunks_of_a_queue_count_together() {
    // Three chunks of eight slots: head → chunk → tail, with a new tail when it is full.
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
    assert_eq!((&*leak.items.class.in_reports(), leak.items.count), ("Event", 62));
}

#[test]
fn a_listener_is_reported_by_the_object_that_it_serves() {
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
    assert_eq!((leak.kind, &*leak.items.class.in_reports()), (LeakKind::Listeners, "CartView"));
    assert!(leak.title.contains("by function onStock (app/server.js:13:5)"), "{}", leak.title);
    assert_eq!(leak.items.consists_of[0].class, "CartView");
    assert_eq!(leak.items.consists_of[0].added_count, 60);
}

#[test]
fn objects_that_the_runtime_lists_are_reported_with_the_functions_that_it_calls() {
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
    assert_eq!(last.class, "closure reload", "{}", leak.path_text);
}

#[test]
fn timers_are_reported_by_the_function_that_they_share() {
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
fn containers_in_a_container_are_reported_by_the_outer_name() {
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
fn entries_that_something_else_holds_too_are_counted() {
    let sizes = [(57_384, 2000), (114_728, 3000), (114_728, 4000), (114_728, 5000)];
    // All the entries exist from the start, elsewhere.
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
    assert_eq!((&*leak.items.class.in_reports(), leak.items.count), ("Entry", 5000));
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
    assert_eq!(only_leak(&findings[3]).items.class, "Cart");
}

#[test]
fn objects_shared_by_two_listeners_are_reported_under_the_event_other_than_error() {
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
    assert_eq!(leak.items.class, "View");
    assert!(leak.items.exclusive_bytes >= 100 * 4096, "{}", leak.items.exclusive_bytes);
    assert!(
        leak.advice.ends_with("Just as many are added to `bus._events.error`."),
        "{}",
        leak.advice
    );
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
fn a_global_is_reported_with_the_file_of_its_items() {
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
            "Space accumulates in Array `list`, of a class defined at app/server.js:21:5: "
        ),
        "{}",
        leak.title
    );
}

#[test]
fn a_title_says_growth_by_what_its_reader_knows() {
    let rates = [
        (Rate::Hour, "4.9 MB/h"),
        (Rate::Snapshot, "82 kB per snapshot"),
        (Rate::Call(100), "819 B per call"),
    ];
    // More snapshots than are remembered singly; each adds 20 items of 4096 bytes all the
    // same.
    let series: [String; 40] = std::array::from_fn(|i| map_of(40 + 20 * i));
    for (rate, said) in rates {
        let findings = watch_with(Settings { rate, ..Settings::default() }, &series);
        for at in [3, 39] {
            let title = &only_leak(&findings[at]).title;
            assert!(title.ends_with(&format!(" more in {at} checks, {said}")), "{title}");
        }
    }
}
