//! The state of one group.

use super::SegmentOp;
use crate::kernel::reduce::RealNumber;

/// The state of one group.
pub(super) struct GroupState<'s> {
    pub count: i64,
    pub slots: &'s mut [f64],
    /// Of [`SegmentOp::Moments`] only.
    pub squares: &'s mut [f64],
}

impl GroupState<'_> {
    /// Adds rows, one after the other.
    #[inline(always)]
    pub fn fold<T: RealNumber, const R: usize>(&mut self, op: SegmentOp, rows: [&[T]; R]) {
        match op {
            SegmentOp::Sum | SegmentOp::Mean => self.each(rows, |slot, x| slot + x),
            SegmentOp::Min => self.each(rows, min_nan_largest),
            SegmentOp::Max => self.each(rows, max_nan_largest),
            SegmentOp::Moments => self.moments(rows),
        }
        self.count += R as i64;
    }

    #[inline(always)]
    fn each<T: RealNumber, const R: usize>(&mut self, rows: [&[T]; R], f: impl Fn(f64, f64) -> f64) {
        let rows = rows.map(|row| &row[..self.slots.len()]);
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let mut folded = *slot;
            for row in rows {
                folded = f(folded, row[i].real());
            }
            *slot = folded;
        }
    }

    /// Means and sums of squared deviations by Welford's algorithm.
    #[inline(always)]
    fn moments<T: RealNumber, const R: usize>(&mut self, rows: [&[T]; R]) {
        let rows = rows.map(|row| &row[..self.slots.len()]);
        let shares: [f64; R] = std::array::from_fn(|r| 1.0 / (self.count + 1 + r as i64) as f64);
        for (i, (mean, squares)) in self.slots.iter_mut().zip(&mut *self.squares).enumerate() {
            let (mut center, mut sum) = (*mean, *squares);
            for (row, share) in rows.iter().zip(shares) {
                let x = row[i].real();
                let distance = x - center;
                center += distance * share;
                sum += distance * (x - center);
            }
            (*mean, *squares) = (center, sum);
        }
    }
}

/// The minimum, where NaN is larger than all numbers, as in queries.
#[inline(always)]
pub(super) fn min_nan_largest(slot: f64, x: f64) -> f64 {
    if x < slot || slot.is_nan() { x } else { slot }
}

/// The maximum, where NaN is larger than all numbers, as in queries.
#[inline(always)]
pub(super) fn max_nan_largest(slot: f64, x: f64) -> f64 {
    if x > slot || x.is_nan() { x } else { slot }
}
