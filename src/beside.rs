//! Work on a second thread, which counts as this one's: its columns, and its processor time.

use std::{
    cell::Cell,
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Builder},
};

use crate::column::{Account, Cancellation, Recycling, Watched};

thread_local! {
    /// Milliseconds of processor time that other threads have spent for this one.
    static SPENT_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Runs `there` on another thread, and `here` on this one meanwhile. Returns `None`, and runs
/// neither, where there is no second core or no other thread to be had.
///
/// Both share this thread's recycled pages, its account of columns, and its cancellation. A panic
/// of either goes on upwards, once both have ended; if this thread runs out of memory, so does the
/// other.
pub fn beside<A, B: Send>(
    there: impl FnOnce() -> B + Send,
    here: impl FnOnce() -> A,
) -> Option<(A, B)> {
    let has_another_core = thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    if !has_another_core {
        return None;
    }
    let (pages, account) = (Recycling::share(), Account::share());
    let cancellation = Cancellation::share();
    let has_ended = Arc::new(AtomicBool::new(false));
    let ending = Ending(Arc::clone(&has_ended));
    let work = move || {
        let _watched = Watched::by(move || !has_ended.load(Ordering::Relaxed));
        let _cancelling = cancellation.begin();
        let _counting = account.count();
        let _recycling = Recycling::with(pages);
        let result = there();
        (result, thread_cpu_ms())
    };
    thread::scope(|scope| {
        let other = Builder::new().name("seep-beside".into()).spawn_scoped(scope, work).ok()?;
        let a = here();
        drop(ending);
        match other.join() {
            Ok((b, spent)) => {
                SPENT_MS.set(SPENT_MS.get() + spent.unwrap_or(0.0));
                Some((a, b))
            }
            Err(payload) => panic::resume_unwind(payload),
        }
    })
}

/// Tells the other thread that this one unwinds, and no longer wants its result.
struct Ending(Arc<AtomicBool>);

impl Drop for Ending {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Returns the processor time that the calling thread has used, and others for it, in
/// milliseconds; `None` where the system does not provide it.
///
/// Work measures a program's age better than time does: it distinguishes what has
/// been filling since the program began to work from what was emptied a while ago.
pub fn thread_cpu_ms() -> Option<f64> {
    #[cfg(unix)]
    {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `now` is valid for the call to fill in.
        let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let ms = now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6;
        (failed == 0).then_some(ms + SPENT_MS.get())
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;
    use crate::{
        column::{self, Column},
        error::DetectError,
        testkit::lacking,
    };

    #[test]
    fn the_other_threads_time_and_memory_count_here() {
        let before = (thread_cpu_ms(), crate::column::live_bytes());
        let work = || {
            let column = Column::<u64>::zeroed(1 << 20);
            let began = thread_cpu_ms();
            while thread_cpu_ms().zip(began).is_some_and(|(now, began)| now < began + 5.0) {
                black_box(&column);
            }
            column
        };
        let Some(((), column)) = beside(work, || ()) else { return lacking("a second core") };
        assert!(crate::column::live_bytes() >= before.1 + (8 << 20));
        drop(column);
        let Some((now, before)) = thread_cpu_ms().zip(before.0) else {
            return lacking("the processor time of a thread");
        };
        assert!(now >= before + 5.0, "{now} {before}");
    }

    #[test]
    fn the_other_thread_ends_with_this_one() {
        let endless = || {
            let mut steps = 0_u64;
            while black_box(true) {
                column::ask();
                steps += 1;
            }
            steps
        };
        let outcome = column::catch_no_memory(|| {
            let ran = beside(endless, || {
                let _watched = Watched::by(|| false);
                column::ask();
            });
            Ok(ran.is_some())
        });
        match outcome {
            Ok(ran) if !ran => lacking("a second core"),
            outcome => assert!(outcome.is_err()),
        }
    }

    #[test]
    fn the_other_thread_is_cancelled_with_this_one() {
        let endless = || {
            while black_box(true) {
                column::ask();
            }
        };
        let has_begun = Arc::new(AtomicBool::new(false));
        let is_cancelled = Arc::clone(&has_begun);
        let _cancelling = Cancellation::by(move || is_cancelled.load(Ordering::Relaxed)).begin();
        let outcome = column::catch_no_memory(|| {
            // Here, the work is done by then: only the other thread is left to be cancelled.
            Ok(beside(endless, || has_begun.store(true, Ordering::Relaxed)).is_some())
        });
        match outcome {
            Ok(ran) if !ran => lacking("a second core"),
            outcome => assert!(matches!(outcome, Err(DetectError::Aborted))),
        }
    }

    #[test]
    fn a_panic_there_goes_on_here() {
        let outcome = panic::catch_unwind(|| beside(|| panic::resume_unwind(Box::new(7)), || ()));
        match outcome {
            Err(payload) => assert_eq!(payload.downcast_ref(), Some(&7)),
            Ok(ran) => assert!(ran.is_none(), "no second core"),
        }
    }
}
