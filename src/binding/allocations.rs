//! Allocation sampling on the event loop: started and stopped as the detectors want, and ended
//! before the environment is.

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

/// Does what the detectors of `engine` want. On the event loop, called by JavaScript.
pub(super) fn sample(env: Env, engine: &Engine) {
    engine.sample(|interval| {
        if interval.is_some() && !is_hooked(env) {
            return State::Refused("the end of the environment could not be waited for");
        }
        control::set(interval)
    });
}

/// Whether sampling ends with the environment: V8 13 crashes where it does not.
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
