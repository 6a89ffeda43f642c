//! Least and greatest elements, and where they are.

use super::fold::Fold;
use super::number::Real;
use crate::kernel::BLOCK;

/// The least element, or the greatest; NaN when there is one.
pub(crate) struct Extreme<const GREATEST: bool>;

impl<const GREATEST: bool> Extreme<GREATEST> {
    /// Whether `x` comes before `y`.
    #[inline(always)]
    fn wins<T: Real>(x: T, y: T) -> bool {
        if GREATEST { x > y } else { x < y }
    }
}

impl<T: Real, const GREATEST: bool> Fold<T> for Extreme<GREATEST> {
    type State = T;

    #[inline(always)]
    fn start(&self, _output: usize) -> T {
        if GREATEST { T::LEAST } else { T::GREATEST }
    }

    #[inline(always)]
    fn one(&self, state: T, x: T, _at: usize) -> T {
        // Nothing wins against NaN, once it is there, but another NaN.
        if Self::wins(x, state) | x.is_nan() { x } else { state }
    }

    #[inline(always)]
    fn merge(&self, left: T, right: T) -> T {
        <Self as Fold<T>>::one(self, left, right, 0)
    }
}

/// The place of the first least element, or of the greatest; of the first NaN when there is one.
pub(super) struct ExtremePlace<const GREATEST: bool>;

/// An element and its place.
#[derive(Clone, Copy)]
pub(super) struct Found<T> {
    value: T,
    /// [`NOWHERE`] before the first element.
    pub(super) at: usize,
}

const NOWHERE: usize = usize::MAX;

impl<const GREATEST: bool> ExtremePlace<GREATEST> {
    /// Whether `x`, which comes later, takes the place of what was found.
    #[inline(always)]
    fn replaces<T: Real>(x: T, found: Found<T>) -> bool {
        (found.at == NOWHERE)
            | Extreme::<GREATEST>::wins(x, found.value)
            | (x.is_nan() & !found.value.is_nan())
    }
}

impl<T: Real, const GREATEST: bool> Fold<T> for ExtremePlace<GREATEST> {
    type State = Found<T>;

    const ORDERED: bool = true;

    #[inline(always)]
    fn start(&self, _output: usize) -> Found<T> {
        Found { value: T::default(), at: NOWHERE }
    }

    #[inline(always)]
    fn one(&self, state: Found<T>, x: T, at: usize) -> Found<T> {
        if Self::replaces(x, state) { Found { value: x, at } } else { state }
    }

    #[inline(always)]
    fn merge(&self, left: Found<T>, right: Found<T>) -> Found<T> {
        if right.at != NOWHERE && Self::replaces(right.value, left) { right } else { left }
    }

    /// Looks for the extreme of each block first, which has no places to keep, and for its place where it matters.
    #[inline(always)]
    fn slice(&self, start: Found<T>, slice: &[T], at: usize) -> Found<T> {
        let extreme = Extreme::<GREATEST>;
        let mut found = start;
        for (i, block) in slice.chunks(BLOCK).enumerate() {
            let value = extreme.slice(Fold::<T>::start(&extreme, 0), block, 0);
            if Self::replaces(value, found) {
                let place = block.iter().position(|&x| x == value || (x.is_nan() && value.is_nan()));
                found = Found { value, at: at + i * BLOCK + place.unwrap_or(0) };
            }
        }
        found
    }
}

/// The largest of the numbers that a function makes of the elements; 0 of nothing. Numbers are not negative, not NaN.
pub(crate) struct LargestOf<M>(pub(crate) M);

impl<T: Copy, M: Fn(T) -> f64 + Sync> Fold<T> for LargestOf<M> {
    type State = f64;

    #[inline(always)]
    fn start(&self, _output: usize) -> f64 {
        0.0
    }

    #[inline(always)]
    fn one(&self, state: f64, x: T, _at: usize) -> f64 {
        state.max((self.0)(x))
    }

    #[inline(always)]
    fn merge(&self, left: f64, right: f64) -> f64 {
        left.max(right)
    }
}

/// Whether any element is true, or all are.
pub(super) struct Truth {
    /// The answer for no elements: true asks for all.
    pub(super) all: bool,
}

impl Fold<bool> for Truth {
    type State = bool;

    #[inline(always)]
    fn start(&self, _output: usize) -> bool {
        self.all
    }

    #[inline(always)]
    fn one(&self, state: bool, x: bool, _at: usize) -> bool {
        if self.all { state & x } else { state | x }
    }

    #[inline(always)]
    fn merge(&self, left: bool, right: bool) -> bool {
        if self.all { left & right } else { left | right }
    }
}
