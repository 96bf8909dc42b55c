//! Reports with hidden names, over drawn heaps in which every name that the program gives
//! begins with `hidden`.

use std::fmt::Write as _;

use seep::{
    observe::{Findings, Moment, Settings, Watch},
    report::LeakReport,
    session::Session,
};

use crate::{support, testkit::draw};

/// Draws the same heap with a function whose name begins with `hidden`.
fn heap(variables: &str) -> String {
    support::heap(variables)
        .replace("closure handler", "closure hiddenMain")
        .replace("code handler", "code hiddenMain")
}

/// Returns the last of eight rounds, each with more of the items drawn by `items`.
fn last(redact_names: bool, items: impl Fn(usize) -> String) -> Findings {
    let mut watch = Watch::new(Settings { redact_names, ..Settings::default() });
    let findings = (1u32..=8).map(|round| {
        let epoch_ms = 1.7e12 + f64::from(round) * 60_000.0;
        let active_ms = Some(f64::from(round) * 1000.0);
        let moment = Moment { epoch_ms, active_ms, ..Moment::default() };
        watch.observe(&Session::lean(draw(&heap(&items(20 * round as usize))).graph()), &moment)
    });
    findings.last().expect("eight rounds")
}

/// Checks that the report on `items` reveals no name, although `open` occurs in it when
/// names are not hidden. Returns the hidden report.
#[track_caller]
fn check(open: &str, items: impl Fn(usize) -> String) -> LeakReport {
    let shown = last(false, &items);
    let hidden = last(true, &items);
    let text = format!("{shown:#?}");
    assert!(text.contains(open), "{text}");
    let text = format!("{:#?}{:#?}{:#?}", hidden.leaks, hidden.suspects, hidden.classes);
    assert!(!text.contains("hidden"), "{text}");
    let ids = |findings: &Findings| -> Vec<(String, Option<&str>)> {
        findings.leaks.iter().map(|leak| (leak.id.clone(), leak.pattern)).collect()
    };
    assert_eq!(ids(&hidden), ids(&shown));
    hidden.leaks.into_iter().next().expect("a leak")
}

/// Draws `n` objects of 4 KiB of a class, referred to from slots of `holder`.
fn slots(holder: &str, n: usize) -> String {
    (0..n).fold(String::new(), |mut text, i| {
        let _ = writeln!(text, "{holder} -element:{i}-> Visit_{i}x");
        let _ = writeln!(text, "Visit_{i}x: object Visit size=4096 at=9:40:2");
        text
    })
}

#[test]
fn the_slot_of_a_container() {
    let leak = check("Arrays of Map `hiddenByTenant`", |n| {
        format!(
            "scope -context:hiddenByTenant-> map; map: object Map; map -internal:table-> table
             table: array \"\"; table -internal:3-> one; one: object Array
             one -internal:elements-> ones; ones: array \"\" size={}\n",
            64 + 8 * n
        ) + &slots("ones", n)
    });
    assert!(leak.title.contains("Arrays of Map `~"), "{}", leak.title);
    assert!(leak.advice.contains("Arrays of Map `~"), "{}", leak.advice);
    assert!(leak.title.contains("` (app/server.js)"), "{}", leak.title);
}

#[test]
fn the_slot_of_a_function() {
    let leak = check("`hiddenOwner`", |n| {
        format!(
            "scope -context:hiddenOwner-> owner; owner: closure hiddenOwner at=7:5:1
             owner -internal:elements-> table; table: array \"\"
             table -element:0-> one; one: object Array
             one -internal:elements-> ones; ones: array \"\" size={}\n",
            64 + 8 * n
        ) + &slots("ones", n)
    });
    assert!(leak.title.contains('~'), "{}", leak.title);
}

#[test]
fn the_function_that_holds_the_items() {
    let leak = check("function hiddenTick (app/server.js:3:11)", |n| {
        let mut text = String::from(
            "scope -context:hiddenTimers-> list; list: object Array
             list -internal:elements-> slots; slots: array \"\"
             tick: code hiddenTick; tick -internal:script-> file\n",
        );
        for i in 0..n {
            let _ = writeln!(
                text,
                "slots -element:{i}-> Timer_{i}x; Timer_{i}x: object Timeout
                 Timer_{i}x -property:_onTimeout-> Tick_{i}x
                 Tick_{i}x: closure hiddenTick at=7:2:10; Tick_{i}x -internal:shared-> tick
                 Tick_{i}x -internal:context-> Scope_{i}x
                 Scope_{i}x: object \"system / Context\"
                 Scope_{i}x -internal:previous-> scope
                 Scope_{i}x -context:hiddenPayload-> Visit_{i}x
                 Visit_{i}x: object Visit size=4096"
            );
        }
        text
    });
    assert!(leak.title.contains(" by function ~"), "{}", leak.title);
}

#[test]
fn the_map_of_a_weak_entry() {
    let entry = "/ part of key (hiddenKey @9001) -> value (V @9003) pair in WeakMap (table @9005)";
    let leak = check("[WeakMap hiddenWeak]", |n| {
        format!(
            "scope -context:hiddenKey-> key; key: object Object id=9001
             scope -context:hiddenWeak-> weak; weak: object WeakMap
             weak -internal:table-> table; table: array \"\" id=9005
             key -internal:\"2 {entry}\"-> value; table -internal:\"1 {entry}\"-> value
             value: object Array id=9003
             value -internal:elements-> ones; ones: array \"\" size={}\n",
            64 + 8 * n
        ) + &slots("ones", n)
    });
    assert!(leak.path_text.contains("([WeakMap ~"), "{}", leak.path_text);
}

#[test]
fn suspended_functions() {
    // V8's class, the prototype, and the sort of function.
    let cases = [
        ("hiddenGen", "object Generator", "Generator"),
        ("hiddenGen", "object AsyncGenerator", "AsyncGenerator"),
        ("Generator", "hidden null", "AsyncFunction"),
    ];
    for (class, prototype, kind) in cases {
        let leak = check("suspended function hiddenGen()", |n| {
            let mut text = format!(
                "scope -context:hiddenCalls-> list; list: object Array
                 list -internal:elements-> slots; slots: array \"\"
                 scope -context:hiddenGen-> gen; gen: closure hiddenGen at=7:2:10
                 proto: {prototype}; native -> proto\n",
            );
            for i in 0..n {
                let _ = writeln!(
                    text,
                    "slots -element:{i}-> Call_{i}x; Call_{i}x: object {class} size=4096
                     Call_{i}x -internal:function-> gen; Call_{i}x -property:__proto__-> proto"
                );
            }
            text
        });
        assert!(leak.title.starts_with("suspended function ~"), "{}", leak.title);
        let class = leak.items.class.in_reports();
        assert!(class.starts_with(&format!("{kind} ~")), "{class}");
    }
}

#[test]
fn an_item_that_a_pattern_explains() {
    let leak = check("hiddenCache", |n| {
        String::from(
            "scope -context:hiddenCache-> map; map: object Map; map -internal:table-> table
             table: array \"\"\n",
        ) + &slots("table", n)
    });
    assert_eq!(leak.pattern, Some("cache-without-bound"));
    assert!(leak.title.contains("in Map `~"), "{}", leak.title);
}

#[test]
fn the_same_name_has_the_same_hash_everywhere() {
    let leak = check("hiddenState.hiddenVisits", |n| {
        String::from(
            "scope -context:hiddenState-> state; state: object Object
             state -property:hiddenVisits-> map; map: object Map; map -internal:table-> table
             table: array \"\"\n",
        ) + &slots("table", n)
    });
    let name = leak.container.name.as_deref().expect("named");
    let names: Vec<&str> = leak.path[1..3].iter().map(|step| step.edge.name.as_str()).collect();
    assert_eq!(name, names.join("."));
    assert!(leak.title.contains(&format!("Map `{name}` (app/server.js)")), "{}", leak.title);
    assert!(leak.advice.contains(&format!("Map `{name}`")), "{}", leak.advice);
    let drawn = format!("  {} → Object\n    .{} → Map", names[0], names[1]);
    assert!(leak.path_text.contains(&drawn), "{}", leak.path_text);
}

#[test]
fn the_holders_of_buffers() {
    let holders = |redact_names: bool| {
        let mut watch = Watch::new(Settings { redact_names, ..Settings::default() });
        for round in 1..=3u32 {
            let epoch_ms = 1.7e12 + f64::from(round) * 60_000.0;
            let bytes = 5_000_000 * round;
            let drawn = heap(&format!(
                "scope -context:hiddenUploads-> map; map: object Map; map -internal:table-> table
                 table: array \"\"; table -internal:3-> part; part: object Uint8Array
                 part -property:buffer-> buffer; buffer: object ArrayBuffer
                 buffer -internal:backing_store-> data
                 data: native \"system / JSArrayBufferData\" size={bytes}\n"
            ));
            let moment = Moment { epoch_ms, ..Moment::default() };
            watch.observe(&Session::lean(draw(&drawn).graph()), &moment);
        }
        watch.holders().to_vec()
    };
    let shown = holders(false);
    assert_eq!(shown, ["hiddenUploads[] (app/server.js): 15 MB, 10 MB more"]);
    let hidden = holders(true);
    assert!(
        hidden[0].starts_with('~') && hidden[0].ends_with("(app/server.js): 15 MB, 10 MB more"),
        "{hidden:?}"
    );
}
