//! Switches sampling on and off, on the event loop thread.
//!
//! V8 has one sampler per isolate, and does not record who started it. Ours is recognised by
//! its interval, an odd number that nobody else would choose. The sampler of another profiler
//! is read and never stopped. Whether ours was stopped is noticed at the next call.
//!
//! V8 13 crashes if an environment ends while its sampler is on. So whoever starts it must make
//! sure that [`end`] runs before that.

use std::cell::RefCell;

use super::{functions::Functions, own_memory::OwnMemory, sampler::Sampler};

/// Who is sampling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nobody.
    #[default]
    Off,
    /// seep, with this interval.
    Own(u64),
    /// Another profiler, with this interval.
    Shared(u64),
    /// Nobody can, for this reason.
    Refused(&'static str),
}

impl State {
    /// Whether anybody is sampling.
    pub fn is_on(self) -> bool {
        matches!(self, Self::Own(_) | Self::Shared(_))
    }
}

thread_local! {
    /// An isolate lives on one thread.
    static CONTROL: RefCell<Control> = const { RefCell::new(Control::new()) };
}

/// Starts sampling the isolate of this thread with `interval`, or stops our sampling. To be
/// called on the event loop thread, outside of garbage collections.
pub fn set(interval: Option<u64>) -> State {
    CONTROL.with_borrow_mut(|control| control.set(interval))
}

/// Stops our sampling because the environment of this thread ends.
pub fn end() {
    CONTROL.with_borrow_mut(Control::end);
}

/// Returns the address of the `HeapProfiler` of this thread's isolate; 0 if there is none.
pub fn profiler() -> u64 {
    isolate().map_or(0, |(_, profiler)| profiler)
}

/// Returns the addresses of this thread's isolate and its `HeapProfiler`.
pub fn isolate() -> Option<(u64, u64)> {
    functions()?.isolate()
}

pub(super) fn functions() -> Option<Functions> {
    CONTROL.with_borrow_mut(Control::functions)
}

/// A sampler that we have started, unless somebody else has stopped it.
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
    /// Why it is not tried again.
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
            return self.refuse("the memory layout of V8's sampler is unknown");
        }
        let found = Sampler::find(memory, isolate, profiler);
        if found.is_none_or(|sampler| sampler.interval != interval) {
            // Nothing has run since: it is ours.
            functions.stop(profiler);
            return self.refuse("the memory layout of V8's sampler is unknown");
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
        // Without a way to check, stopping is safer than a crash.
        let is_ours = OwnMemory::open().is_none_or(|memory| {
            let found = Sampler::find(&memory, isolate, profiler);
            found.is_some_and(|found| found.interval == interval)
        });
        if is_ours {
            functions.stop(profiler);
        }
    }
}
