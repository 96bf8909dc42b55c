//! What the machine at hand lacks, so that a test looks at less.

use std::{env, io::Write};

/// Says on standard error what is not tested; panics where all must be
/// (`SEEP_TEST_REQUIRE_ALL=1`).
pub fn lacking(what: &str) {
    let is_required = env::var("SEEP_TEST_REQUIRE_ALL").is_ok_and(|all| all == "1");
    assert!(!is_required, "not everything can be tested here: {what}");
    // Not printed, which is shown of tests that fail alone.
    let _ = writeln!(std::io::stderr(), "not tested here: {what}");
}
