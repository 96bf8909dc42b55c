//! Two pieces of work side by side, where there is a second core.

use crate::beside::beside;

/// Runs `first` on this thread and `second` on another, or one after the other
/// where there is no other to be had. A panic of either goes on upwards.
pub(super) fn both<A, B: Send>(
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    // Left in its place when no thread can be started.
    let (mut first, mut second) = (Some(first), Some(second));
    let outcome = beside(|| second.take().map(|work| work()), || first.take().map(|work| work()));
    if let Some((Some(a), Some(b))) = outcome {
        return (a, b);
    }
    let unused = first.take().zip(second.take());
    let (first, second) = unused.expect("where one has run, both have");
    (first(), second())
}
