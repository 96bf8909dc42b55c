//! Asks V8 to collect garbage.
//!
//! Memory outside the heap that garbage objects hold counts as used until a major collection
//! frees it. Only after one is it known whether such memory is held.

use std::ffi::c_int;

use crate::symbols::address;

/// `v8::MemoryPressureLevel::kModerate`. V8 starts to mark incrementally, unless it does so
/// already, and forgets the level. (At `kCritical`, the event loop would wait for the collection.)
const MODERATE: c_int = 1;

/// Has V8 begin a major collection of the isolate that runs on this thread, and returns whether
/// it could be asked. To be called on the event loop thread, outside of garbage collections.
///
/// The caller must have made sure that this is a V8 in which `kModerate` means that.
pub fn request() -> bool {
    let Some((current, notify)) = functions() else { return false };
    let isolate = current();
    if isolate != 0 {
        notify(isolate, MODERATE);
    }
    isolate != 0
}

type Current = extern "C" fn() -> u64;
type Notify = extern "C" fn(u64, c_int);

fn functions() -> Option<(Current, Notify)> {
    let current = address(c"_ZN2v87Isolate10GetCurrentEv")?;
    let notify = address(c"_ZN2v87Isolate26MemoryPressureNotificationENS_19MemoryPressureLevelE")?;
    // SAFETY: the mangled names say the parameters; a method's first is its object.
    unsafe {
        Some((
            std::mem::transmute::<*mut libc::c_void, Current>(current),
            std::mem::transmute::<*mut libc::c_void, Notify>(notify),
        ))
    }
}
