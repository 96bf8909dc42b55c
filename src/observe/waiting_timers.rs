//! Timers whose function has not run yet, and which may empty a collection when it does.
//!
//! V8 compiles a function when it is first called. Until then nothing says what it does, and a
//! batch that a timer writes every ten minutes looks like a leak for as long.

use std::iter;

use super::declared_bounds::{DeclaredBounds, MAX_PROPERTIES, MAX_SCOPES, MAX_STEPS};
use crate::{
    graph::NodeKind,
    growth::{Growth, WaitingTimer},
    limits,
    units::NodeOrdinal,
    v8::{references, scopes},
};

/// The timers of one snapshot.
pub(super) struct Timers {
    waiting: Vec<Timer>,
}

/// A timer whose function has not run, or so long ago that V8 has dropped its code.
struct Timer {
    callback: NodeOrdinal,
    /// What the function is called on and with, where that is known.
    given: [Option<NodeOrdinal>; 3],
    delay_ms: f64,
}

impl DeclaredBounds<'_> {
    /// Returns the timers whose function has not run yet, which only a walk knows.
    pub(super) fn timers(&self) -> Timers {
        let waiting = self.graph.numbered(limits::TIMER_DELAY).filter_map(|(node, delay_ms)| {
            let called = self.property(node, self.words.on_timeout).filter(|_| delay_ms >= 1.0)?;
            let bound = |name| references::internal(self.graph, called, name);
            let callback = bound(self.words.bound_function).unwrap_or(called);
            let args = self.property(node, self.words.timer_args);
            let given = [bound(self.words.bound_this), bound(self.words.bindings), args];
            let shared = references::internal(self.graph, callback, self.words.shared)?;
            let has_run = self.bytecodes(shared).next().is_some();
            (!has_run).then_some(Timer { callback, given, delay_ms })
        });
        Timers { waiting: waiting.collect() }
    }

    /// Returns the timer that can reach the collection of `growth`, of several the one that waits
    /// for the longest.
    pub(super) fn waiting_timer(&self, growth: &Growth, timers: &Timers) -> Option<WaitingTimer> {
        if timers.waiting.is_empty() {
            return None;
        }
        let container = self.sample(growth.container);
        let above = iter::successors(Some(container), |&at| self.tree.parent_of(at));
        let mut holders = Vec::new();
        for at in above.take(MAX_STEPS) {
            holders.push(at);
            // Beyond the owner are other things.
            if scopes::is_scope(self.graph, at)
                || self.is_somebodys(at) && self.graph.name(at) != "Object"
            {
                break;
            }
        }
        let reaching = timers.waiting.iter().filter(|timer| self.reaches(timer, &holders));
        let timer = reaching.max_by(|a, b| a.delay_ms.total_cmp(&b.delay_ms))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let delay_ms = timer.delay_ms as u64;
        Some(WaitingTimer { function: self.graph.name(timer.callback).to_owned(), delay_ms })
    }

    /// Whether the function of a timer closes over one of `holders` or over a variable that has
    /// one, or is called on one or with it.
    fn reaches(&self, timer: &Timer, holders: &[NodeOrdinal]) -> bool {
        let is_one = |node: &NodeOrdinal| holders.contains(node);
        if timer.given.iter().flatten().any(|given| is_one(given) || self.has(*given, holders)) {
            return true;
        }
        let previous =
            |&at: &NodeOrdinal| references::internal(self.graph, at, self.words.previous);
        let own = references::internal(self.graph, timer.callback, self.words.context);
        iter::successors(own, previous).take(MAX_SCOPES).any(|scope| {
            // A scope with more variables is a whole program.
            let is_small = || self.variables(scope).nth(MAX_PROPERTIES).is_none();
            let has_one = || self.variables(scope).any(|edge| is_one(&edge.to));
            (is_one(&scope) || has_one()) && is_small()
        })
    }

    /// Whether `list`, of arguments, has one of `holders` in it.
    fn has(&self, list: NodeOrdinal, holders: &[NodeOrdinal]) -> bool {
        let is_list = self.graph.kind(list) == NodeKind::Array || self.graph.name(list) == "Array";
        let elements = references::internal(self.graph, list, self.words.elements);
        let lists = iter::once(list).chain(elements);
        let mut targets =
            lists.flat_map(|of| self.graph.edges(of).take(MAX_PROPERTIES)).map(|edge| edge.to);
        is_list && targets.any(|to| holders.contains(&to))
    }
}
