//! Reads the live samples of an environment for rounds whose snapshots have none.

use std::time::Duration;

use rustc_hash::FxHashMap;

use super::{
    estimate::millis,
    round::Round,
    stage::{Placed, Ticket},
    ways::Shared,
};
use crate::{
    allocations::{
        Allocations,
        live::{Live, Places},
        own_memory::OwnMemory,
        profile::InSnapshot,
    },
    graph::HeapGraph,
    units::NodeOrdinal,
};

/// The pause of the event loop for one frame while V8 works out places, until it was measured.
const FRAME: Duration = Duration::from_micros(10);

/// Reads the samples of one environment.
pub(super) struct SampleReader {
    places: Places,
    /// The longest pause for one frame so far.
    frame: Option<Duration>,
}

impl SampleReader {
    pub(super) fn new() -> Self {
        Self { places: Places::default(), frame: None }
    }

    /// Returns the live samples; `None` if there are none, or to ask V8 for the places of their
    /// functions would pause the event loop for too long.
    pub(super) fn read(
        &mut self,
        ways: &Shared,
        round: &Round<'_>,
        max_pause_ms: f64,
    ) -> Option<Allocations> {
        let (isolate, profiler) = ways.lock().sampling.isolate?;
        let live = Live::read(&OwnMemory::open()?, isolate, profiler)?;
        self.placed(round, &live, max_pause_ms)
    }

    /// Returns the samples of a snapshot that V8 wrote in this process, of objects in `graph`.
    pub(super) fn linked(
        &mut self,
        round: &Round<'_>,
        graph: &HeapGraph,
        samples: &InSnapshot,
    ) -> Option<Allocations> {
        // The event loop has paused for V8: this is little beside it.
        let mut allocations = self.placed(round, &samples.live, f64::INFINITY)?;
        let wanted: FxHashMap<u32, usize> =
            (0..).zip(&samples.ids).map(|(index, &id)| (id, index)).filter(|it| it.0 > 0).collect();
        let mut nodes = vec![None; samples.ids.len()];
        for node in graph.ordinals() {
            if let Some(&index) = wanted.get(&graph.id(node).0) {
                nodes[index] = Some(node);
            }
        }
        let mut nodes = nodes.into_iter();
        allocations.samples.retain_mut(|sample| {
            let node: Option<NodeOrdinal> = nodes.next().flatten();
            node.map(|node| sample.node = node).is_some()
        });
        Some(allocations)
    }

    fn placed(&mut self, round: &Round<'_>, live: &Live, max_pause_ms: f64) -> Option<Allocations> {
        let unknown = live.unknown(&self.places);
        if !unknown.is_empty() {
            let frames = u32::try_from(live.frames()).unwrap_or(u32::MAX);
            let expected = self.frame.unwrap_or(FRAME) * frames;
            if millis(expected) > max_pause_ms {
                return None;
            }
            let (answer, placed) = crossbeam_channel::bounded(1);
            round.ask_for("places", Ticket::Places { asked: unknown.clone(), answer });
            let Placed { pause, places } = placed.recv().ok()?;
            round.spend(pause);
            self.frame = self.frame.max(Some(pause / frames.max(1)));
            self.places.learn(&unknown, places?);
        }
        Some(live.placed(&self.places))
    }
}
