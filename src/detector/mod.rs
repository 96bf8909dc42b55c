//! The background thread of one JavaScript environment.
//!
//! The event loop thread asks for rounds ([`Engine`]) and does the one thing that
//! only it can do: forking, or letting V8 write; the two threads meet in the
//! [`stage`]. The background thread does the rest ([`thread`], [`round`]): it
//! prepares captures, drains and parses them, keeps each detector's history, and
//! reports. It sends [`Event`]s to the listener, which passes them to JavaScript;
//! a round that needs something of JavaScript sends an event too.
//!
//! Nothing here knows Node-API.

#[cfg(target_os = "linux")]
mod attempt;
#[cfg(target_os = "linux")]
mod backoff;
mod budget;
mod capture;
#[cfg(target_os = "linux")]
mod comparison;
mod consumer;
mod cooldown;
mod engine;
mod estimate;
mod event;
#[cfg(target_os = "linux")]
mod forked;
#[cfg(target_os = "linux")]
mod holder;
#[cfg(target_os = "linux")]
mod live;
mod lock;
mod memory;
mod memory_news;
mod native_recording;
mod options;
#[cfg(unix)]
mod outlet;
mod request;
mod round;
mod sampling;
mod skip;
mod stage;
mod taken;
mod thread;
#[cfg(target_os = "linux")]
pub mod trust;
#[cfg(target_os = "linux")]
mod walked;
mod walking;
#[cfg(target_os = "linux")]
mod watchdog;
mod ways;

pub use engine::Engine;
pub use event::{Event, Listener};
pub use memory_news::MemoryNews;
pub use options::{Choice, Options};
pub use request::{FileRequest, ReadingRequest, Request, SendRequest};
pub use sampling::{Mode as Sampling, Status as SamplingStatus};
pub use skip::Skip;
pub use stage::Writer;
#[cfg(target_os = "linux")]
pub use stage::{FindAnchors, FindPlaces};
pub use walking::Walking;
pub use ways::Ways;

/// Returns the default options.
#[cfg(test)]
fn test_options() -> Options {
    use options::Versions;

    Options {
        capture: Choice::Auto,
        max_pause_ms: 500.0,
        max_headroom_fraction: 0.5,
        walk_headroom_fraction: None,
        min_checks: 3,
        min_growth_bytes: 1 << 16,
        round_ms: 60_000,
        is_patient: false,
        calls_per_round: None,
        cooldown_ms: 3_600_000,
        exhaustion_ms: 3_600_000,
        trim_memory: false,
        native_stacks: native_recording::NativeStacks::Off,
        redact_names: false,
        allocations: Sampling::Off,
        own_scripts: Vec::new(),
        versions: Versions::default(),
        compares: false,
    }
}
