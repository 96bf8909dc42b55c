//! The Node-API border: conversions, and the cleanup when an environment ends.
//!
//! Every environment (the main thread, each Worker) has one background thread, shared by
//! its detectors, which starts with the first and ends with the last. Structures cross as
//! JSON text (`json`).

#![allow(
    clippy::needless_pass_by_value,
    reason = "the macro hands arguments over by value; an expectation on a method goes unfulfilled"
)]

#[cfg(target_os = "linux")]
mod allocations;
mod environment;
mod files;
mod heap;
mod json;
mod simulation;
#[cfg(target_os = "linux")]
mod walk;

use std::{sync::Arc, time::Duration};

use napi::{
    Env, Error, Result,
    bindgen_prelude::{Buffer, FnArgs, Function, Unknown},
    threadsafe_function::{ThreadsafeCallContext, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use serde::Deserialize;

use crate::detector::{Choice, Engine, FileRequest, Options, Request, Sampling};
#[cfg(unix)]
use crate::{capture::Connection, detector::SendRequest};
use json::{parse, text};

/// Runs when the library is loaded: handlers registered later run later in a child.
#[cfg(target_os = "linux")]
#[napi_derive::module_init]
fn loaded() {
    crate::capture::fork::first::register();
}

/// Returns the CPU time that this thread has used so far, in milliseconds; null where the
/// system does not report it.
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn thread_cpu_ms() -> Option<f64> {
    crate::beside::thread_cpu_ms()
}

/// Returns the process id and the user of the process at the other end of a Unix socket; null
/// if the descriptor is none. The id is 0 for a process outside of this pid namespace.
#[cfg(target_os = "linux")]
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn peer_of(descriptor: i32) -> Option<Vec<u32>> {
    let peer = crate::capture::peer(descriptor).ok()?;
    Some(vec![peer.pid.cast_unsigned(), peer.uid])
}

/// Asks V8 for a major collection of this environment's heap, where an event says so. Returns
/// whether it could be asked.
#[cfg(target_os = "linux")]
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn request_collection() -> bool {
    crate::collector::request()
}

/// Returns why the heap could not be walked if the layout were wrong in `field`; null if
/// nothing would notice. For tests of the self-check.
#[cfg(target_os = "linux")]
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn walk_refusal(
    versions: String,
    probes: Vec<Unknown<'_>>,
    field: String,
) -> Result<Option<String>> {
    Ok(walk::refusal(&parse(&versions)?, &probes, &field))
}

/// Reports that walks could not be compared with V8's snapshots, for this reason.
#[cfg(target_os = "linux")]
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn comparison_failed(reason: String) {
    crate::detector::trust::could_not_begin(reason);
}

/// Returns the counts that a walk of this process finds, as JSON. For tests; blocks.
#[cfg(target_os = "linux")]
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn walk_tally(env: Env) -> Result<String> {
    walk::tally(env).map_err(Error::from_reason)
}

/// The native part of one detector.
#[napi]
pub struct NativeDetector {
    engine: Arc<Engine>,
    number: u32,
    choice: Choice,
    /// Whether samples of allocations are read, whoever has them taken.
    reads_samples: bool,
    is_open: bool,
}

#[napi]
impl NativeDetector {
    /// Creates the native part. `options` are complete and valid (`Options`,
    /// src/detector/round.rs). `onEvent` receives each event as JSON (`Event`,
    /// src/detector/event.rs). `probes` are the objects of `lib/walk-probes.js`, where the
    /// heap may be walked.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        options: String,
        #[napi(ts_arg_type = "(event: string) => void")] on_event: Function<
            '_,
            FnArgs<(String,)>,
            (),
        >,
        probes: Vec<Unknown<'_>>,
    ) -> Result<Self> {
        let options: Options = parse(&options)?;
        let events = on_event
            .build_threadsafe_function::<String>()
            .weak::<true>()
            .callee_handled::<false>()
            // No limit: a lost event would be a promise that never settles. The queue is
            // bounded by the requests that JavaScript has made.
            .max_queue_size::<0>()
            .build_callback(|ctx: ThreadsafeCallContext<String>| Ok(FnArgs::from((ctx.value,))))?;
        let engine = environment::engine(env)?;
        #[cfg(target_os = "linux")]
        let walking = walk::walking(env, &options, &probes);
        #[cfg(not(target_os = "linux"))]
        let walking = crate::detector::Walking::refused("only supported on Linux".into());
        let choice = options.capture;
        let reads_samples = options.allocations != Sampling::Off;
        let number = engine.open(
            options,
            walking,
            Box::new(move |event| {
                // Refused only while the environment is closing; a native thread never
                // waits for JavaScript.
                events.call(text(event), ThreadsafeFunctionCallMode::NonBlocking);
            }),
        );
        let detector = Self { engine, number, choice, reads_samples, is_open: true };
        detector.sample(env);
        Ok(detector)
    }

    /// Its number, by which it is forgotten.
    #[napi(catch_unwind)]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Samples allocations, or does so no more, as the last rounds have asked for. Never throws.
    #[napi(catch_unwind)]
    pub fn sample(&self, env: Env) {
        #[cfg(target_os = "linux")]
        {
            if !self.is_open {
                self.engine.forget_samples(self.number);
            }
            allocations::sample(env, &self.engine);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = env;
    }

    /// Whether allocations are sampled now, as JSON (`AllocationStatus` in index.d.ts).
    #[napi(catch_unwind)]
    pub fn sampling(&self) -> String {
        text(&self.engine.sampling(self.number))
    }

    /// Requests a round and returns its number. The event `round` ends it.
    #[napi(catch_unwind)]
    pub fn check(&self, request: String) -> Result<u32> {
        Ok(self.engine.check(self.number, parse::<Request>(&request)?))
    }

    /// Requests a reading of the memory and returns its number. The event `memory` ends it. It
    /// counts as one of the detector's series if it is `observed`.
    #[napi(catch_unwind)]
    pub fn read_memory(&self, request: String, observed: bool) -> Result<u32> {
        Ok(self.engine.read_memory(self.number, parse::<Request>(&request)?, observed))
    }

    /// Requests a snapshot file and returns the round's number. The event `written` ends
    /// it.
    #[napi(catch_unwind)]
    pub fn write(&self, request: String) -> Result<u32> {
        Ok(self.engine.write(self.number, parse::<FileRequest>(&request)?))
    }

    /// Requests a snapshot that is sent through the socket with this descriptor, by a forked
    /// child only. Returns the round's number; the event `written` ends it.
    #[cfg(unix)]
    #[napi(catch_unwind)]
    pub fn send(&self, request: String, descriptor: i32) -> Result<u32> {
        let to = Connection::of(descriptor).map_err(|error| {
            Error::from_reason(format!("the connection cannot be used: {error}"))
        })?;
        Ok(self.engine.send_snapshot(self.number, parse::<SendRequest>(&request)?, to))
    }

    /// Returns the way in which a capture would be taken now, as JSON (`CaptureStatus` in
    /// index.d.ts).
    #[napi(catch_unwind)]
    pub fn ways(&self) -> String {
        text(&self.engine.ways(self.choice))
    }

    /// Whether walks wait for a comparison that nobody has started yet.
    #[napi(catch_unwind)]
    pub fn wants_comparison(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.engine.wants_comparison();
        #[cfg(not(target_os = "linux"))]
        false
    }

    /// Compares a walk of this heap with V8's snapshot of it, for the whole
    /// process (`lib/walk-comparison-worker.js`). The event `compared` ends it.
    #[cfg(target_os = "linux")]
    #[napi(catch_unwind)]
    pub fn compare(&self, request: String) -> Result<u32> {
        Ok(self.engine.compare(self.number, parse::<Request>(&request)?))
    }

    /// Answers the event `capture`: calls `write` with the path for V8 to write to, in a
    /// forked child or here.
    #[napi(catch_unwind)]
    pub fn capture(
        &self,
        env: Env,
        round: u32,
        #[napi(ts_arg_type = "(path: string, forked: boolean) => void")] write: Function<
            '_,
            FnArgs<(String, bool)>,
            Unknown<'_>,
        >,
    ) {
        let _ = env;
        self.engine.capture(
            self.number,
            round,
            &mut |path, forked| {
                write
                    .call(FnArgs::from((path.to_owned(), forked)))
                    .map(drop)
                    .map_err(|error| error.reason.clone())
            },
            #[cfg(target_os = "linux")]
            &mut |walk| self::walk::anchors(env, walk, self.reads_samples),
            #[cfg(target_os = "linux")]
            &mut |asked| allocations::places(env, asked),
        );
    }

    /// Passes a chunk of a streamed capture; returns false when no more is wanted.
    #[napi(catch_unwind)]
    pub fn push(&self, round: u32, chunk: Buffer) -> bool {
        self.engine.push(self.number, round, chunk.to_vec())
    }

    /// Ends a streamed capture.
    #[napi(catch_unwind)]
    pub fn end(&self, ended: String) -> Result<()> {
        let StreamEnd { round, pause_ms, error } = parse(&ended)?;
        let pause = Duration::try_from_secs_f64(pause_ms / 1000.0).unwrap_or_default();
        self.engine.end(self.number, round, pause, error);
        Ok(())
    }

    /// Cancels all pending work; the event `closed` is the last one.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) {
        if std::mem::take(&mut self.is_open) && self.engine.close(self.number) {
            environment::release(&self.engine);
        }
        self.sample(env);
    }

    /// Waits, after `closed`, until no thread that was only this detector's is left. Such
    /// a thread is about to exit.
    #[napi(catch_unwind)]
    pub fn settle(&self) -> bool {
        environment::is_in_use(&self.engine) || self.engine.join(Duration::from_secs(1))
    }
}

impl Drop for NativeDetector {
    /// Closes a forgotten detector that was garbage-collected.
    fn drop(&mut self) {
        if std::mem::take(&mut self.is_open) && self.engine.close(self.number) {
            environment::release(&self.engine);
        }
    }
}

/// The detector `number` of this environment was collected without being closed: it wants no
/// samples any more.
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn forget_samples(env: Env, number: u32) {
    #[cfg(target_os = "linux")]
    match environment::current() {
        Some(engine) => {
            engine.forget_samples(number);
            allocations::sample(env, &engine);
        }
        // The last detector is gone, and its engine with it.
        None => _ = crate::allocations::control::set(None),
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (env, number);
}

/// The end of a streamed capture.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StreamEnd {
    round: u32,
    /// The duration of the event-loop pause.
    pause_ms: f64,
    /// The error that was thrown, if any.
    error: Option<String>,
}
