//! What a walk needs of Node-API: objects to probe the layout with, and where V8's
//! handles lie.
//!
//! An environment has one isolate and one thread, so thread-local is per
//! environment.

use std::{cell::RefCell, sync::Arc};

use napi::{Env, JsValue, Unknown, sys};

use crate::{
    detector::Walking,
    walk::{self, Anchors, Walk, gate::Versions},
};

thread_local! {
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

/// What one environment has found out.
struct Prepared {
    outcome: Result<Arc<Walk>, String>,
    /// The node of a global handle of our own; 0 without.
    node: u64,
}

/// Looks at `probes` once in an environment, and says what walks there can be.
pub(super) fn walking(env: Env, versions: &Versions, probes: &[Unknown<'_>]) -> Walking {
    let outcome = PREPARED.with_borrow_mut(|prepared| {
        prepared.get_or_insert_with(|| prepare(env, versions, probes)).outcome.clone()
    });
    outcome.map_or_else(Walking::refused, Walking::by)
}

/// What the walk would find wrong with `probes`, were the layout wrong in `field`:
/// for tests.
pub(super) fn refusal(versions: &Versions, probes: &[Unknown<'_>], field: &str) -> Option<String> {
    let words: Vec<u64> = probes.iter().map(tagged).collect();
    // SAFETY: on the isolate's thread, which is here.
    let outcome = unsafe { Walk::prepare(versions, true, &words, Some(field)) };
    outcome.err().map(|refusal| refusal.reason())
}

fn prepare(env: Env, versions: &Versions, probes: &[Unknown<'_>]) -> Prepared {
    let words: Vec<u64> = probes.iter().map(tagged).collect();
    // SAFETY: on the isolate's thread, which is here.
    let outcome = unsafe { Walk::prepare(versions, false, &words, None) };
    let mut outcome = outcome.map(Arc::new).map_err(|refusal| refusal.reason());
    let mut node = 0;
    if outcome.is_ok() {
        match probes.iter().rev().find_map(|probe| strong_node(env, probe)) {
            Some(found) => node = found,
            None => outcome = Err("the self-check \"global handles\" failed".into()),
        }
    }
    Prepared { outcome, node }
}

/// The anchors of this environment's isolate; for the moment of a capture.
pub(super) fn anchors(env: Env, walk: &Walk) -> Option<Anchors> {
    let node = PREPARED.with_borrow(|prepared| prepared.as_ref().map(|it| it.node))?;
    let mut newest = std::ptr::null_mut();
    // SAFETY: an environment that is alive, and room for one value.
    let status = unsafe { sys::napi_create_object(env.raw(), &raw mut newest) };
    let isolate = walk::current_isolate();
    if status != sys::Status::napi_ok || isolate == 0 {
        return None;
    }
    // SAFETY: V8 has allocated the isolate that runs here.
    let bytes = unsafe { walk::allocated_bytes(isolate) };
    Some(walk.anchors(isolate, bytes, newest as u64, node))
}

/// The word behind a value: a `napi_value` is the address of a handle, which holds
/// the object's address, tagged (`JsValueFromV8LocalValue`,
/// src/js_native_api_v8.h).
fn tagged(value: &Unknown<'_>) -> u64 {
    let handle = value.raw().cast::<u64>();
    if handle.is_null() || !handle.is_aligned() {
        return 0;
    }
    // SAFETY: a value of the running call, whose scope is open.
    unsafe { handle.read() }
}

/// A strong reference to `value`, which is kept for as long as the environment
/// lives, and the node of its global handle: the one word of the reference that
/// leads to the value.
fn strong_node(env: Env, value: &Unknown<'_>) -> Option<u64> {
    let mut reference = std::ptr::null_mut();
    // SAFETY: an environment and a value that are alive.
    let status =
        unsafe { sys::napi_create_reference(env.raw(), value.raw(), 1, &raw mut reference) };
    if status != sys::Status::napi_ok {
        return None;
    }
    let word = tagged(value);
    let reference = reference as u64;
    // SAFETY: Node has allocated it just now.
    let length = unsafe { walk::allocated_bytes(reference) } / 8;
    let memory = walk::memory::Memory::of_process()?;
    let reference = memory.words(reference, length)?;
    let found = (0..length).map(|index| reference.get(index));
    let mut leads = found.filter(|&at| memory.word(at) == Some(word));
    leads.next()
}
