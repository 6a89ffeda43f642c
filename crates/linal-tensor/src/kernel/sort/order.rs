//! The order of elements: ascending, NaN last.

use super::quick;
use crate::kernel::reduce::RealNumber;
use crate::{Control, Result};

/// Ordered elements.
pub(crate) trait Order: RealNumber {
    /// Whether the type has NaN.
    const HAS_NAN: bool;

    /// A key in the order of the elements: equal for equal elements, the largest for NaN.
    fn key(self) -> u64;
}

impl Order for bool {
    const HAS_NAN: bool = false;

    #[inline(always)]
    fn key(self) -> u64 {
        u64::from(self)
    }
}

impl Order for i64 {
    const HAS_NAN: bool = false;

    #[inline(always)]
    fn key(self) -> u64 {
        // From -2^63 .. 2^63 to 0 .. 2^64.
        self.cast_unsigned() ^ (1 << 63)
    }
}

impl Order for f32 {
    const HAS_NAN: bool = true;

    #[inline(always)]
    fn key(self) -> u64 {
        f64::from(self).key()
    }
}

impl Order for f64 {
    const HAS_NAN: bool = true;

    #[inline(always)]
    fn key(self) -> u64 {
        if self.is_nan() {
            return u64::MAX;
        }
        // Adding 0 turns -0 into 0. The bits of non-negative numbers are in order. Those of negative numbers
        // are in reverse order, so all their bits are flipped; flipping the sign of the others puts them
        // after.
        let bits = (self + 0.0).to_bits();
        let flip = (bits.cast_signed() >> 63).cast_unsigned() | (1 << 63);
        bits ^ flip
    }
}

/// Sorts a lane in place, and returns the number of elements before the first NaN.
pub(crate) fn sort_lane<T: Order>(lane: &mut [T], threads: usize, control: &Control) -> Result<usize> {
    let numbers = nan_last(lane);
    quick::sort(&mut lane[..numbers], &|a, b| a < b, threads, control)?;
    Ok(numbers)
}

/// Moves NaN to the end, and returns the number of other elements.
pub(crate) fn nan_last<T: Order>(lane: &mut [T]) -> usize {
    if !T::HAS_NAN {
        return lane.len();
    }
    quick::partition(lane, |x| !x.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_the_elements() {
        let numbers = [f64::NEG_INFINITY, -1e300, -1.0, -5e-324, 0.0, 5e-324, 1.0, f64::INFINITY, f64::NAN];
        assert!(numbers.windows(2).all(|w| w[0].key() < w[1].key()));
        assert_eq!((-0.0f64).key(), 0.0f64.key());
        assert_eq!((-f64::NAN).key(), f64::NAN.key());
        assert!([i64::MIN, -1, 0, 1, i64::MAX].windows(2).all(|w| w[0].key() < w[1].key()));
    }
}
