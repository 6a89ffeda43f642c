//! Variances in one pass over memory.

use super::compensated::sum_map;
use super::fold::Fold;
use super::number::RealNumber;
use crate::kernel::BLOCK;
use crate::kernel::threads::CostClass;

/// How far numbers lie from their mean.
///
/// The mean is kept as its distance from a number near it, so that means of parts that lie close together are
/// subtracted without losing digits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    count: f64,
    center: f64,
    /// The mean's distance from the center.
    offset: f64,
    /// The sum of squared distances from the mean.
    pub(super) squares: f64,
}

impl Moments {
    /// The distances in a slice.
    ///
    /// They are measured from the mean of the first block, and shifted to the mean of all at the end. That loses no
    /// digits that matter: the first block is a part of the slice, so the square of its distance from the mean is in
    /// the result as well.
    #[inline(always)]
    fn of<T: RealNumber>(slice: &[T]) -> Moments {
        let Some(first) = slice.first().map(|x| x.real()) else {
            return Moments::default();
        };
        let head = &slice[..BLOCK.min(slice.len())];
        // Equal numbers have exactly that number as their center.
        let center = first + sum_map(head, |x| x.real() - first).value() / head.len() as f64;
        let mut squares = super::Compensated::default();
        let mut sum = super::Compensated::default();
        for block in slice.chunks(BLOCK) {
            sum = sum.merge(sum_map(block, |x| x.real() - center));
            squares = squares.merge(sum_map(block, |x| (x.real() - center) * (x.real() - center)));
        }
        Moments::shifted(slice.len() as f64, center, sum.value(), squares.value())
    }

    /// Numbers by the sum of their distances from a center and of the squares of those.
    #[inline(always)]
    fn shifted(count: f64, center: f64, sum: f64, squares: f64) -> Moments {
        let offset = sum / count;
        // Squares may overflow where distances do not; infinite elements have no finite sum, and give NaN.
        let around =
            if squares == f64::INFINITY && sum.is_finite() { squares } else { squares - sum * offset };
        Moments { count, center, offset, squares: if around < 0.0 { 0.0 } else { around } }
    }

    /// Two parts as one (Chan, Golub and LeVeque, 1979).
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
        let apart = (other.center - self.center) + (other.offset - self.offset);
        Moments {
            count,
            center: self.center,
            offset: self.offset + apart * share,
            squares: self.squares + other.squares + apart * apart * (self.count * share),
        }
    }
}

/// The distances of numbers from their mean.
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
        start.merge(Moments::of(slice))
    }
}
