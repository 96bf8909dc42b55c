//! The background thread of one JavaScript environment.
//!
//! Three parties meet here. The event loop thread asks for rounds and performs
//! the one act that only it can perform: letting V8 write ([`Engine`], with the
//! [`stage`] as the place where the two threads meet). The background thread
//! does the rest ([`thread`], [`round`]): prepares captures, drains them,
//! parses, keeps each detector's history, and reports. The listener is told of
//! [`Event`]s and carries them to JavaScript; what a round needs of JavaScript
//! is an event too.
//!
//! Nothing here knows Node-API.

#[cfg(target_os = "linux")]
mod attempt;
#[cfg(target_os = "linux")]
mod backoff;
mod budget;
mod capture;
mod clock;
mod consumer;
mod cooldown;
mod engine;
mod estimate;
mod file;
#[cfg(target_os = "linux")]
mod forked;
mod lock;
mod memory;
mod round;
mod skip;
mod stage;
mod thread;
#[cfg(target_os = "linux")]
mod watchdog;

pub use clock::thread_cpu_ms;
pub use engine::{Engine, Event, Listener};
pub use round::{Choice, Options, Request};
pub use skip::Skip;
pub use stage::Writer;
