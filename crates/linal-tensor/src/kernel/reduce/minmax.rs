//! Minima and maxima, and their indices.

use super::fold::Fold;
use super::number::RealNumber;
use crate::kernel::BLOCK;

/// The minimum or maximum; NaN if an element is NaN.
pub(crate) struct MinMax<const MAX: bool>;

impl<const MAX: bool> MinMax<MAX> {
    /// Whether `x` comes before `y`.
    #[inline(always)]
    fn precedes<T: RealNumber>(x: T, y: T) -> bool {
        if MAX { x > y } else { x < y }
    }
}

impl<T: RealNumber, const MAX: bool> Fold<T> for MinMax<MAX> {
    type State = T;

    #[inline(always)]
    fn start(&self, _output: usize) -> T {
        if MAX { T::MIN_VALUE } else { T::MAX_VALUE }
    }

    #[inline(always)]
    fn one(&self, state: T, x: T, _at: usize) -> T {
        // NaN is replaced only by another NaN.
        if Self::precedes(x, state) | x.is_nan() { x } else { state }
    }

    #[inline(always)]
    fn merge(&self, left: T, right: T) -> T {
        <Self as Fold<T>>::one(self, left, right, 0)
    }

    #[inline(always)]
    fn slice(&self, start: T, slice: &[T], _at: usize) -> T {
        <Self as Fold<T>>::one(self, start, Self::of_slice(slice), 0)
    }
}

impl<const MAX: bool> MinMax<MAX> {
    /// The minimum or maximum of a slice. NaN is tracked separately, so that one instruction compares and
    /// selects.
    ///
    /// Rows of lanes are read in memory order, which is faster. The last row may overlap rows that were read
    /// before.
    #[inline(always)]
    fn of_slice<T: RealNumber>(slice: &[T]) -> T {
        let best = |x, y| if Self::precedes(x, y) { x } else { y };
        // NaN marks have the width of the elements, so that no SIMD mask is narrowed.
        let mark = |x: T, mark: T| if x.is_nan() { T::MAX_VALUE } else { mark };
        let mut extreme = if MAX { T::MIN_VALUE } else { T::MAX_VALUE };
        let mut nan = T::default();
        let Some(last) = slice.last_chunk::<LANES>() else {
            for &x in slice {
                extreme = best(x, extreme);
                nan = mark(x, nan);
            }
            return Self::nan_or(slice, extreme, nan);
        };
        let (mut lanes, mut nans) = (*last, last.map(|x| mark(x, nan)));
        let (groups, rest) = slice.as_chunks::<{ LANES * UNROLL }>();
        for group in groups {
            for pair in 0..UNROLL / 2 {
                let (first, second) = (2 * pair * LANES, (2 * pair + 1) * LANES);
                for lane in 0..LANES {
                    let (x, y) = (group[first + lane], group[second + lane]);
                    lanes[lane] = best(best(x, y), lanes[lane]);
                    nans[lane] = if x.is_nan() | y.is_nan() { T::MAX_VALUE } else { nans[lane] };
                }
            }
        }
        for row in rest.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                lanes[lane] = best(row[lane], lanes[lane]);
                nans[lane] = mark(row[lane], nans[lane]);
            }
        }
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                lanes[lane] = best(lanes[lane + width], lanes[lane]);
            }
        }
        let any = nans.iter().fold(false, |any, &mark| any | (mark != nan));
        Self::nan_or(slice, lanes[0], if any { T::MAX_VALUE } else { nan })
    }

    /// The minimum or maximum, or the first NaN of the slice if one is marked.
    #[inline(always)]
    fn nan_or<T: RealNumber>(slice: &[T], extreme: T, mark: T) -> T {
        if mark == T::default() {
            extreme
        } else {
            slice.iter().copied().find(|x| x.is_nan()).unwrap_or(extreme)
        }
    }
}

/// Independent lanes: two AVX-512 registers of f64. With 32 lanes of f32 the generated code was four times
/// slower.
const LANES: usize = 16;

/// Rows that are compared in one iteration.
const UNROLL: usize = 8;

/// The index of the first minimum or maximum, or of the first NaN.
pub(super) struct ArgMinMax<const MAX: bool>;

/// An element and its index.
#[derive(Clone, Copy)]
pub(super) struct ValueAt<T> {
    value: T,
    /// [`NO_INDEX`] before the first element.
    pub(super) at: usize,
}

const NO_INDEX: usize = usize::MAX;

/// Elements of a block whose minimum or maximum is found before its index.
const SEARCH_BLOCK: usize = 4 * BLOCK;

impl<const MAX: bool> ArgMinMax<MAX> {
    /// Whether `x`, a later element, replaces the current one.
    #[inline(always)]
    fn replaces<T: RealNumber>(x: T, found: ValueAt<T>) -> bool {
        (found.at == NO_INDEX)
            | MinMax::<MAX>::precedes(x, found.value)
            | (x.is_nan() & !found.value.is_nan())
    }
}

impl<T: RealNumber, const MAX: bool> Fold<T> for ArgMinMax<MAX> {
    type State = ValueAt<T>;

    const ORDERED: bool = true;

    #[inline(always)]
    fn start(&self, _output: usize) -> ValueAt<T> {
        ValueAt { value: T::default(), at: NO_INDEX }
    }

    #[inline(always)]
    fn one(&self, state: ValueAt<T>, x: T, at: usize) -> ValueAt<T> {
        if Self::replaces(x, state) { ValueAt { value: x, at } } else { state }
    }

    #[inline(always)]
    fn merge(&self, left: ValueAt<T>, right: ValueAt<T>) -> ValueAt<T> {
        if right.at != NO_INDEX && Self::replaces(right.value, left) { right } else { left }
    }

    /// Finds the minimum or maximum of each block first, without indices, and its index once at the end.
    #[inline(always)]
    fn slice(&self, start: ValueAt<T>, slice: &[T], at: usize) -> ValueAt<T> {
        let mut found = start;
        let mut winner: &[T] = &[];
        for (i, block) in slice.chunks(SEARCH_BLOCK).enumerate() {
            let value = MinMax::<MAX>::of_slice(block);
            if Self::replaces(value, found) {
                found = ValueAt { value, at: at + i * SEARCH_BLOCK };
                winner = block;
            }
        }
        found.at += index_of(winner, found.value);
        found
    }

    /// Updates indices only if the minimum or maximum of the rows replaces the current one, which is rare.
    #[inline(always)]
    fn rows<const R: usize>(&self, states: &mut [ValueAt<T>], rows: [&[T]; R], at: usize) {
        const WIDTH: usize = 64;
        let rows = rows.map(|row| &row[..states.len()]);
        let mut best = [T::default(); WIDTH];
        for start in (0..states.len()).step_by(WIDTH) {
            let width = WIDTH.min(states.len() - start);
            let part = rows.map(|row| &row[start..start + width]);
            for (i, best) in best[..width].iter_mut().enumerate() {
                *best = part[0][i];
                for row in &part[1..] {
                    *best = MinMax::<MAX>.one(*best, row[i], 0);
                }
            }
            for (i, state) in states[start..start + width].iter_mut().enumerate() {
                if Self::replaces(best[i], *state) {
                    for (r, row) in part.iter().enumerate() {
                        *state = self.one(*state, row[i], at + r);
                    }
                }
            }
        }
    }
}

/// The index of the first element that equals a value (NaN equals NaN); 0 of an empty block.
#[inline(always)]
fn index_of<T: RealNumber>(block: &[T], value: T) -> usize {
    const LANES: usize = 64;
    let is_it = |x: &T| (*x == value) | (x.is_nan() & value.is_nan());
    let any = |row: &[T; LANES]| row.iter().fold(false, |any, x| any | is_it(x));
    let (rows, _) = block.as_chunks::<LANES>();
    let skipped = LANES * rows.iter().position(any).unwrap_or(rows.len());
    skipped + block[skipped..].iter().position(is_it).unwrap_or(0)
}

/// The maximum of a function over the elements; 0 without elements. The function is neither negative nor NaN.
pub(crate) struct MaxOf<M>(pub(crate) M);

impl<T: Copy, M: Fn(T) -> f64 + Sync> Fold<T> for MaxOf<M> {
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

/// Whether any element is true, or whether all are.
pub(super) struct AnyAll {
    /// The result without elements: true for `ALL`, false for `ANY`.
    pub(super) all: bool,
}

impl Fold<bool> for AnyAll {
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
