//! Variances in one pass.

use super::compensated::sum_map;
use super::fold::Fold;
use super::number::RealNumber;
use crate::kernel::BLOCK;
use crate::kernel::threads::CostClass;

/// The count, mean and sum of squared deviations of numbers.
///
/// The mean is stored as its distance from a center, so that the difference of close means loses no digits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    count: f64,
    center: f64,
    /// The distance of the mean from the center.
    offset: f64,
    /// The sum of squared deviations from the mean.
    pub(super) squares: f64,
}

impl Moments {
    /// The moments of a slice.
    ///
    /// Deviations are from the mean of the first block, and shifted to the mean of the slice at the end. This
    /// loses no relevant digits: the first block is part of the slice, so the square of its distance from the
    /// mean is part of the result.
    #[inline(always)]
    fn of_slice<T: RealNumber>(slice: &[T]) -> Moments {
        let Some(first) = slice.first().map(|x| x.real()) else {
            return Moments::default();
        };
        let head = &slice[..BLOCK.min(slice.len())];
        // The center of equal numbers is exactly that number.
        let center = first + sum_map(head, |x| x.real() - first).value() / head.len() as f64;
        let mut squares = super::Compensated::default();
        let mut sum = super::Compensated::default();
        for block in slice.chunks(BLOCK) {
            sum = sum.merge(sum_map(block, |x| x.real() - center));
            squares = squares.merge(sum_map(block, |x| (x.real() - center) * (x.real() - center)));
        }
        Moments::shifted(slice.len() as f64, center, sum.value(), squares.value())
    }

    /// The moments of numbers with the given sum of deviations from a center, and sum of their squares.
    #[inline(always)]
    fn shifted(count: f64, center: f64, sum: f64, squares: f64) -> Moments {
        let offset = sum / count;
        // Squares may overflow where deviations do not. The sum of infinite elements is not finite, and the
        // result is NaN.
        let around =
            if squares == f64::INFINITY && sum.is_finite() { squares } else { squares - sum * offset };
        Moments { count, center, offset, squares: if around < 0.0 { 0.0 } else { around } }
    }

    /// The moments of two parts (Chan, Golub and LeVeque, 1979).
    #[inline(always)]
    fn merge(self, other: Moments) -> Moments {
        if self.count == 0.0 {
            return other;
        }
        if other.count == 0.0 {
            return self;
        }
        let count = self.count + other.count;
        let share = other.count / count;
        let distance = (other.center - self.center) + (other.offset - self.offset);
        Moments {
            count,
            center: self.center,
            offset: self.offset + distance * share,
            squares: self.squares + other.squares + distance * distance * (self.count * share),
        }
    }
}

/// The fold of numbers to their moments.
pub(super) struct VarianceFold;

impl<T: RealNumber> Fold<T> for VarianceFold {
    type State = Moments;

    const CLASS: CostClass = CostClass::Variance;

    #[inline(always)]
    fn start(&self, _output: usize) -> Moments {
        Moments::default()
    }

    #[inline(always)]
    fn one(&self, state: Moments, x: T, _at: usize) -> Moments {
        state.merge(Moments { count: 1.0, center: x.real(), ..Moments::default() })
    }

    #[inline(always)]
    fn merge(&self, left: Moments, right: Moments) -> Moments {
        left.merge(right)
    }

    #[inline(always)]
    fn slice(&self, start: Moments, slice: &[T], _at: usize) -> Moments {
        start.merge(Moments::of_slice(slice))
    }
}
