//! The rules of growth over stores that do not exist: for simulations of days,
//! in which the numbers are made up and everything that follows from them is not.

use super::{
    Clock, Decision, Declared, Growth, History, Most, Removals, RemovingCode, Sensitivity, Signs,
    WaitingTimer, find, hold_back, is_open,
};
use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::{
    census::{
        Census, Row,
        tree::{NONE, Origin, TreeNode},
    },
    format::Removed,
    limits::code::Removing,
    report::{Memory, Verdict},
    units::NodeOrdinal,
};

/// The contents of a simulated container.
#[derive(Clone, Copy, Debug, Default)]
pub struct Store {
    /// Objects in it.
    pub count: u32,
    /// Their bytes, with everything below them.
    pub bytes: u64,
    /// Whether its owner declares a bound.
    pub declared: bool,
    /// How code that has run removes entries, and whether it certainly does so here.
    pub code: Option<(Removing, bool)>,
    /// How long after it was set a timer runs that has not run yet; 0 without one.
    pub timer_ms: u64,
    /// How many objects its owner says that there may be; 0 where it does not.
    pub most: u32,
    /// The removed entries of its table.
    pub removed: Option<Removed>,
}

impl Store {
    fn declaration(&self) -> Option<Declared> {
        let most = Most { name: "max".to_owned(), value: u64::from(self.most), is_bytes: false };
        (self.declared || self.most > 0).then(|| Declared {
            class: "Store".to_owned(),
            names: vec!["max".to_owned()],
            of_items: false,
            most: Some(most).filter(|most| most.value > 0),
            lifetime: None,
        })
    }
}

/// The outcome of a simulated snapshot; stores by their place in the snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// In one word.
    pub verdict: Verdict,
    /// Stores that leak.
    pub leaks: Vec<usize>,
    /// Stores that may.
    pub suspects: Vec<usize>,
}

/// A detector's memory, fed with counts in place of snapshots.
#[derive(Debug)]
pub struct Simulation {
    history: History,
    removals: Removals,
    sensitivity: Sensitivity,
}

impl Default for Simulation {
    /// Creates a simulation with a detector's defaults.
    fn default() -> Self {
        let sensitivity =
            Sensitivity { round_ms: Some(60_000), is_patient: true, ..Sensitivity::default() };
        Self { history: History::default(), removals: Removals::default(), sensitivity }
    }
}

impl Simulation {
    /// Sets whether captures show code.
    #[must_use]
    pub fn with_code(self, shows_code: bool) -> Self {
        Self { sensitivity: Sensitivity { shows_code, ..self.sensitivity }, ..self }
    }

    /// Takes in one more snapshot, taken at `epoch_ms` after `active_ms` of work.
    pub fn observe(&mut self, epoch_ms: f64, active_ms: f64, stores: &[Store]) -> Outcome {
        let nodes = nodes_of(stores);
        let rows = nodes.iter().map(|node| {
            let &TreeNode { count, edges, self_bytes, held_bytes, .. } = node;
            (node.key, Row { count, edges, self_bytes, held_bytes })
        });
        let clock = Clock { epoch_ms, active_ms: Some(active_ms), ..Clock::default() };
        self.history.push(clock, Memory::default(), Census::from_rows(rows));
        let mut growths = find(&self.history, &nodes, &self.sensitivity);
        let at = |growth: &Growth| growth.container as usize;
        let growing = growths.iter().map(|growth| nodes[at(growth)].key);
        let tables = nodes.iter().enumerate();
        let tables =
            tables.map(|(node, TreeNode { key, .. })| (*key, move || stores[node / 2].removed));
        self.removals.observe(growing, tables);
        for growth in &mut growths {
            let removal = self.removals.of(nodes[at(growth)].key);
            let declared = stores[at(growth) / 2].declaration();
            let function = || "sweep".to_owned();
            let Store { code, timer_ms, .. } = stores[at(growth) / 2];
            let shown = code.map(|(how, is_certain)| RemovingCode {
                function: function(),
                how,
                most: None,
                is_certain,
            });
            let code = self.removals.code(nodes[at(growth)].key, shown);
            let waiting =
                (timer_ms > 0).then(|| WaitingTimer { function: function(), delay_ms: timer_ms });
            let signs = Signs { declared, removal, code, waiting, ..Signs::default() };
            hold_back(growth, signs, &self.history, &nodes, &self.sensitivity);
        }
        let keys = |decision: Decision| -> FxHashSet<u64> {
            let those = growths.iter().filter(|growth| growth.decision == decision);
            those.map(|growth| nodes[growth.container as usize].key).collect()
        };
        self.history.confirm(&keys(Decision::Leak), &keys(Decision::Suspect));
        let found = |decision: Decision| -> Vec<usize> {
            let those = growths.iter().filter(|growth| growth.decision == decision);
            those.map(|growth| growth.container as usize / 2).collect()
        };
        let (leaks, suspects) = (found(Decision::Leak), found(Decision::Suspect));
        let verdict = self.verdict(&leaks, &suspects, &nodes);
        Outcome { verdict, leaks, suspects }
    }

    fn verdict(&self, leaks: &[usize], suspects: &[usize], nodes: &[TreeNode]) -> Verdict {
        if !leaks.is_empty() {
            Verdict::Leak
        } else if !suspects.is_empty() {
            Verdict::Suspected
        } else if self.history.rounds() <= self.sensitivity.min_checks
            || is_open(&self.history, nodes, &self.sensitivity)
        {
            Verdict::InsufficientData
        } else {
            Verdict::Healthy
        }
    }
}

/// Makes two tree nodes for each store: the container, and its items below.
fn nodes_of(stores: &[Store]) -> Vec<TreeNode> {
    let mut nodes = Vec::new();
    for &Store { count, bytes, .. } in stores {
        let at = u32::try_from(nodes.len()).unwrap_or(NONE);
        let mut container = node(NONE, at);
        (container.count, container.edges, container.held_bytes) = (1, 1, bytes);
        let mut items = node(at, at + 1);
        (items.count, items.self_bytes, items.held_bytes) = (count, bytes, bytes);
        items.slot = true;
        nodes.extend([container, items]);
    }
    nodes
}

fn node(parent: u32, number: u32) -> TreeNode {
    let keys = (u64::from(number) + 1, 0);
    TreeNode::new(parent, 0, keys, NodeOrdinal(number), Origin::Global)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the last outcome for one store whose objects of 100 bytes have these counts, a minute apart.
    fn outcome_of(counts: &[u32], store: Store) -> Outcome {
        let mut simulation = Simulation::default();
        let mut minute = 60.0;
        let mut observe = |&count: &u32| {
            minute += 1.0;
            let stores = [
                Store { count: 500, bytes: 50_000, ..Store::default() },
                Store { count, bytes: u64::from(count) * 100, ..store },
            ];
            simulation.observe(minute * 60_000.0, minute * 6_000.0, &stores)
        };
        let all: Vec<Outcome> = counts.iter().map(&mut observe).collect();
        all.last().cloned().expect("counts")
    }

    fn outcome(counts: &[u32]) -> Outcome {
        outcome_of(counts, Store::default())
    }

    /// Adds a thousand in each of `minutes` minutes.
    fn rising(minutes: u32) -> Vec<u32> {
        (0..=minutes).map(|at| 60_000 + 1000 * at).collect()
    }

    #[test]
    fn a_store_that_grows_is_told_after_a_quarter_of_an_hour_and_one_that_stays_is_not() {
        assert_eq!(outcome(&rising(14)).verdict, Verdict::Suspected);
        let Outcome { verdict, leaks, suspects } = outcome(&rising(16));
        assert_eq!((verdict, leaks, suspects), (Verdict::Leak, vec![1], vec![]));
    }

    #[test]
    fn a_store_that_declares_a_bound_is_told_after_four_hours() {
        let declared = Store { declared: true, ..Store::default() };
        let after = |minutes: u32| outcome_of(&rising(minutes), declared).verdict;
        assert_eq!((after(200), after(245)), (Verdict::Suspected, Verdict::Leak));
    }

    #[test]
    fn so_is_one_whose_code_removes_entries() {
        let after = |minutes: u32, how: Removing, is_certain: bool| {
            let store = Store { code: Some((how, is_certain)), ..Store::default() };
            outcome_of(&rising(minutes), store).verdict
        };
        for (how, is_certain) in [(Removing::ByAmount, true), (Removing::ByAge, false)] {
            let verdicts = (after(200, how, is_certain), after(245, how, is_certain));
            assert_eq!(verdicts, (Verdict::Suspected, Verdict::Leak), "{how:?}");
        }
        assert_eq!(
            after(245, Removing::ByAge, true),
            Verdict::Suspected,
            "a session lives for a day"
        );
    }

    #[test]
    fn one_that_a_timer_can_reach_is_waited_for_until_that_must_have_run() {
        let store = Store { timer_ms: 60 * 60_000, ..Store::default() };
        let after = |minutes: u32| outcome_of(&rising(minutes), store).verdict;
        assert_eq!((after(60), after(62)), (Verdict::Suspected, Verdict::Leak));
    }

    #[test]
    fn entries_that_go_by_their_age_are_waited_for_while_the_oldest_go() {
        let removed = Some(Removed { entries: 1000, removed: 100, oldest: 100 });
        let after = |minutes: u32, code: Removing| {
            let store = Store { removed, code: Some((code, false)), ..Store::default() };
            outcome_of(&rising(minutes), store).verdict
        };
        assert_eq!(after(245, Removing::ByAge), Verdict::Suspected, "a day has one morning");
        assert_eq!(after(31, Removing::ByAmount), Verdict::Leak, "a queue that falls behind");
    }

    #[test]
    fn growth_is_seen_by_two_captures_before_it_is_told() {
        let mut simulation = Simulation::default();
        let mut verdict = |(minute, count): (f64, u32)| {
            let store = Store { count, bytes: u64::from(count) * 100, ..Store::default() };
            simulation.observe(minute * 60_000.0, minute * 6_000.0, &[store]).verdict
        };
        // Too little to be suspected until an hour has passed.
        let before = [(60.0, 1000), (90.0, 1100), (120.0, 1200), (150.0, 1300), (180.0, 1320)];
        let early = before.map(&mut verdict);
        assert!(!early.contains(&Verdict::Suspected), "{early:?}");
        assert_eq!(verdict((300.0, 1800)), Verdict::Suspected);
        assert_eq!(verdict((306.0, 1830)), Verdict::Leak);
    }

    #[test]
    fn a_store_that_says_how_much_it_may_hold_is_waited_for_until_it_holds_twice_as_much() {
        // 60,000 at first, 1000 more each minute: 160,000 in the end.
        let most = |most: u32| outcome_of(&rising(100), Store { most, ..Store::default() }).verdict;
        assert_eq!((most(161_000), most(80_001)), (Verdict::Suspected, Verdict::Suspected));
        assert_eq!(most(79_000), Verdict::Leak, "it holds twice as much");
        assert_eq!(
            outcome_of(&rising(400), Store { most: 470_000, ..Store::default() }).verdict,
            Verdict::Suspected
        );
    }

    #[test]
    fn a_bound_that_the_heap_has_no_room_for_is_one_by_name_alone() {
        let far = Store { most: u32::MAX, ..Store::default() };
        assert_eq!(outcome_of(&rising(200), far).verdict, Verdict::Suspected);
        assert_eq!(outcome_of(&rising(245), far).verdict, Verdict::Leak);
    }

    #[test]
    fn a_store_with_removed_entries_is_watched_for_longer_and_reported() {
        let table = |oldest: u32| Some(Removed { entries: 1000, removed: 100, oldest });
        let after = |minutes: u32, oldest: u32| {
            outcome_of(&rising(minutes), Store { removed: table(oldest), ..Store::default() })
                .verdict
        };
        assert_eq!((after(16, 3), after(31, 3)), (Verdict::Suspected, Verdict::Leak));
        assert_eq!((after(16, 100), after(31, 100)), (Verdict::Suspected, Verdict::Leak));
    }

    #[test]
    fn what_grows_too_slowly_to_be_told_keeps_a_process_from_being_called_healthy() {
        let counts: Vec<u32> = (0..6).map(|at| 60_000 + 12 * at).collect();
        assert_eq!(outcome(&counts).verdict, Verdict::InsufficientData);
    }

    #[test]
    fn it_takes_as_many_snapshots_as_in_earnest() {
        assert_eq!(outcome(&[1000, 1000]).verdict, Verdict::InsufficientData);
        assert_eq!(outcome(&[1000; 5]).verdict, Verdict::Healthy);
        assert_eq!(outcome(&[60_000, 61_000, 62_000]).verdict, Verdict::Suspected);
    }
}
