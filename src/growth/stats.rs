//! Medians, slopes, and how much a series wavers.

/// Returns the mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / lossless(values.len().max(1))
}

/// Converts a number of snapshots, which [`super::rules::MAX_OBSERVATIONS`] keeps small.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(super) fn lossless(n: usize) -> f64 {
    n as f64
}

/// Converts a number of bytes.
#[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
pub(super) fn lossless_bytes(bytes: u64) -> f64 {
    bytes as f64
}

/// Converts a number of readings.
pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Converts an estimate, which is at least 0.
#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "at least 0")]
pub(super) fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

/// Returns the median; of an even number of values the lower middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

/// Returns the slope through all pairs of points: the median of their slopes (Theil-Sen),
/// in the unit of `at`. One odd snapshot does not move it.
pub(super) fn slope(values: &[f64], at: impl Fn(usize) -> f64) -> f64 {
    let mut slopes = Vec::new();
    for i in 0..values.len() {
        for j in i + 1..values.len() {
            let apart = at(j) - at(i);
            if apart > 0.0 {
                slopes.push((values[j] - values[i]) / apart);
            }
        }
    }
    median(&slopes)
}

/// Returns how many more pairs of `values` fall than rise (Kendall's tau, turned round), in
/// standard deviations of what that would be by chance.
pub(super) fn falling(values: &[f64]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (i, &earlier) in values.iter().enumerate() {
        for &later in &values[i + 1..] {
            pairs += 1.0;
            if later < earlier {
                sum += 1.0;
            } else if later > earlier {
                sum -= 1.0;
            }
        }
    }
    let n = lossless(values.len());
    if pairs > 0.0 { sum / (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt() } else { 0.0 }
}

/// Returns how little what `values` are off a straight line by carries over from one to the
/// next (Durbin and Watson's ratio): about 2 where it comes and goes by chance, near 0
/// where it adds up. `lengths` are those of the intervals between them.
pub(super) fn independence(values: &[f64], lengths: &[f64]) -> f64 {
    let at: Vec<f64> = std::iter::once(0.0)
        .chain(lengths.iter().scan(0.0, |sum, length| {
            *sum += length;
            Some(*sum)
        }))
        .collect();
    let (middle, usual) = (mean(&at), mean(values));
    let (mut along, mut spread) = (0.0, 0.0);
    for (x, y) in at.iter().zip(values) {
        along += (x - middle) * (y - usual);
        spread += (x - middle).powi(2);
    }
    let slope = along / spread.max(f64::MIN_POSITIVE);
    let off: Vec<f64> =
        at.iter().zip(values).map(|(x, y)| y - usual - slope * (x - middle)).collect();
    let carried: f64 = off.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    let all: f64 = off.iter().map(|off| off.powi(2)).sum();
    if all > 0.0 { carried / all } else { 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_snapshot_does_not_move_the_slope() {
        let slope = slope(&[0.0, 10.0, 500.0, 30.0, 40.0], lossless);
        assert!((slope - 10.0).abs() < 1.0, "{slope}");
    }

    #[test]
    fn a_series_that_falls_throughout_is_told_from_one_that_wavers() {
        assert!(falling(&[4.0, 3.0, 2.0]) > 1.5);
        assert!(falling(&[4.0, 2.0, 3.0]) < 1.0);
        assert!(falling(&[4.0, 3.0, 5.0]) < 0.0);
        assert!(falling(&[]).abs() < 1e-9);
    }

    #[test]
    fn noise_on_a_line_is_told_from_what_adds_up() {
        let regular = [1.0; 7];
        let noisy = [0.0, 13.0, 18.0, 33.0, 38.0, 53.0, 58.0, 73.0];
        assert!(independence(&noisy, &regular) > 1.5);
        let wandering = [0.0, 30.0, 50.0, 60.0, 55.0, 40.0, 30.0, 40.0];
        assert!(independence(&wandering, &regular) < 1.0);
    }
}
