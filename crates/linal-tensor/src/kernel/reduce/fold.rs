//! Folds: how a reduction combines elements, independent of the order in which they are read.

use crate::kernel::threads::CostClass;

/// A fold of elements into a state, by parts whose states are merged.
///
/// Parts have a fixed size and are merged in order, so the result does not depend on the threads.
pub(crate) trait Fold<T: Copy>: Sync {
    /// The state of a fold.
    type State: Copy + Send + Sync;

    /// Whether elements are folded in logical order; otherwise they may be folded in memory order.
    const ORDERED: bool = false;

    /// The cost of an element.
    const CLASS: CostClass = CostClass::Reduction;

    /// The initial state, for the result at an index.
    fn start(&self, output: usize) -> Self::State;

    /// The state with one more element; `at` is its index in its lane.
    fn one(&self, state: Self::State, x: T, at: usize) -> Self::State;

    /// The merged state of two adjacent parts.
    fn merge(&self, left: Self::State, right: Self::State) -> Self::State;

    /// The state of a slice; `start` is the initial state, `at` the index of the first element.
    #[inline(always)]
    fn slice(&self, start: Self::State, slice: &[T], at: usize) -> Self::State {
        const LANES: usize = 16;
        let chunks = slice.chunks_exact(LANES);
        let rest = chunks.remainder();
        let mut state = start;
        if slice.len() >= LANES {
            let mut lanes = [start; LANES];
            for chunk in chunks {
                for lane in 0..LANES {
                    lanes[lane] = self.one(lanes[lane], chunk[lane], at);
                }
            }
            for lane in lanes {
                state = self.merge(state, lane);
            }
        }
        rest.iter().fold(state, |state, &x| self.one(state, x, at))
    }

    /// Folds rows into a state for each column; `at` is the index of the first row. The number of rows is a
    /// power of two.
    #[inline(always)]
    fn rows<const R: usize>(&self, states: &mut [Self::State], rows: [&[T]; R], at: usize) {
        let rows = rows.map(|row| &row[..states.len()]);
        for (i, state) in states.iter_mut().enumerate() {
            let mut folded = *state;
            for (r, row) in rows.iter().enumerate() {
                folded = self.one(folded, row[i], at + r);
            }
            *state = folded;
        }
    }
}

/// Merges states in order, pairwise, so that rounding errors grow with the logarithm of their number.
pub(super) fn merge_all<T: Copy, F: Fold<T>>(fold: &F, mut states: Vec<F::State>) -> F::State {
    while states.len() > 1 {
        states = states
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => fold.merge(*left, *right),
                _ => pair[0],
            })
            .collect();
    }
    states.first().copied().unwrap_or_else(|| fold.start(0))
}
