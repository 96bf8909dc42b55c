//! Rounds at intervals and under traffic as a service has them.

use seep::{
    observe::{Moment, Settings, Watch},
    report::Verdict,
    session::Session,
};

use crate::{
    support::{check_healthy_at_last, check_unconfirmed, heap, map_of, watch},
    testkit::draw,
};

/// Returns the verdicts over a series of (entries, minutes, milliseconds of work).
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
            watch
                .observe(&Session::lean(draw(&heap(&map_of(count as usize))).graph()), &moment)
                .verdict
        })
        .collect()
}

#[test]
fn a_leak_with_each_request_is_reported_across_quiet_times_and_long_gaps() {
    // Ten entries per second of work, seen after 8, 8, 8 and then 2 seconds of it.
    let moments = [(0, 0), (1, 8), (2, 16), (10, 24), (11, 26), (12, 28), (30, 30), (31, 32)];
    let verdicts =
        watch_at(&moments.map(|(minute, seconds)| (100 + 10 * seconds, minute, 1000 * seconds)));
    assert!(!verdicts[2..].contains(&Verdict::Healthy), "{verdicts:?}");
    assert_eq!(verdicts[7], Verdict::Leak, "{verdicts:?}");
}

#[test]
fn a_leak_in_a_timer_is_reported_whatever_the_traffic() {
    let moments = [(0, 0), (1, 50), (2, 52), (3, 90), (8, 95), (9, 200), (20, 210), (21, 211)];
    let series = moments.map(|(minute, work)| (100 + 10 * minute, minute, 100 * work));
    assert_eq!(watch_at(&series)[7], Verdict::Leak);
}

#[test]
fn sessions_that_rise_with_the_morning_are_waited_for() {
    // As many as the traffic of the last interval, which rises for two hours.
    let load = |i: u32| 2000 + 400 * i;
    let series: Vec<_> = (0..12).map(|i| (load(i) / 10, 10 * i, (0..=i).map(load).sum())).collect();
    let verdicts = watch_at(&series);
    assert!(!verdicts.contains(&Verdict::Leak), "{verdicts:?}");
}

#[test]
fn a_cache_whose_keys_come_from_a_finite_set_is_not_confirmed() {
    check_unconfirmed(&[368, 564, 738, 897, 1042, 1193, 1326, 1451, 1566, 1667].map(map_of));
    // Seen at ever longer intervals: the growth per interval does not slow down.
    check_unconfirmed(&[387, 586, 759, 915, 1208, 1666, 2297, 3069, 3684].map(map_of));
}

#[test]
fn a_noisy_leak_is_reported_in_a_large_container_as_in_a_small_one() {
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
