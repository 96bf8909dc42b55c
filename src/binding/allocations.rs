//! Starts and stops allocation sampling on the event loop as the detectors wish, and stops it
//! before the environment ends.

use std::cell::Cell;

use napi::Env;

use crate::{
    allocations::control::{self, State},
    detector::Engine,
};

thread_local! {
    /// An environment lives on one thread.
    static HOOKED: Cell<bool> = const { Cell::new(false) };
}

/// Starts or stops sampling as the detectors of `engine` wish. Called by JavaScript, on the event
/// loop.
pub(super) fn sample(env: Env, engine: &Engine) {
    engine.sample(|interval| {
        if interval.is_some() && !is_hooked(env) {
            return State::Refused("no clean-up hook could be added to the environment");
        }
        control::set(interval)
    });
}

/// Adds the clean-up hook that stops sampling, once, and returns whether it is there: V8 13
/// crashes without it.
fn is_hooked(env: Env) -> bool {
    if HOOKED.get() {
        return true;
    }
    let hook = env.add_env_cleanup_hook((), |()| {
        HOOKED.set(false);
        control::end();
    });
    HOOKED.set(hook.is_ok());
    HOOKED.get()
}
