//! Sums and products.

use num_complex::Complex64;

use super::compensated::{Compensated, pairwise_sum, sum_map};
use super::fold::Fold;
use super::number::{ComplexNumber, RealNumber};
use crate::kernel::BLOCK;

/// The sum of a function over the elements.
pub(crate) struct SumOf<M>(pub(crate) M);

impl<T: Copy, M: Fn(T) -> f64 + Sync> Fold<T> for SumOf<M> {
    type State = Compensated;

    #[inline(always)]
    fn start(&self, _output: usize) -> Compensated {
        Compensated::default()
    }

    #[inline(always)]
    fn one(&self, state: Compensated, x: T, _at: usize) -> Compensated {
        state.add((self.0)(x))
    }

    #[inline(always)]
    fn merge(&self, left: Compensated, right: Compensated) -> Compensated {
        left.merge(right)
    }

    #[inline(always)]
    fn slice(&self, start: Compensated, slice: &[T], _at: usize) -> Compensated {
        start.merge(sum_map(slice, &self.0))
    }

    /// Rows are added before their sum is added with compensation, as in [`sum_map`].
    #[inline(always)]
    fn rows<const R: usize>(&self, states: &mut [Compensated], rows: [&[T]; R], _at: usize) {
        let rows = rows.map(|row| &row[..states.len()]);
        for (i, state) in states.iter_mut().enumerate() {
            *state = state.add(pairwise_sum::<R>(std::array::from_fn(|r| (self.0)(rows[r][i]))));
        }
    }
}

/// The sum of a function of each element and of a parameter of the result, such as its mean.
pub(super) struct SumAround<'a, P, M> {
    pub(super) centers: &'a [P],
    pub(super) map: M,
}

impl<T, P, M> Fold<T> for SumAround<'_, P, M>
where
    T: Copy,
    P: Copy + Send + Sync,
    M: Fn(T, P) -> f64 + Sync,
{
    type State = (P, Compensated);

    #[inline(always)]
    fn start(&self, output: usize) -> Self::State {
        (self.centers[output], Compensated::default())
    }

    #[inline(always)]
    fn one(&self, (center, sum): Self::State, x: T, _at: usize) -> Self::State {
        (center, sum.add((self.map)(x, center)))
    }

    #[inline(always)]
    fn merge(&self, left: Self::State, right: Self::State) -> Self::State {
        (left.0, left.1.merge(right.1))
    }

    #[inline(always)]
    fn slice(&self, (center, start): Self::State, slice: &[T], _at: usize) -> Self::State {
        (center, start.merge(sum_map(slice, |x| (self.map)(x, center))))
    }

    #[inline(always)]
    fn rows<const R: usize>(&self, states: &mut [Self::State], rows: [&[T]; R], _at: usize) {
        let rows = rows.map(|row| &row[..states.len()]);
        for (i, (center, sum)) in states.iter_mut().enumerate() {
            *sum = sum.add(pairwise_sum::<R>(std::array::from_fn(|r| (self.map)(rows[r][i], *center))));
        }
    }
}

/// The sum of complex numbers.
pub(super) struct ComplexSum;

impl<T: ComplexNumber> Fold<T> for ComplexSum {
    type State = (Compensated, Compensated);

    #[inline(always)]
    fn start(&self, _output: usize) -> Self::State {
        Default::default()
    }

    #[inline(always)]
    fn one(&self, (re, im): Self::State, x: T, _at: usize) -> Self::State {
        let z = x.wide();
        (re.add(z.re), im.add(z.im))
    }

    #[inline(always)]
    fn merge(&self, left: Self::State, right: Self::State) -> Self::State {
        (left.0.merge(right.0), left.1.merge(right.1))
    }

    #[inline(always)]
    fn slice(&self, start: Self::State, slice: &[T], _at: usize) -> Self::State {
        slice.chunks(BLOCK).fold(start, |(re, im), block| {
            let parts = (sum_map(block, |z| z.wide().re), sum_map(block, |z| z.wide().im));
            (re.merge(parts.0), im.merge(parts.1))
        })
    }
}

/// The exact sum of integers: 128 bits do not overflow for up to 2^64 of them.
pub(super) struct IntegerSum;

impl<T: Copy + Into<i64>> Fold<T> for IntegerSum {
    type State = i128;

    #[inline(always)]
    fn start(&self, _output: usize) -> i128 {
        0
    }

    #[inline(always)]
    fn one(&self, state: i128, x: T, _at: usize) -> i128 {
        state + i128::from(x.into())
    }

    #[inline(always)]
    fn merge(&self, left: i128, right: i128) -> i128 {
        left + right
    }

    /// Sums the high and low 32 bits separately: their sums fit 64 bits for slices below 2^31 elements.
    #[inline(always)]
    fn slice(&self, start: i128, slice: &[T], _at: usize) -> i128 {
        let mut total = start;
        for part in slice.chunks(1 << 30) {
            let (mut high, mut low) = (0i64, 0u64);
            for &x in part {
                let x: i64 = x.into();
                high += x >> 32;
                low += (x as u64) & 0xFFFF_FFFF;
            }
            total += (i128::from(high) << 32) + i128::from(low);
        }
        total
    }

    /// Sums the high and low 32 bits of all rows separately, before the 128-bit addition.
    #[inline(always)]
    fn rows<const R: usize>(&self, states: &mut [i128], rows: [&[T]; R], _at: usize) {
        let rows = rows.map(|row| &row[..states.len()]);
        for (i, state) in states.iter_mut().enumerate() {
            let (mut high, mut low) = (0i64, 0u64);
            for row in rows {
                let x: i64 = row[i].into();
                high += x >> 32;
                low += (x as u64) & 0xFFFF_FFFF;
            }
            *state += (i128::from(high) << 32) + i128::from(low);
        }
    }
}

/// The product of integers, saturated: beyond 64 bits it is [`IntegerProduct::TOO_LARGE`].
pub(super) struct IntegerProduct;

impl IntegerProduct {
    /// Represents all products that overflow, until a factor is 0.
    const TOO_LARGE: i128 = (1 << 63) + 1;
}

impl<T: Copy + Into<i64>> Fold<T> for IntegerProduct {
    type State = i128;

    #[inline(always)]
    fn start(&self, _output: usize) -> i128 {
        1
    }

    #[inline(always)]
    fn one(&self, state: i128, x: T, _at: usize) -> i128 {
        <IntegerProduct as Fold<T>>::merge(self, state, i128::from(x.into()))
    }

    #[inline(always)]
    fn merge(&self, left: i128, right: i128) -> i128 {
        // The magnitudes of both factors are at most 2^63 + 1, so the product fits 128 bits.
        let product = left * right;
        if product.unsigned_abs() > 1 << 63 { IntegerProduct::TOO_LARGE } else { product }
    }
}

/// The product of real numbers in double precision.
pub(super) struct Product;

impl<T: RealNumber> Fold<T> for Product {
    type State = f64;

    #[inline(always)]
    fn start(&self, _output: usize) -> f64 {
        1.0
    }

    #[inline(always)]
    fn one(&self, state: f64, x: T, _at: usize) -> f64 {
        state * x.real()
    }

    #[inline(always)]
    fn merge(&self, left: f64, right: f64) -> f64 {
        left * right
    }
}

/// The product of complex numbers in double precision.
pub(super) struct ComplexProduct;

impl<T: ComplexNumber> Fold<T> for ComplexProduct {
    type State = Complex64;

    #[inline(always)]
    fn start(&self, _output: usize) -> Complex64 {
        Complex64::ONE
    }

    #[inline(always)]
    fn one(&self, state: Complex64, x: T, _at: usize) -> Complex64 {
        state * x.wide()
    }

    #[inline(always)]
    fn merge(&self, left: Complex64, right: Complex64) -> Complex64 {
        left * right
    }
}
