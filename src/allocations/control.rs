//! Sampling switched on and off, on the thread of the event loop.
//!
//! V8 has one sampler for an isolate, and does not say whose it is. Ours is known by its
//! interval: an odd number that nobody else would choose. Another's is read along and never
//! stopped; and what ends ours, or takes it over, is noticed at the next look.
//!
//! An environment that ends with the sampler on crashes in V8 13. So whoever starts it must
//! see to it that [`end`] runs before the environment is gone.

use std::cell::RefCell;

use super::{functions::Functions, own_memory::OwnMemory, sampler::Sampler};

/// Whose samples there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody's.
    #[default]
    Off,
    /// Ours, with this interval.
    Own(u64),
    /// Another's, with this interval.
    Shared(u64),
    /// There can be none, for this reason.
    Refused(&'static str),
}

thread_local! {
    /// An isolate lives on one thread.
    static CONTROL: RefCell<Control> = const { RefCell::new(Control::new()) };
}

/// Has the isolate of this thread sampled with `interval`, or not by us. On the thread of the
/// event loop, outside of any collection.
pub fn set(interval: Option<u64>) -> State {
    CONTROL.with_borrow_mut(|control| control.set(interval))
}

/// The environment of this thread ends, so sampling must.
pub fn end() {
    CONTROL.with_borrow_mut(Control::end);
}

/// Address of the profiler of this thread's isolate, for whoever reads its samples; 0 without.
pub fn profiler() -> u64 {
    let functions = CONTROL.with_borrow_mut(Control::functions);
    functions.and_then(|functions| functions.isolate()).map_or(0, |(_, profiler)| profiler)
}

/// A sampler of ours, while nobody else ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Own {
    isolate: u64,
    profiler: u64,
    interval: u64,
}

struct Control {
    functions: Option<Functions>,
    /// The sampler that we have started.
    own: Option<Own>,
    /// It was tried, and cannot be.
    refused: Option<&'static str>,
}

impl Control {
    const fn new() -> Self {
        Self { functions: None, own: None, refused: None }
    }

    fn functions(&mut self) -> Option<Functions> {
        if self.functions.is_none() {
            self.functions = Functions::find();
        }
        self.functions
    }

    fn set(&mut self, interval: Option<u64>) -> State {
        if interval.is_none() && self.own.is_none() {
            return State::Off;
        }
        if let Some(reason) = self.refused {
            return State::Refused(reason);
        }
        let Some(functions) = self.functions() else {
            return self.refuse("this binary does not export V8's sampler");
        };
        let Some(memory) = OwnMemory::open() else {
            return State::Refused("/proc/self/mem cannot be opened");
        };
        let Some((isolate, profiler)) = functions.isolate() else { return State::Off };
        let found = Sampler::find(&memory, isolate, profiler).map(|sampler| sampler.interval);
        let own = found.map(|interval| Own { isolate, profiler, interval });
        let is_ours = own.is_some() && self.own == own;
        match (found, interval) {
            (Some(found), Some(wanted)) if is_ours && found == wanted => return State::Own(found),
            (Some(_), _) if is_ours => functions.stop(profiler),
            (Some(found), Some(_)) => {
                self.own = None;
                return State::Shared(found);
            }
            _ => {}
        }
        self.own = None;
        interval.map_or(State::Off, |interval| {
            self.start(functions, &memory, (isolate, profiler), interval)
        })
    }

    fn start(
        &mut self,
        functions: Functions,
        memory: &OwnMemory,
        (isolate, profiler): (u64, u64),
        interval: u64,
    ) -> State {
        if !functions.start(profiler, interval) {
            return self.refuse("V8's sampler is not laid out as it is known");
        }
        let found = Sampler::find(memory, isolate, profiler);
        if found.is_none_or(|sampler| sampler.interval != interval) {
            // Nothing has run since: it is ours.
            functions.stop(profiler);
            return self.refuse("V8's sampler is not laid out as it is known");
        }
        self.own = Some(Own { isolate, profiler, interval });
        State::Own(interval)
    }

    fn refuse(&mut self, reason: &'static str) -> State {
        self.refused = Some(reason);
        State::Refused(reason)
    }

    fn end(&mut self) {
        let Some(Own { isolate, profiler, interval }) = self.own.take() else { return };
        let Some(functions) = self.functions else { return };
        // What cannot be looked at any more must end too.
        let is_ours = OwnMemory::open().is_none_or(|memory| {
            let found = Sampler::find(&memory, isolate, profiler);
            found.is_some_and(|found| found.interval == interval)
        });
        if is_ours {
            functions.stop(profiler);
        }
    }
}
