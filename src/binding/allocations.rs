//! Starts and stops allocation sampling on the event loop as the detectors wish, and stops it
//! before the environment ends.

use std::cell::Cell;

use napi::{Env, sys};

use crate::{
    allocations::{
        control::{self, State},
        live::{Place, Position},
        profile,
    },
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

/// Has V8 work out where sampled functions are.
pub(super) fn places(env: Env, asked: &[Position]) -> Option<Vec<(Position, Place)>> {
    profile::places(asked, |handle| text(env, handle))
}

/// Returns the string behind a handle, which is what a `napi_value` is
/// (`JsValueFromV8LocalValue`, src/js_native_api_v8.h).
fn text(env: Env, handle: u64) -> Option<String> {
    /// A longer path is cut.
    const MOST: usize = 4096;
    let mut bytes = [0_u8; MOST];
    let mut length = 0;
    // SAFETY: an environment and a value that are alive, and room for as many bytes as are said.
    let status = unsafe {
        sys::napi_get_value_string_utf8(
            env.raw(),
            handle as sys::napi_value,
            bytes.as_mut_ptr().cast(),
            MOST,
            &raw mut length,
        )
    };
    let bytes = bytes.get(..length)?;
    (status == sys::Status::napi_ok).then(|| String::from_utf8_lossy(bytes).into_owned())
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
