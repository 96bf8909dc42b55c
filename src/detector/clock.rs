//! Wall-clock time for reports, and the processor time of a thread.

use std::time::SystemTime;

/// Returns the time now, as ISO 8601 in UTC with milliseconds, like
/// `Date.prototype.toISOString`.
pub(super) fn now_iso() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

/// Returns the processor time that the calling thread has used, in milliseconds;
/// `None` where the system does not provide it.
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
        (failed == 0).then_some(ms)
    }
    #[cfg(not(unix))]
    None
}
