//! Spells numbers and paths for people.

use std::fmt::Write as _;

use crate::report::{PathStep, SourceLocation};

/// Spells a size: `1234567` as `1.2 MB`, `12345678` as `12 MB`. The page and the tables
/// spell it the same way (`bytes` in `lib/describe.js`).
pub(super) fn bytes(n: f64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n.abs();
    let mut unit = 0;
    // Compared as it is shown: 999.6 B is 1.0 kB, not 1000 B.
    while value.round() >= 1000.0 && unit < UNITS.len() - 1 {
        value /= 1000.0;
        unit += 1;
    }
    let sign = if n < 0.0 { "-" } else { "" };
    if unit > 0 && value < 9.95 {
        format!("{sign}{:.1} {}", ties_up(value), UNITS[unit])
    } else {
        format!("{sign}{:.0} {}", value.round(), UNITS[unit])
    }
}

/// Returns `value`, or just above it if it lies halfway between two numbers with one
/// decimal: JavaScript rounds such a tie up, Rust to the even digit.
fn ties_up(value: f64) -> f64 {
    #[expect(clippy::float_cmp, reason = "a quarter is exact")]
    let is_tie = value % 0.5 == 0.25;
    if is_tie { value.next_up() } else { value }
}

/// Converts a size for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
pub(super) fn as_f64(bytes: u64) -> f64 {
    bytes as f64
}

/// Converts a number of readings.
pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Spells `1234567` as `1,234,567`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Draws a path as an indented tree, one reference per line.
pub(super) fn tree(path: &[PathStep], note: &str) -> String {
    let mut text = String::new();
    for (depth, step) in path.iter().enumerate() {
        let place = step.location.as_ref().and_then(SourceLocation::label);
        if depth == 0 {
            let _ = write!(text, "{}", step.edge.name);
        } else {
            let _ = write!(
                text,
                "\n{:indent$}{} → {}",
                "",
                step.edge.label(),
                step.class.plain(),
                indent = depth * 2
            );
            if let Some(place) = place {
                let _ = write!(text, "  ({place})");
            }
        }
        if step.suspect {
            let _ = write!(text, "  ← {note}");
        }
    }
    text
}

/// Spells 0.85 as `85 %`; values above tenfold are capped.
pub(super) fn percent(share: f64) -> String {
    if share > 10.0 { "more than 1,000 %".to_owned() } else { format!("{:.0} %", share * 100.0) }
}

/// Spells a time in the largest unit of which it has at least two: `90 s`, `3 min`, `5 h`.
pub(super) fn duration(ms: u64) -> String {
    const UNITS: [(u64, &str); 2] = [(3_600_000, "h"), (60_000, "min")];
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| ms >= 2 * unit).unwrap_or((1000, "s"));
    format!("{} {name}", ms / unit)
}

/// Spells `1 check`, `6 checks`.
pub(super) fn checks(n: u64) -> String {
    if n == 1 { "1 check".to_owned() } else { format!("{n} checks") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_spelled_in_whole_units() {
        let spelled = [119_999, 120_000, 7_199_999, 7_200_000].map(duration);
        assert_eq!(spelled, ["119 s", "2 min", "119 min", "2 h"]);
    }

    #[test]
    fn sizes_are_spelled_as_in_javascript() {
        // The same sizes as in __test__/describe.test.js.
        let sizes = [
            (0.0, "0 B"),
            (0.4, "0 B"),
            (999.0, "999 B"),
            (1000.0, "1.0 kB"),
            (1234.0, "1.2 kB"),
            (12_345.0, "12 kB"),
            (123_456_789.0, "123 MB"),
            (5.5e12, "5.5 TB"),
            // Nearly a thousand of a unit.
            (999.4, "999 B"),
            (999.5, "1.0 kB"),
            (999.6, "1.0 kB"),
            (999_499.0, "999 kB"),
            (999_600.0, "1.0 MB"),
            (999_600_000.0, "1.0 GB"),
            (999_999_999_999.0, "1.0 TB"),
            (9.9999e14, "1000 TB"),
            // Nearly ten of a unit.
            (9_949.0, "9.9 kB"),
            (9_950.0, "10 kB"),
            (9_999_999.0, "10 MB"),
            // Halfway between two decimals.
            (1_250.0, "1.3 kB"),
            (1_450.0, "1.4 kB"),
            (-2_500.0, "-2.5 kB"),
        ];
        for (size, text) in sizes {
            assert_eq!(bytes(size), text, "{size}");
        }
    }

    #[test]
    fn checks_are_counted() {
        assert_eq!((checks(1), checks(6)), ("1 check".to_owned(), "6 checks".to_owned()));
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
