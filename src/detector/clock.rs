//! Wall-clock time for reports.

use std::time::SystemTime;

/// Returns the time now, as ISO 8601 in UTC with milliseconds, like
/// `Date.prototype.toISOString`.
pub(super) fn now_iso() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
