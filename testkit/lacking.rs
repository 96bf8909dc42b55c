//! Notes features that this machine lacks, so that a test covers less.

use std::{env, io::Write};

/// Reports on standard error what is not tested; panics where everything must be tested
/// (`SEEP_TEST_REQUIRE_ALL=1`).
pub fn lacking(what: &str) {
    let is_required = env::var("SEEP_TEST_REQUIRE_ALL").is_ok_and(|all| all == "1");
    assert!(!is_required, "not everything can be tested here: {what}");
    // Printed output would be shown only for failing tests.
    let _ = writeln!(std::io::stderr(), "not tested here: {what}");
}
