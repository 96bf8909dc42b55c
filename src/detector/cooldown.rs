//! Decides which confirmed leaks are due for an event.

use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::report::{AllocationSource, LeakReport};

/// What was told of a leak, and when.
#[derive(Clone, Copy, Debug)]
struct Announced {
    at: Instant,
    stacks: Stacks,
}

/// What a leak was told with of where its objects are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stacks {
    #[default]
    None,
    /// Those that grow.
    Growing,
    /// Those of its own objects.
    Linked,
}

impl Stacks {
    fn of(leak: &LeakReport) -> Self {
        match leak.allocations.as_ref().map(|it| it.source) {
            None => Self::None,
            Some(AllocationSource::Growth) => Self::Growing,
            Some(AllocationSource::Linked) => Self::Linked,
        }
    }
}

/// When each leak was last announced, by fingerprint.
#[derive(Debug)]
pub(super) struct Cooldown {
    length: Duration,
    announced: FxHashMap<String, Announced>,
}

impl Cooldown {
    pub(super) fn new(length: Duration) -> Self {
        Self { length, announced: FxHashMap::default() }
    }

    /// Returns the indices of the `leaks` to announce: all of them if `everything`,
    /// else those not announced within the cool-down, or announced with less than the stacks
    /// that they have now.
    pub(super) fn due(
        &mut self,
        leaks: &[LeakReport],
        everything: bool,
        now: Instant,
    ) -> Vec<usize> {
        let length = self.length;
        self.announced.retain(|_, told| now.duration_since(told.at) < length);
        let is_known = |leak: &LeakReport| {
            self.announced.get(&leak.id).is_some_and(|told| told.stacks >= Stacks::of(leak))
        };
        let due: Vec<usize> =
            (0..leaks.len()).filter(|&at| everything || !is_known(&leaks[at])).collect();
        for leak in due.iter().map(|&at| &leaks[at]) {
            let told = self.announced.get(&leak.id).map(|told| told.stacks).unwrap_or_default();
            let stacks = told.max(Stacks::of(leak));
            self.announced.insert(leak.id.clone(), Announced { at: now, stacks });
        }
        due
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        report::{
            AllocationSource, Container, Evidence, GrowthSeries, Items, LeakAllocations, LeakKind,
            SCHEMA_VERSION, SamplerOwner, Verdict,
        },
        v8::class_name::ClassName,
    };

    pub(in crate::detector) fn leak(id: &str) -> LeakReport {
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
                bytes_per_request: None,
                first_seen: String::new(),
            },
            path: vec![],
            path_text: String::new(),
            advice: String::new(),
            pattern: None,
            confidence: 1.0,
            evidence: Evidence::default(),
            allocations: None,
            allocations_reason: None,
            replaced_by: None,
        }
    }

    /// A leak with so many samples.
    pub(in crate::detector) fn sampled(id: &str, samples: u64) -> LeakReport {
        let allocations = LeakAllocations {
            source: AllocationSource::Linked,
            sampler: SamplerOwner::Own,
            samples,
            interval_bytes: 1,
            created_in: None,
            stored_in: None,
            stacks: vec![],
        };
        LeakReport { allocations: Some(allocations), ..leak(id) }
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
    fn a_leak_is_told_once_more_when_its_stacks_come() {
        let mut cooldown = Cooldown::new(Duration::from_secs(60));
        let start = Instant::now();
        let with = sampled("a", 1);
        let mut due = |leak: LeakReport, seconds| {
            cooldown.due(&[leak], false, start + Duration::from_secs(seconds)).len()
        };
        assert_eq!(due(leak("a"), 0), 1);
        assert_eq!(due(leak("a"), 10), 0);
        assert_eq!(due(with.clone(), 20), 1);
        assert_eq!(due(with.clone(), 30), 0);
        assert_eq!(due(leak("a"), 40), 0);
        assert_eq!(due(with, 50), 0);
    }

    #[test]
    fn a_leak_is_told_once_more_when_the_stacks_of_its_own_objects_come() {
        let mut cooldown = Cooldown::new(Duration::from_secs(60));
        let linked = sampled("a", 1);
        let mut growing = linked.clone();
        if let Some(allocations) = &mut growing.allocations {
            allocations.source = AllocationSource::Growth;
        }
        let now = Instant::now();
        let mut due =
            |leak: &LeakReport| cooldown.due(std::slice::from_ref(leak), false, now).len();
        let times = [&growing, &growing, &linked, &linked, &growing].map(&mut due);
        assert_eq!(times, [1, 0, 1, 0, 0]);
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
