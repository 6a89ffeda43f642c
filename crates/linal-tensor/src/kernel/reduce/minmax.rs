//! Least and greatest elements, and where they are.

use super::fold::Fold;
use super::number::RealNumber;
use crate::kernel::BLOCK;

/// The least element, or the greatest; NaN when there is one.
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
        // Nothing wins against NaN, once it is there, but another NaN.
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
    /// The extreme of a slice. NaN is noted on its own, so that one instruction compares and chooses.
    ///
    /// Row after row of lanes, since memory is read faster in its order; the last row may have been read before.
    #[inline(always)]
    fn of_slice<T: RealNumber>(slice: &[T]) -> T {
        let best = |x, y| if Self::precedes(x, y) { x } else { y };
        // Marks as wide as the elements, so that a mask need not be narrowed for each vector.
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

    /// The extreme, or the first NaN of the slice where one is marked.
    #[inline(always)]
    fn nan_or<T: RealNumber>(slice: &[T], extreme: T, mark: T) -> T {
        match mark == T::default() {
            true => extreme,
            false => slice.iter().copied().find(|x| x.is_nan()).unwrap_or(extreme),
        }
    }
}

/// Elements that are compared side by side: two vector registers of doubles. With 32 singles the compiler's code was four times slower.
const LANES: usize = 16;

/// Rows of elements that are compared before the next ones are read.
const UNROLL: usize = 8;

/// The place of the first least element, or of the greatest; of the first NaN when there is one.
pub(super) struct ArgMinMax<const MAX: bool>;

/// An element and its place.
#[derive(Clone, Copy)]
pub(super) struct ValueAt<T> {
    value: T,
    /// [`NO_INDEX`] before the first element.
    pub(super) at: usize,
}

const NO_INDEX: usize = usize::MAX;

/// Elements whose extreme is found before their places are looked at.
const SEARCH_BLOCK: usize = 4 * BLOCK;

impl<const MAX: bool> ArgMinMax<MAX> {
    /// Whether `x`, which comes later, takes the place of what was found.
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

    /// Looks for the extreme of each block first, which has no places to keep, and for its place once at the end.
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

    /// Looks at the places only where the extreme of the rows changes anything, which becomes rare.
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

/// The place of the first element that equals a value, or is NaN as the value is; 0 of an empty block.
#[inline(always)]
fn index_of<T: RealNumber>(block: &[T], value: T) -> usize {
    const LANES: usize = 64;
    let is_it = |x: &T| (*x == value) | (x.is_nan() & value.is_nan());
    let any = |row: &[T; LANES]| row.iter().fold(false, |any, x| any | is_it(x));
    let (rows, _) = block.as_chunks::<LANES>();
    let skipped = LANES * rows.iter().position(any).unwrap_or(rows.len());
    skipped + block[skipped..].iter().position(is_it).unwrap_or(0)
}

/// The largest of the numbers that a function makes of the elements; 0 of nothing. Numbers are not negative, not NaN.
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

/// Whether any element is true, or all are.
pub(super) struct AnyAll {
    /// The answer for no elements: true asks for all.
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
