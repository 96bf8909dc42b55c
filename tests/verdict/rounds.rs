//! From round to round: what is confirmed, delayed and withdrawn, and why.

use std::{
    cell::Cell,
    fmt::Write as _,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use seep::{
    column::catch_no_memory,
    error::DetectError,
    explain::SourceLookup,
    growth::Sensitivity,
    observe::{Moment, Settings, Watch},
    report::{LeakKind, Memory, SourceLocation, Verdict},
    session::Session,
};

use crate::{
    support::{
        check_healthy, check_healthy_at_last, heap, map_of, only_leak, watch, watch_with,
        with_node_module,
    },
    testkit::draw,
};

#[test]
fn a_growing_map_is_reported_by_its_name() {
    let findings = watch(&[40, 60, 80, 100].map(map_of));
    let leak = only_leak(&findings[3]);
    assert_eq!(leak.kind, LeakKind::Collection);
    assert_eq!(leak.container.class, "Map");
    assert_eq!(leak.container.name.as_deref(), Some("requests"));
    assert_eq!(leak.items.class, "IncomingMessage");
    assert_eq!((leak.items.count, leak.items.added_count), (100, 60));
    assert_eq!(leak.growth.counts, [40, 60, 80, 100]);
    assert_eq!(leak.growth.retained_bytes, [40, 60, 80, 100].map(|n| n * 4096));
    // 20 items of 4096 bytes per minute.
    assert!((leak.growth.bytes_per_hour - 20.0 * 4096.0 * 60.0).abs() < 1.0);
    assert_eq!(
        leak.path_text,
        "module app/server.js\n  requests → Map\n    […] → IncomingMessage  ← grows: 100 held, +60"
    );
    assert_eq!(leak.growth.first_seen, "2023-11-14T22:13:20.000Z");
    assert!(leak.container.retained_bytes >= 100 * 4096);
}

#[test]
fn verdicts_come_in_order() {
    let verdicts: Vec<Verdict> =
        watch(&[40, 60, 80, 100].map(map_of)).iter().map(|findings| findings.verdict).collect();
    let expected =
        [Verdict::InsufficientData, Verdict::Suspected, Verdict::Suspected, Verdict::Leak];
    assert_eq!(verdicts, expected);
}

/// Unwinds once, at the end of the third snapshot, as a column does when memory runs out.
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
        let session = Session::lean(draw(&heap(&map_of(n as usize))).graph());
        catch_no_memory(|| Ok(watch.observe(&session, &moment))).ok()
    };
    // The third is far above the others; if it were remembered, it would look like a
    // recovery.
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

/// Unwinds once on request: while a report is written, or after that.
#[derive(Clone, Default)]
struct Failing {
    in_report: Arc<AtomicBool>,
    at_the_end: Arc<AtomicBool>,
    remembers: Arc<AtomicBool>,
}

impl Failing {
    fn fail_if(requested: &AtomicBool) {
        if requested.swap(false, Relaxed) {
            panic::resume_unwind(Box::new(()));
        }
    }
}

impl SourceLookup for Failing {
    fn original(&self, _place: &SourceLocation) -> Option<SourceLocation> {
        self.remembers.store(true, Relaxed);
        Self::fail_if(&self.in_report);
        None
    }

    fn forget(&self) {
        self.remembers.store(false, Relaxed);
        Self::fail_if(&self.at_the_end);
    }
}

#[test]
fn findings_are_the_same_whichever_snapshot_had_to_be_taken_twice() {
    // Past the first snapshots that are thinned out, and until the leak is over.
    let sizes: Vec<usize> = (0..22).map(|i| if i < 20 { 40 + 20 * i } else { 10 }).collect();
    let session = |&n: &usize| Session::lean(draw(&heap(&map_of(n))).graph());
    let sessions: Vec<_> = sizes.iter().map(session).collect();
    let times: Vec<f64> = (0..22).map(|i| f64::from(i) * 60_000.0).collect();
    let moment = |i: usize| Moment { epoch_ms: times[i], ..Moment::default() };
    let mut undisturbed = Watch::new(Settings::default());
    let expected: Vec<String> = (0..sessions.len())
        .map(|i| format!("{:?}", undisturbed.observe(&sessions[i], &moment(i))))
        .collect();
    assert!(expected[20].contains("resolved: [LeakReport"), "{}", expected[20]);
    let lookups = Failing::default();
    for fails in [&lookups.in_report, &lookups.at_the_end] {
        let mut failures = 0;
        for failing in 0..sessions.len() {
            let mut watch = Watch::new(Settings::default()).with_sources(lookups.clone());
            for i in 0..sessions.len() {
                fails.store(i == failing, Relaxed);
                let mut observe = || watch.observe(&sessions[i], &moment(i));
                let first = panic::catch_unwind(AssertUnwindSafe(&mut observe));
                failures += u32::from(first.is_err());
                assert!(!lookups.remembers.load(Relaxed), "source maps stay in memory");
                fails.store(false, Relaxed);
                let findings = first.unwrap_or_else(|_| observe());
                assert_eq!(
                    format!("{findings:?}"),
                    expected[i],
                    "{i} after a failure at {failing}"
                );
            }
        }
        assert!(failures >= 19, "{failures}");
    }
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
fn what_slows_down_is_not_confirmed() {
    check_healthy_at_last(&[29, 41, 54, 60, 60, 60, 60].map(map_of));
    check_healthy_at_last(&[40, 60, 80, 96, 96, 96, 96].map(map_of));
}

#[test]
fn a_batch_begun_shortly_before_the_first_snapshot_is_given_time() {
    check_healthy_at_last(&[8, 35, 62, 89, 0, 27, 54].map(map_of));
    // Dropped in every seventh round, the last time just before.
    check_healthy_at_last(&[40, 80, 120, 160, 200, 240, 0, 40, 80, 120, 160].map(map_of));
    let findings = watch(&[40, 80, 120, 160, 200, 240, 280].map(map_of));
    assert_eq!(findings[5].verdict, Verdict::Suspected);
    assert_eq!(findings[6].verdict, Verdict::Leak, "a leak is reported in the end");
}

#[test]
fn what_begins_after_the_first_snapshot_is_given_time_too() {
    let findings = watch(&[0, 0, 40, 80, 120, 160, 200, 240].map(map_of));
    assert_eq!(findings[6].verdict, Verdict::Suspected);
    assert_eq!(findings[7].verdict, Verdict::Leak);
    // Items that are there at once existed before, under another path.
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
fn a_leak_reported_by_another_container_is_none_once_it_has_ended() {
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

#[test]
fn one_buffer_in_flight_is_no_leak() {
    let stream = |bytes: usize| {
        format!(
            "scope -context:gzip-> Z; Z: object ZlibStream size=64
             Z -internal:memory-> M; M: native zlib_memory size={bytes}\n"
        )
    };
    // Idle, then busy at every check: one step, whichever earlier snapshots are
    // forgotten.
    let mut sizes = vec![10_000; 9];
    sizes.resize(30, 294_700);
    check_healthy_at_last(&sizes.into_iter().map(stream).collect::<Vec<_>>());
}

#[test]
fn a_reported_leak_that_stops_growing_is_resolved_once() {
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
    assert_eq!(evidence.pro[0], "It grew in 3 of 3 checks.");
    assert!(evidence.contra.is_empty(), "{evidence:?}");
    let findings = watch(&[368, 564, 738, 897, 1042].map(map_of));
    let evidence = &findings[4].suspects[0].evidence;
    assert!(evidence.contra[0].starts_with("It is slowing down"), "{evidence:?}");
}

/// Draws a table of `capacity` slots, `n` of them in use.
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
    // A table that grows with its entries is a leak.
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
    let first_reported = |limit: u64| {
        let sensitivity = Sensitivity { patient_round_ms: Some(60_000), ..Sensitivity::default() };
        let mut watch = Watch::new(Settings { sensitivity, ..Settings::default() });
        series.iter().enumerate().position(|(i, &n)| {
            let memory = Memory { heap_limit_bytes: Some(limit), ..Memory::default() };
            let moment = Moment {
                epoch_ms: 60_000.0 * f64::from(u32::try_from(i).expect("few")),
                memory,
                ..Moment::default()
            };
            watch.observe(&Session::lean(draw(&heap(&map_of(n))).graph()), &moment).verdict
                == Verdict::Leak
        })
    };
    assert_eq!(first_reported(1 << 40), Some(15), "after fifteen rounds");
    assert_eq!(first_reported(1 << 20), Some(3), "nearly full");
}

#[test]
fn what_its_owner_declares_speaks_against_a_leak() {
    // The same store as a field of a class whose prototype has one method.
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
