//! Numbers and paths as a person reads them.

use std::fmt::Write as _;

use crate::report::{PathStep, SourceLocation};

/// `1234567` as `1.2 MB`.
pub(super) fn bytes(n: f64) -> String {
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    let mut value = n.abs();
    let mut unit = 0;
    while value >= 999.95 && unit < UNITS.len() - 1 {
        value /= 1000.0;
        unit += 1;
    }
    let sign = if n < 0.0 { "-" } else { "" };
    if unit == 0 {
        format!("{sign}{value:.0} B")
    } else {
        format!("{sign}{value:.1} {}", UNITS[unit])
    }
}

/// A size, to reckon with.
#[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
pub(super) fn as_f64(bytes: u64) -> f64 {
    bytes as f64
}

/// `1234567` as `1,234,567`.
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

/// A path as an indented tree, one reference a line.
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

/// `85 %` of 0.85; no more than tenfold.
pub(super) fn percent(share: f64) -> String {
    if share > 10.0 { "more than 1,000 %".to_owned() } else { format!("{:.0} %", share * 100.0) }
}

/// `1 check`, `6 checks`.
pub(super) fn checks(n: u64) -> String {
    if n == 1 { "1 check".to_owned() } else { format!("{n} checks") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_and_a_unit() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(999.0), "999 B");
        assert_eq!(bytes(999_960.0), "1.0 MB");
        assert_eq!(bytes(1_234_567.0), "1.2 MB");
        assert_eq!(bytes(-2_500.0), "-2.5 kB");
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
