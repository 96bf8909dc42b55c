//! Exact division by the number of columns, forty million times.

/// Divides multiples of one divisor without a division.
///
/// With the divisor as `odd * 2^shift`, a value multiplied by the inverse of
/// `odd` modulo 2^32 and rotated right by `shift` is the quotient if there is
/// no remainder, and larger than any quotient if there is one (Granlund and
/// Montgomery, doi:10.1145/178243.178249, section 9).
#[derive(Clone, Copy, Debug)]
pub(super) struct ExactDivisor {
    inverse: u32,
    shift: u32,
    greatest: u32,
}

impl ExactDivisor {
    /// Prepares division by `divisor`, which must not be 0.
    pub(super) fn new(divisor: u32) -> Self {
        let shift = divisor.trailing_zeros();
        let odd = divisor >> shift;
        // Newton's iteration doubles the bits that are right: 3, 6, 12, 24, 48.
        let inverse = (0..4).fold(odd, |inverse, _| {
            inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)))
        });
        Self { inverse, shift, greatest: u32::MAX / divisor }
    }

    /// Returns `value / divisor` if that leaves no remainder, else `u32::MAX`.
    #[inline]
    pub(super) fn quotient(self, value: u32) -> u32 {
        let quotient = value.wrapping_mul(self.inverse).rotate_right(self.shift);
        if quotient <= self.greatest { quotient } else { u32::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_division() {
        let mut seed = 1_u32;
        for divisor in 1..=64 {
            let exact = ExactDivisor::new(divisor);
            for round in 0..20_000 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let value = match round % 3 {
                    0 => seed,
                    1 => seed / divisor * divisor,
                    _ => round,
                };
                let expected = if value % divisor == 0 { value / divisor } else { u32::MAX };
                assert_eq!(exact.quotient(value), expected, "{value} / {divisor}");
            }
        }
    }
}
