//! Two pieces of work side by side, where there is a second core.

use std::{
    panic,
    thread::{self, Builder},
};

use crate::column::{Account, Recycled, Recycling};

/// Runs `first` on this thread and `second` on another, or one after the other
/// where there is no other to be had. Both share this thread's recycled pages, and
/// its account of them.
///
/// A panic of either goes on upwards.
pub(super) fn both<A, B: Send>(
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    let has_another_core = thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    if !has_another_core {
        return (first(), second());
    }
    // Left in its place when no thread can be started.
    let mut second = Some(second);
    let work = &mut second;
    let shared = (Recycling::share(), Account::share());
    let (a, b) = thread::scope(|scope| {
        let beside = Builder::new()
            .name("seep-analysis".into())
            .spawn_scoped(scope, move || run(shared, work));
        let a = first();
        (a, beside.map(thread::ScopedJoinHandle::join).ok())
    });
    match b {
        Some(Ok(Some(b))) => (a, b),
        Some(Err(payload)) => panic::resume_unwind(payload),
        Some(Ok(None)) | None => {
            let second = second.take().expect("only the other thread takes it, and there is none");
            (a, second())
        }
    }
}

fn run<B>(
    (pages, account): (Recycled, Account),
    work: &mut Option<impl FnOnce() -> B>,
) -> Option<B> {
    let _counting = account.count();
    let _recycling = Recycling::with(pages);
    work.take().map(|work| work())
}
