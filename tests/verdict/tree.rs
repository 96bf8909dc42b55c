//! How the name tree represents a heap: chains, dictionaries, modules, weak references,
//! and objects that are not the program's.

use std::fmt::Write as _;

use seep::{
    observe::Settings,
    report::{LeakKind, Verdict},
};

use crate::{
    support::{check_healthy, heap, map_of, only_leak, watch, watch_with, with_node_module},
    testkit::draw,
};

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
    assert_eq!(leak.items.class, "Session");
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
    assert_eq!((&*leak.items.class.in_reports(), leak.items.count), ("Session", 600));
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
    assert_eq!(leak.items.class, "Revision");
    assert!(leak.path.len() < 6, "the chain is folded: {}", leak.path_text);
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
    assert_eq!(only_leak(&findings[3]).items.class, "Node / pending_list");
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

/// Draws a registry and a cache of weak references, to `live` and `dead` documents.
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
    // One function scope per call, all in one file that has no variables of its own; a
    // timer holds each.
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
    assert_eq!(leak.items.class, "Window");
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
fn a_chain_as_long_as_the_heap_is_reported_by_its_first_link() {
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
    assert_eq!((&*leak.items.class.in_reports(), leak.items.count), ("Visit", 800));
}

/// Draws a chain of `n` objects whose links are `period` steps apart.
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
    // `a.b.c.d.a.b`, the same names twice, is what somebody wrote and has a name of its
    // own.
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
    assert_eq!(findings[3].leaks[0].items.class, "Conn");
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
        // Seep's timer is the last of the list, so it would represent all of them.
        text + "T -element:9999-> Z; Z: object Timeout size=4096; Z -property:_onTimeout-> own\n"
    };
    let settings = Settings { own_scripts: vec!["/seep/lib/".to_owned()], ..Settings::default() };
    let findings = watch_with(settings, &[40, 60, 80, 100].map(timers));
    let leak = only_leak(&findings[3]);
    assert!(leak.title.contains("app/server.js:31:3"), "{}", leak.title);
    assert!(!format!("{findings:?}").contains("/seep/lib/"));
}

/// Draws a registry of modules with `n` next to the program's own, each in its own file.
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
fn modules_with_ever_changing_names_are_reported_once_and_as_modules() {
    let findings = watch(&[80, 100, 120, 140].map(modules_of_new_names));
    let leak = only_leak(&findings[3]);
    assert!(
        leak.title.starts_with("Module accumulates in Object `require.cache` (virtual/view"),
        "{}",
        leak.title
    );
    assert_eq!((leak.items.count, leak.items.added_count), (140, 60));
    assert!(
        leak.advice.contains("under ever-changing names, such as virtual/view"),
        "{}",
        leak.advice
    );
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

/// Draws `n` suspended functions of seep's, each with a report of 4 KiB.
fn functions_of_seeps(n: usize) -> String {
    let mut text = String::from(
        "ownInfo: code store; ownInfo -internal:script-> ownFile
         ownFile: code \"/seep/lib/report-folder.js\"
         scope -context:pending-> P; P: object Promise size=64\n",
    );
    for i in 0..n {
        let _ = writeln!(
            text,
            "native -internal:{i}-> F_{i}x; F_{i}x: closure store size=64 at=7:{i}:1
             F_{i}x -internal:shared-> ownInfo; F_{i}x -internal:context-> S_{i}x
             S_{i}x: object \"system / Context\" size=48
             S_{i}x -context:text-> T_{i}x; T_{i}x: string \"a report\" size=4096"
        );
    }
    text
}

#[test]
fn what_of_seeps_waits_is_no_leak_of_the_programs() {
    let series = [40, 60, 80, 100, 120].map(|n| heap(&functions_of_seeps(n)));
    let settings = Settings { own_scripts: vec!["/seep/lib/".to_owned()], ..Settings::default() };
    for findings in watch_with(settings, &series) {
        assert!(findings.leaks.is_empty() && findings.suspects.is_empty(), "{findings:?}");
    }
    let findings = watch(&series);
    assert_eq!(findings[4].leaks.len(), 1, "the same of a program is one");
}

/// Draws Node's loader with a table of `n` records, each of 90 KiB.
fn loader_with(n: usize) -> String {
    let mut text = String::from(
        "nodeScope -context:records-> L; L: object Map size=32; L -internal:table-> LT; LT: array \"\" size=64\n",
    );
    for i in 0..n {
        let _ =
            writeln!(text, "LT -internal:{i}-> Record_{i}x; Record_{i}x: object Record size=92160");
    }
    with_node_module(&text).replace("node:internal/watch", "node:internal/modules/cjs/loader")
}

#[test]
fn a_step_of_nodes_loader_is_not_suspected_and_what_goes_on_is() {
    let findings = watch(&[3, 4, 5, 6, 7].map(loader_with));
    let suspected: Vec<usize> =
        findings.iter().map(|it| it.suspects.len() + it.leaks.len()).collect();
    assert_eq!(suspected, [0, 0, 0, 1, 1]);
    assert_eq!(findings[1].verdict, Verdict::InsufficientData);
}
