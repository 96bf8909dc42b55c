//! Limits that a program declares for a store, over drawn heaps with the numbers that a
//! walk reads.

use std::fmt::Write as _;

use seep::{
    format::Removed,
    graph::Facts,
    growth::Sensitivity,
    limits::code::{Act, CodeWords, NAME},
    observe::{Findings, Moment, Settings, Watch},
    report::{LeakReport, Verdict},
    session::Session,
};

use crate::{
    support::heap,
    testkit::{Drawing, draw},
};

/// Draws the entries of the `Map` `map`, 4 KiB each.
fn entries(map: &str, n: usize) -> String {
    let mut text = format!("{map}: object Map size=32\n{map} -internal:table-> {map}_table\n");
    let _ = writeln!(text, "{map}_table: array \"\" size={}", 64 + 24 * n.next_power_of_two());
    for i in 0..n {
        let _ = writeln!(text, "{map}_table -internal:{i}-> {map}_{i}x");
        let _ = writeln!(text, "{map}_{i}x: object Entry size=4096 at=9:40:2");
    }
    text
}

/// Draws a cache of a class in the module's scope.
fn cache(n: usize) -> String {
    format!(
        "scope -context:cache-> store; store: object Lru size=64; store -property:map-> map
         {}",
        entries("map", n)
    )
}

/// Draws a Map in the module's scope.
fn map(n: usize) -> String {
    format!("scope -context:sessions-> map\n{}", entries("map", n))
}

/// Returns the findings of the last snapshot. The snapshots are a minute apart, each with
/// the facts that `note` adds.
fn last(
    settings: &Settings,
    counts: impl IntoIterator<Item = usize>,
    variables: impl Fn(usize) -> String,
    note: impl Fn(&Drawing, &mut Facts),
) -> Findings {
    let mut watch = Watch::new(settings.clone());
    let mut minute = 0.0;
    let mut last = None;
    for n in counts {
        minute += 1.0;
        let drawing = draw(&heap(&variables(n)));
        let mut facts = Facts::default();
        note(&drawing, &mut facts);
        let moment = Moment {
            epoch_ms: 1.7e12 + minute * 60_000.0,
            active_ms: Some(minute * 1000.0),
            ..Moment::default()
        };
        last = Some(watch.observe(&Session::lean(drawing.graph().with_facts(facts)), &moment));
    }
    last.expect("a series")
}

fn quick() -> Settings {
    Settings::default()
}

/// Returns the settings of a detector with the gate.
fn patient() -> Settings {
    let sensitivity =
        Sensitivity { round_ms: Some(60_000), is_patient: true, ..Sensitivity::default() };
    Settings { sensitivity, ..Settings::default() }
}

/// Returns the settings of a detector that captures in every round.
fn always() -> Settings {
    let sensitivity = Sensitivity { round_ms: Some(60_000), ..Sensitivity::default() };
    Settings { sensitivity, ..Settings::default() }
}

fn number(node: &'static str, name: &'static str, value: f64) -> impl Fn(&Drawing, &mut Facts) {
    move |drawing, facts| facts.note_number(drawing.node(node), name, value)
}

const RISING: [usize; 5] = [100, 120, 140, 160, 180];

#[track_caller]
fn only(reports: &[LeakReport]) -> &LeakReport {
    assert_eq!(reports.len(), 1, "{reports:#?}");
    &reports[0]
}

#[track_caller]
fn is_suspected_with(findings: &Findings, against: &str) {
    assert_eq!(findings.verdict, Verdict::Suspected, "{findings:#?}");
    let suspect = only(&findings.suspects);
    assert!(suspect.evidence.contra.iter().any(|it| it == against), "{:?}", suspect.evidence);
}

#[test]
fn a_store_that_holds_less_than_its_owner_says_is_suspected_however_it_is_looked_at() {
    let findings = last(&quick(), RISING, cache, number("store", "max", 200.0));
    is_suspected_with(&findings, "Lru has `max` 200 (90 % full): it may only be filling up.");
    let findings = last(&quick(), RISING, cache, |_, _| {});
    assert_eq!(findings.verdict, Verdict::Leak, "{findings:#?}");
}

#[test]
fn a_bound_that_is_exceeded_twice_speaks_for_a_leak() {
    let note = number("store", "max", 80.0);
    for settings in [quick(), patient()] {
        let findings = last(&settings, (0..20).map(|i| 170 + 5 * i), cache, &note);
        let leak = only(&findings.leaks);
        assert_eq!(
            leak.evidence.pro.last().map(String::as_str),
            Some("Lru has `max` 80, but it holds 265.")
        );
        assert_eq!(leak.evidence.contra, Vec::<String>::new());
    }
}

#[test]
fn a_bound_that_is_exceeded_by_little_is_one_by_its_name() {
    let note = number("store", "max", 150.0);
    let findings = last(&quick(), RISING, cache, &note);
    assert_eq!(findings.verdict, Verdict::Leak, "somebody asked");
    let findings = last(&patient(), (0..30).map(|i| 151 + 2 * i), cache, &note);
    is_suspected_with(&findings, "Lru has `max` 150 (it holds 209): it may only be filling up.");
}

#[test]
fn a_detector_that_always_captures_waits_for_what_speaks_against_a_leak_only() {
    let findings = last(&always(), RISING, cache, number("store", "ttl", 1e6));
    is_suspected_with(&findings, "Lru has `ttl`: it may only be filling up.");
    let findings = last(&always(), RISING, cache, |_, _| {});
    assert_eq!(findings.verdict, Verdict::Leak, "{findings:#?}");
}

#[test]
fn a_number_for_which_no_heap_has_room_is_one_of_bytes() {
    let findings = last(&always(), RISING, cache, number("store", "maxSize", 5e7));
    is_suspected_with(
        &findings,
        "Lru has `maxSize` 50 MB (it holds 737 kB): it may only be filling up.",
    );
}

/// Draws a Map beside code of the program's that a walk would have read.
fn walked(number: impl Fn(&Drawing, &mut Facts)) -> impl Fn(&Drawing, &mut Facts) {
    move |drawing, facts| {
        number(drawing, facts);
        facts.note_number(drawing.node("scope"), NAME, 0.0);
    }
}

#[test]
fn a_lifetime_after_which_nothing_was_removed_speaks_for_a_leak() {
    // Ten minutes, as seconds.
    let note = walked(number("store", "ttl", 600.0));
    let growing = |rounds: usize| (0..rounds).map(|i| 170 + 5 * i);
    let findings = last(&patient(), growing(20), cache, &note);
    is_suspected_with(&findings, "Lru has `ttl`: it may only be filling up.");
    let findings = last(&patient(), growing(22), cache, &note);
    let leak = only(&findings.leaks);
    assert_eq!(
        leak.evidence.pro.last().map(String::as_str),
        Some("Lru has `ttl`, but nothing was removed in 21 min.")
    );
    assert_eq!(leak.evidence.contra, Vec::<String>::new());
    // Without a walk nobody knows what was removed.
    let findings = last(&patient(), growing(22), cache, number("store", "ttl", 600.0));
    is_suspected_with(&findings, "Lru has `ttl`: it may only be filling up.");
}

#[test]
fn a_store_that_drops_what_has_lived_for_its_time_obeys_its_lifetime() {
    let note = walked(|drawing: &Drawing, facts: &mut Facts| {
        facts.note_number(drawing.node("store"), "ttl", 600.0);
        let removed = Removed { entries: 170, removed: 10, oldest: 10 };
        facts.note_removed(drawing.node("map_table"), removed);
    });
    let findings = last(&patient(), (0..22).map(|i| 170 + 5 * i), cache, &note);
    is_suspected_with(&findings, "Lru has `ttl`: it may only be filling up.");
}

#[test]
fn a_lifetime_beside_a_number_of_items_that_is_not_reached_says_nothing() {
    let note = walked(|drawing: &Drawing, facts: &mut Facts| {
        facts.note_number(drawing.node("store"), "max", 5000.0);
        facts.note_number(drawing.node("store"), "ttl", 60.0);
    });
    let findings = last(&patient(), (0..22).map(|i| 170 + 5 * i), cache, &note);
    assert_eq!(findings.verdict, Verdict::Suspected, "{findings:#?}");
}

#[test]
fn a_number_that_is_no_number_of_items_is_no_proof() {
    for (name, value) in [("maxAge", 60_000.0), ("max", 0.0), ("max", f64::INFINITY), ("max", 1e12)]
    {
        let findings = last(&quick(), RISING, cache, number("store", name, value));
        assert_eq!(findings.verdict, Verdict::Leak, "{name} {value}: {findings:#?}");
    }
}

#[test]
fn the_number_of_an_object_further_up_is_of_something_else() {
    let within = |n: usize| {
        format!(
            "scope -context:app-> app; app: object Object; app -property:state-> store
             store: object Object size=64; store -property:map-> map
             {}",
            entries("map", n)
        )
    };
    let findings = last(&quick(), RISING, within, number("app", "max", 200.0));
    assert_eq!(findings.verdict, Verdict::Leak, "{findings:#?}");
    let findings = last(&quick(), RISING, within, number("store", "max", 200.0));
    is_suspected_with(&findings, "Object has `max` 200 (90 % full): it may only be filling up.");
}

#[test]
fn names_are_hidden_where_they_are_to_be() {
    let settings = Settings { redact_names: true, ..quick() };
    let findings = last(&settings, RISING, cache, number("store", "maxSecrets", 200.0));
    assert_eq!(findings.verdict, Verdict::Leak, "a bound of secrets is none of entries");
    let findings = last(&settings, RISING, cache, number("store", "#max_entries", 200.0));
    is_suspected_with(
        &findings,
        "Its owner declares a limit of 200 (90 % full): it may only be filling up.",
    );
    assert!(!format!("{findings:?}").contains("max_entries"), "{findings:#?}");
}

#[test]
fn a_constant_beside_a_map_bounds_it_where_it_is_the_only_one_or_is_called_so() {
    let findings = last(&quick(), RISING, map, number("scope", "MAX", 200.0));
    let against = "The surrounding code has `MAX` 200 (90 % full): it may only be filling up.";
    is_suspected_with(&findings, against);
    let two = |n: usize| format!("{}\nscope -context:log-> log; log: object Array size=32", map(n));
    let findings = last(&quick(), RISING, two, number("scope", "MAX", 200.0));
    assert_eq!(findings.verdict, Verdict::Leak, "it may bound the log: {findings:#?}");
    let findings = last(&quick(), RISING, two, number("scope", "MAX_SESSIONS", 200.0));
    is_suspected_with(
        &findings,
        "The surrounding code has `MAX_SESSIONS` 200 (90 % full): it may only be filling up.",
    );
    let findings = last(&quick(), RISING, map, number("scope", "MAX_RETRIES", 200.0));
    assert_eq!(findings.verdict, Verdict::Leak);
}

#[test]
fn a_constant_beside_a_class_bounds_what_its_objects_hold() {
    let beside = |n: usize| {
        format!(
            "{}\nstore -property:__proto__-> shared; shared: object Lru; shared -property:set-> set
             set: closure set; set -internal:context-> scope",
            cache(n)
        )
    };
    let findings = last(&quick(), RISING, beside, number("scope", "MAX_ENTRIES", 200.0));
    is_suspected_with(
        &findings,
        "Lru has `MAX_ENTRIES` 200 (90 % full): it may only be filling up.",
    );
}

#[test]
fn a_function_beside_a_store_declares_that_it_is_swept() {
    let with = |function: &'static str| {
        move |n: usize| format!("{}\nscope -context:{function}-> f; f: closure {function}", map(n))
    };
    let findings_with = |function: &'static str| {
        last(&patient(), (0..18).map(|i| 100 + 5 * i), with(function), |_, _| {})
    };
    for function in ["sweepSessions", "cleanup", "evictOldest"] {
        let against = format!("The surrounding code has `{function}`: it may only be filling up.");
        is_suspected_with(&findings_with(function), &against);
    }
    for function in ["sweepTokens", "handle", "sweetener"] {
        assert_eq!(findings_with(function).verdict, Verdict::Leak, "{function}");
    }
}

#[test]
fn removed_entries_are_a_reason_to_wait_unless_somebody_asked() {
    let note = |drawing: &Drawing, facts: &mut Facts| {
        let removed = Removed { entries: 100, removed: 40, oldest: 3 };
        facts.note_removed(drawing.node("map_table"), removed);
    };
    let rising = || (0..18).map(|i| 100 + 5 * i);
    let findings = last(&patient(), rising(), map, note);
    is_suspected_with(
        &findings,
        "Entries are removed from it: those that stay may just live longer.",
    );
    assert_eq!(last(&patient(), (0..40).map(|i| 100 + 5 * i), map, note).verdict, Verdict::Leak);
    let findings = last(&quick(), rising(), map, note);
    assert_eq!(findings.verdict, Verdict::Leak);
    assert_eq!(last(&patient(), rising(), map, |_, _| {}).verdict, Verdict::Leak, "without");
}

/// A function that closes over the module's scope and has run.
fn function(name: &str) -> String {
    format!(
        "native -internal:timer-> f; f: closure {name}; f -internal:context-> scope
         f -internal:shared-> f_info; f_info: code {name}; f_info -internal:script-> file
         f_info -internal:7-> f_code; f_code: code \"system / BytecodeArray\""
    )
}

/// Notes which words the code of that function uses.
fn words(of_code: &'static [&'static str]) -> impl Fn(&Drawing, &mut Facts) {
    move |drawing, facts| {
        let words = of_code.iter().map(|word| CodeWords::of(word.as_bytes()));
        let all = words.fold(CodeWords::default(), CodeWords::with);
        facts.note_number(drawing.node("f_code"), NAME, f64::from(all.0));
    }
}

const TRIMS: &[&str] = &["size", "delete", "next"];

/// As many minutes as what nothing speaks against is watched for, and some more.
fn minutes() -> impl Iterator<Item = usize> {
    (0..24).map(|i| 300 + 10 * i)
}

#[test]
fn code_that_keeps_a_store_small_is_a_reason_to_wait_and_none_when_asked() {
    let with_code = |n: usize| format!("{}\n{}", map(n), function("trim"));
    let findings = last(&patient(), minutes(), with_code, words(TRIMS));
    let told = "`trim` looks at its size and removes entries: it may only be filling up.";
    is_suspected_with(&findings, told);
    assert_eq!(last(&quick(), RISING, with_code, words(TRIMS)).verdict, Verdict::Leak);
    let by_key = words(&["size", "delete", "get"]);
    assert_eq!(last(&patient(), minutes(), with_code, by_key).verdict, Verdict::Leak);
    let long = (0..250).map(|i| 300 + 10 * i);
    assert_eq!(last(&patient(), long, with_code, words(TRIMS)).verdict, Verdict::Leak);
}

#[test]
fn code_beside_several_maps_is_of_the_one_that_it_is_called_after() {
    let two = |name: &'static str| {
        move |n: usize| {
            let other = "scope -context:tokens-> other; other: object Map size=32";
            format!("{}\n{other}\n{}", map(n), function(name))
        }
    };
    let told = |name| last(&patient(), minutes(), two(name), words(TRIMS)).verdict;
    assert_eq!((told("trimSessions"), told("trim")), (Verdict::Suspected, Verdict::Leak));
}

#[test]
fn a_bound_that_is_not_set_bounds_nothing() {
    let with_method = |n: usize| {
        let proto = "store -property:__proto__-> lru; lru: object Lru; lru -property:set-> f";
        format!("{}\n{proto}\n{}", cache(n), function("set"))
    };
    let told = |most: f64| {
        let note = |drawing: &Drawing, facts: &mut Facts| {
            words(TRIMS)(drawing, facts);
            number("store", "_capacity", most)(drawing, facts);
        };
        last(&patient(), minutes(), with_method, note).verdict
    };
    assert_eq!(told(f64::NAN), Verdict::Leak);
    assert_eq!(told(f64::INFINITY), Verdict::Leak);
    assert_eq!(told(2000.0), Verdict::Suspected);
}

/// Notes what the code of the function does with a variable or property.
fn does(
    what: CodeWords,
    name: &'static str,
    (most, is_property): (u32, bool),
) -> impl Fn(&Drawing, &mut Facts) {
    move |drawing, facts| {
        words(TRIMS)(drawing, facts);
        facts.note_act(drawing.node("f"), name, Act { uses: what, most, is_property });
    }
}

/// Removes the oldest when there are too many.
fn trims() -> CodeWords {
    CodeWords::DELETE.with(CodeWords::LOOP).with(compares())
}

/// Compares the size with something.
fn compares() -> CodeWords {
    CodeWords::of(b"size").with(CodeWords::COMPARED)
}

#[test]
fn code_that_is_known_to_be_about_another_store_is_no_reason_to_wait() {
    let with_code = |n: usize| format!("{}\n{}", map(n), function("trim"));
    let told = |name, is_property| {
        let note = does(trims(), name, (0, is_property));
        last(&patient(), minutes(), with_code, note).verdict
    };
    assert_eq!(told("tokens", false), Verdict::Leak);
    assert_eq!(told("sessions", true), Verdict::Leak, "a property of something else");
    assert_eq!(told("sessions", false), Verdict::Suspected);
    assert_eq!(told("", true), Verdict::Suspected, "it may be any");
    let only_read = does(CodeWords::DELETE.with(CodeWords::LOOP), "sessions", (0, false));
    assert_eq!(last(&patient(), minutes(), with_code, only_read).verdict, Verdict::Leak, "a gauge");
}

#[test]
fn a_number_in_code_counts_like_one_that_is_declared() {
    let with_code = |n: usize| format!("{}\n{}", map(n), function("trim"));
    let told = |what, most| {
        let note = does(what, "sessions", (most, false));
        last(&quick(), RISING, with_code, note)
    };
    let filling = told(trims(), 200);
    is_suspected_with(
        &filling,
        "`trim` compares its size with 200 (90 % full) and removes entries: it may only be filling up.",
    );
    assert_eq!(
        told(compares(), 200).verdict,
        Verdict::Leak,
        "it removes nothing, and was asked for"
    );
    let exceeded = told(trims(), 80);
    assert_eq!(exceeded.verdict, Verdict::Leak);
    let leak = &exceeded.leaks[0];
    assert_eq!(
        leak.evidence.pro.last().map(String::as_str),
        Some("`trim` compares its size with 80 (it holds 180), and it grows on.")
    );
}

/// Draws a store of a class that keeps keys, values and the order of use, each in an
/// Array.
fn arrays(n: usize) -> String {
    let mut text = String::from("scope -context:cache-> store; store: object Prices size=64\n");
    for (part, class) in [("keys", "Key"), ("values", "Value"), ("links", "Link")] {
        let _ = writeln!(text, "store -property:#{part}-> {part}; {part}: object Array size=32");
        for i in 0..n {
            let _ = writeln!(
                text,
                "{part} -element:{i}-> {class}_{i}x; {class}_{i}x: object {class} size=2048"
            );
        }
    }
    text
}

#[test]
fn collections_of_one_owner_that_are_filled_in_step_are_reported_once() {
    let findings = last(&quick(), RISING, arrays, |_, _| {});
    let leak = only(&findings.leaks);
    let names = ["cache.#keys", "cache.#values", "cache.#links"];
    let is_named = |name: &&str| {
        leak.container.name.as_deref() == Some(*name)
            || leak.advice.contains(&format!("Just as many are added to `{name}`."))
    };
    assert!(names.iter().all(is_named), "{:?}: {}", leak.container.name, leak.advice);
}

#[test]
fn collections_of_one_owner_that_are_not_in_step_are_reported_apart() {
    let apart = |n: usize| {
        format!(
            "scope -context:app-> store; store: object App size=64
             store -property:calls-> a; store -property:users-> b\n{}{}",
            entries("a", n),
            entries("b", 2 * n)
        )
    };
    assert_eq!(last(&quick(), RISING, apart, |_, _| {}).leaks.len(), 2);
}
