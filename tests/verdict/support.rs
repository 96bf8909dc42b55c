//! Draws heaps, watches them, and checks the findings.

use std::fmt::Write as _;

use seep::{
    observe::{Findings, Moment, Settings, Watch},
    report::{LeakReport, Verdict},
    session::Session,
};

use crate::testkit::draw;

/// Draws a module scope of `/app/server.js` with one closure and the given variables.
pub(crate) fn heap(variables: &str) -> String {
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

/// Draws a `Map` in variable `requests` with `n` entries of 4 KiB.
pub(crate) fn map_of(n: usize) -> String {
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

pub(crate) fn watch(series: &[String]) -> Vec<Findings> {
    watch_with(Settings::default(), series)
}

pub(crate) fn watch_with(settings: Settings, series: &[String]) -> Vec<Findings> {
    let mut watch = Watch::new(settings);
    (0u32..)
        .zip(series)
        .map(|(i, variables)| {
            let moment = Moment {
                epoch_ms: 1.7e12 + f64::from(i) * 60_000.0,
                active_ms: Some(f64::from(i) * 1000.0),
                ..Moment::default()
            };
            watch.observe(&Session::lean(draw(&heap(variables)).graph()), &moment)
        })
        .collect()
}

#[track_caller]
pub(crate) fn only_leak(findings: &Findings) -> &LeakReport {
    assert_eq!(findings.verdict, Verdict::Leak, "{findings:#?}");
    assert_eq!(findings.leaks.len(), 1, "{:#?}", findings.leaks);
    &findings.leaks[0]
}

#[track_caller]
pub(crate) fn check_healthy(series: &[String]) {
    let findings = watch(series);
    let last = findings.last().expect("a series");
    assert_eq!(last.verdict, Verdict::Healthy, "{:#?}", last.leaks);
    for (i, finding) in findings.iter().enumerate() {
        assert!(finding.leaks.is_empty(), "snapshot {}: {:#?}", i + 1, finding.leaks);
    }
}

/// Checks that no snapshot shows a leak and the last one is healthy. Suspects on the way
/// are allowed.
#[track_caller]
pub(crate) fn check_healthy_at_last(series: &[String]) {
    check_without_leak(series, Verdict::Healthy);
}

/// Checks that no snapshot shows a leak, and the last one is suspected.
#[track_caller]
pub(crate) fn check_unconfirmed(series: &[String]) {
    check_without_leak(series, Verdict::Suspected);
}

#[track_caller]
fn check_without_leak(series: &[String], verdict: Verdict) {
    let findings = watch(series);
    for (i, finding) in findings.iter().enumerate() {
        assert!(finding.leaks.is_empty(), "snapshot {}: {:#?}", i + 1, finding.leaks);
    }
    let last = findings.last().expect("a series");
    assert_eq!(last.verdict, verdict, "{:#?}", last.suspects);
}

/// Draws `variables` in one of Node's own modules, next to the program's.
pub(crate) fn with_node_module(variables: &str) -> String {
    format!(
        "native -internal:function-> nodeMain; nodeMain: closure start at=3:1:1
         nodeMain -internal:context-> nodeScope; nodeMain -internal:shared-> nodeInfo
         nodeInfo: code start; nodeInfo -internal:script-> nodeFile; nodeFile: code \"node:internal/watch\"
         nodeScope: object \"system / Context\" size=64; nodeScope -internal:previous-> native
         {variables}"
    )
}

/// Draws a `Map` in variable `cache` whose table has `bytes` and `n` entries that
/// something else holds as well.
pub(crate) fn table_of(bytes: usize, n: usize) -> String {
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
