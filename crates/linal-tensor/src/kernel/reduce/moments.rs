//! Means, variances and norms.

use num_complex::Complex64;

use super::Job;
use super::minmax::MaxOf;
use super::number::{ComplexNumber, RealNumber};
use super::sum::{ComplexSum, IntegerSum, SumAround, SumOf};
use super::variance::VarianceFold;
use crate::kernel::{Register, Value};
use crate::{ExecutionContext, Result, View};

/// Writes the arithmetic mean of real numbers.
pub(super) fn mean<'c, T: RealNumber>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    let count = job.lane_len();
    job.produce(&SumOf(T::real), |sum| Ok(sum.mean(count)))
}

/// Writes the arithmetic mean of integers, whose sum is exact.
pub(super) fn integer_mean<'c, T: Register + Into<i64>>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    let count = job.lane_len();
    job.produce::<T, _, f64>(&IntegerSum, |sum| {
        if count == 0 {
            return Ok(f64::NAN);
        }
        let n = count as i128;
        Ok((sum / n) as f64 + (sum % n) as f64 / count as f64)
    })
}

/// Writes the arithmetic mean of complex numbers.
pub(super) fn complex_mean<'c, T: ComplexNumber>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    let count = job.lane_len();
    job.produce::<T, _, Complex64>(&ComplexSum, |(re, im)| Ok(Complex64::new(re.mean(count), im.mean(count))))
}

/// A variance or standard deviation.
#[derive(Clone, Copy)]
pub(super) struct VarianceKind {
    /// Whether the divisor is the number of elements, instead of one less.
    pub(super) population: bool,
    /// Whether it is the standard deviation, instead of the variance.
    pub(super) is_stdev: bool,
}

impl VarianceKind {
    /// The result for a sum of squared deviations of `count` elements; NaN if the divisor is 0.
    fn finish(self, squares: f64, count: usize) -> f64 {
        let divisor = if self.population { count } else { count.saturating_sub(1) };
        let variance = squares / divisor as f64;
        if self.is_stdev { variance.sqrt() } else { variance }
    }
}

/// Writes the variance or standard deviation of real numbers: in one pass over each lane; or, along a strided
/// axis, where one pass would divide for each element, the means first, then the squared deviations.
pub(super) fn variance<'c, T: RealNumber>(kind: VarianceKind, job: &Job<'_, 'c>) -> Result<Value<'c>> {
    let count = job.lane_len();
    if !job.is_strided::<T>() {
        return job.produce::<T, _, f64>(&VarianceFold, |moments| Ok(kind.finish(moments.squares, count)));
    }
    let centers: &[f64] = job.scratch(&SumOf(T::real), |sum| Ok(sum.mean(count)))?;
    let squares = SumAround {
        centers,
        map: |x: T, center: f64| {
            let deviation = x.real() - center;
            deviation * deviation
        },
    };
    job.produce(&squares, |(_, sum)| Ok(kind.finish(sum.value(), count)))
}

/// Writes the variance or standard deviation of complex numbers, which is a real number.
pub(super) fn complex_variance<'c, T: ComplexNumber>(
    kind: VarianceKind,
    job: &Job<'_, 'c>,
) -> Result<Value<'c>> {
    let count = job.lane_len();
    let centers: &[Complex64] =
        job.scratch::<T, _, _>(&ComplexSum, |(re, im)| Ok(Complex64::new(re.mean(count), im.mean(count))))?;
    let squares = SumAround { centers, map: |x: T, center: Complex64| (x.wide() - center).norm_sqr() };
    job.produce(&squares, |(_, sum)| Ok(kind.finish(sum.value(), count)))
}

/// The range of sums of squares that are exact up to rounding: without overflow or underflow of squares.
pub(crate) const SAFE_SQUARES: std::ops::RangeInclusive<f64> = 1e-270..=1e300;

/// An element of a Euclidean norm.
pub(crate) trait Normed: Register {
    /// Whether the square of an element may exceed the range of f64.
    const WIDE_RANGE: bool;

    /// The square of the absolute value.
    fn square(self) -> f64;

    /// The larger absolute value of the parts: 0 only for a zero.
    fn size(self) -> f64;

    /// The square of the absolute value of the element divided by `size`.
    fn scaled_square(self, size: f64) -> f64;
}

macro_rules! normed {
    (real $type:ty, $wide_range:expr) => {
        impl Normed for $type {
            const WIDE_RANGE: bool = $wide_range;

            #[inline(always)]
            fn square(self) -> f64 {
                self.real() * self.real()
            }

            #[inline(always)]
            fn size(self) -> f64 {
                self.real().abs()
            }

            #[inline(always)]
            fn scaled_square(self, size: f64) -> f64 {
                let scaled = self.real() / size;
                scaled * scaled
            }
        }
    };
    (complex $type:ty, $wide_range:expr) => {
        impl Normed for $type {
            const WIDE_RANGE: bool = $wide_range;

            #[inline(always)]
            fn square(self) -> f64 {
                self.wide().norm_sqr()
            }

            #[inline(always)]
            fn size(self) -> f64 {
                self.wide().re.abs().max(self.wide().im.abs())
            }

            #[inline(always)]
            fn scaled_square(self, size: f64) -> f64 {
                (self.wide() / size).norm_sqr()
            }
        }
    };
}

normed!(real bool, false);
normed!(real i64, false);
normed!(real f32, false);
normed!(real f64, true);
normed!(complex num_complex::Complex32, false);
normed!(complex Complex64, true);

/// Writes the Euclidean norm.
pub(super) fn norm<'c, T: Normed>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    job.output.produce(job.shape, |out| {
        let squares = job.fold::<T, _, f64>(&SumOf(T::square), out, |sum| Ok(sum.value()))?;
        sqrt_norms::<T>(job, squares)?;
        Ok(squares)
    })
}

/// Norms in scratch memory, for a kernel that divides by them.
pub(crate) fn norms<'c, T: Normed>(
    view: &View<'_>,
    axis: Option<usize>,
    context: &'c ExecutionContext,
    operation: &'static str,
) -> Result<&'c [f64]> {
    let shape = axis.map_or_else(crate::Shape::scalar, |axis| view.shape().without(axis));
    let output = crate::kernel::Output { context, keep: false, operation };
    let job = Job { view, producer: None, axis, shape: &shape, output };
    crate::uninit::fill_block(context.scratch::<f64>(operation, shape.len())?, |out| {
        let squares = job.fold::<T, _, f64>(&SumOf(T::square), out, |sum| Ok(sum.value()))?;
        sqrt_norms::<T>(&job, squares)?;
        Ok(squares)
    })
    .map(|norms| &*norms)
}

/// Replaces sums of squares by norms; those out of the safe range are computed again, scaled.
fn sqrt_norms<T: Normed>(job: &Job<'_, '_>, squares: &mut [f64]) -> Result<()> {
    for (output, square) in squares.iter_mut().enumerate() {
        let lost = T::WIDE_RANGE && !square.is_nan() && !SAFE_SQUARES.contains(square);
        *square = if lost && job.lane_len() > 0 { scaled_norm::<T>(job, output)? } else { square.sqrt() };
    }
    Ok(())
}

/// The norm of numbers whose squares overflow or underflow.
fn scaled_norm<T: Normed>(job: &Job<'_, '_>, output: usize) -> Result<f64> {
    let size = job.fold_one(&MaxOf(T::size), output)?;
    if size == 0.0 || !size.is_finite() {
        return Ok(size);
    }
    let squares = job.fold_one(&SumOf(|x: T| x.scaled_square(size)), output)?;
    Ok(size * squares.value().sqrt())
}
