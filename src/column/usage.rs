//! How much the columns of this process hold, for cost figures and budgets.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Bytes that all columns of the process hold now.
pub fn live_bytes() -> usize {
    LIVE.load(Relaxed)
}

/// Bytes of address space that they have, with pages kept for reuse; where
/// nothing is mapped, 0.
pub fn mapped_bytes() -> usize {
    #[cfg(unix)]
    return super::mapping::mapped_bytes();
    #[cfg(not(unix))]
    0
}

/// The most that they held at once since [`reset_peak`].
pub fn peak_bytes() -> usize {
    PEAK.load(Relaxed)
}

/// Starts a new peak from what is held now.
pub fn reset_peak() {
    PEAK.store(live_bytes(), Relaxed);
}

pub(super) fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

pub(super) fn subtract(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}
