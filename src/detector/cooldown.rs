//! Decides which confirmed leaks are due for an event.

use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::report::LeakReport;

/// When each leak was last announced, by fingerprint.
#[derive(Debug)]
pub(super) struct Cooldown {
    length: Duration,
    announced: FxHashMap<String, Instant>,
}

impl Cooldown {
    pub(super) fn new(length: Duration) -> Self {
        Self { length, announced: FxHashMap::default() }
    }

    /// Returns the indices of the `leaks` to announce: all of them if `everything`,
    /// else those not announced within the cool-down.
    pub(super) fn due(
        &mut self,
        leaks: &[LeakReport],
        everything: bool,
        now: Instant,
    ) -> Vec<usize> {
        let length = self.length;
        self.announced.retain(|_, at| now.duration_since(*at) < length);
        let due: Vec<usize> = (0..leaks.len())
            .filter(|&at| everything || !self.announced.contains_key(&leaks[at].id))
            .collect();
        self.announced.extend(due.iter().map(|&at| (leaks[at].id.clone(), now)));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::{Container, Evidence, GrowthSeries, Items, LeakKind, SCHEMA_VERSION, Verdict},
        v8::class_name::ClassName,
    };

    fn leak(id: &str) -> LeakReport {
        LeakReport {
            schema_version: SCHEMA_VERSION,
            id: id.into(),
            verdict: Verdict::Leak,
            kind: LeakKind::Collection,
            title: String::new(),
            container: Container {
                class: ClassName::called("Map"),
                name: None,
                retained_bytes: 1,
                location: None,
            },
            items: Items {
                class: ClassName::called("Object"),
                count: 2,
                added_count: 1,
                consists_of: Vec::new(),
                exclusive_bytes: 0,
                location: None,
            },
            growth: GrowthSeries {
                checks: 3,
                counts: vec![],
                retained_bytes: vec![],
                bytes_per_hour: 1.0,
                first_seen: String::new(),
            },
            path: vec![],
            path_text: String::new(),
            advice: String::new(),
            pattern: None,
            confidence: 1.0,
            evidence: Evidence::default(),
        }
    }

    #[test]
    fn a_leak_is_announced_once_in_a_cool_down_unless_asked_for() {
        let mut cooldown = Cooldown::new(Duration::from_secs(60));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut due = |ids: &[&str], everything, seconds| {
            let leaks: Vec<LeakReport> = ids.iter().map(|id| leak(id)).collect();
            cooldown.due(&leaks, everything, at(seconds))
        };
        assert_eq!(due(&["a"], false, 0), [0]);
        assert_eq!(due(&["a", "b"], false, 10), [1]);
        assert_eq!(due(&["a"], true, 20), [0]);
        assert_eq!(due(&["a", "b"], false, 70), [1]);
        assert_eq!(due(&["a"], false, 80), [0]);
    }

    #[test]
    fn what_no_longer_leaks_is_forgotten() {
        let mut cooldown = Cooldown::new(Duration::from_secs(60));
        let start = Instant::now();
        cooldown.due(&[leak("a")], false, start);
        cooldown.due(&[], false, start + Duration::from_secs(61));
        assert!(cooldown.announced.is_empty());
    }
}
