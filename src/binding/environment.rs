//! The state of one JavaScript environment: its background thread.
//!
//! An environment lives on one thread, so a thread-local is per environment.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::Duration,
};

use napi::{Env, Error, Result, Status};

use crate::detector::Engine;

/// How long the end of an environment waits for its thread. A child is killed and a wait
/// ends at once. Only an analysis may take longer; the thread then ends on its own.
const PATIENCE: Duration = Duration::from_millis(20);

thread_local! {
    static ENGINE: RefCell<Option<Arc<Engine>>> = const { RefCell::new(None) };
    static HOOKED: Cell<bool> = const { Cell::new(false) };
}

/// Returns this environment's engine, starting it if there is none.
pub(super) fn engine(env: Env) -> Result<Arc<Engine>> {
    if let Some(engine) = ENGINE.with_borrow(Clone::clone) {
        return Ok(engine);
    }
    if !HOOKED.replace(true) {
        env.add_env_cleanup_hook((), |()| {
            HOOKED.set(false);
            if let Some(engine) = ENGINE.take() {
                engine.shut_down(PATIENCE);
            }
        })?;
    }
    let engine = Engine::start().map_err(|error| {
        Error::new(
            Status::GenericFailure,
            format!("the background thread could not be started: {error}"),
        )
    })?;
    let engine = Arc::new(engine);
    ENGINE.set(Some(Arc::clone(&engine)));
    Ok(engine)
}

/// Returns this environment's engine, if it has one.
#[cfg(target_os = "linux")]
pub(super) fn current() -> Option<Arc<Engine>> {
    ENGINE.with_borrow(Clone::clone)
}

/// Ends the thread of `engine`, whose last detector was closed. The next detector starts
/// another.
pub(super) fn release(engine: &Arc<Engine>) {
    engine.finish();
    if is_in_use(engine) {
        ENGINE.take();
    }
}

/// Whether new detectors of this environment would use `engine`.
pub(super) fn is_in_use(engine: &Arc<Engine>) -> bool {
    ENGINE.with_borrow(|current| current.as_ref().is_some_and(|c| Arc::ptr_eq(c, engine)))
}
