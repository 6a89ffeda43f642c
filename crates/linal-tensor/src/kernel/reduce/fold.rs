//! What a reduction does with one element, apart from how it walks over them.

use crate::kernel::threads::CostClass;

/// A fold of many elements into a state, in parts that are merged.
///
/// Walks fold parts of a fixed size and merge them in order, so a result does not depend on the number of threads.
pub(crate) trait Fold<T: Copy>: Sync {
    /// What is known after some elements.
    type State: Copy + Send + Sync;

    /// Whether elements must come in logical order; if not, they come as they lie in memory.
    const ORDERED: bool = false;

    /// How long an element takes.
    const CLASS: CostClass = CostClass::Reduction;

    /// The state of nothing, for the result at a place.
    fn start(&self, output: usize) -> Self::State;

    /// The state with one element more; `at` is its place in its lane.
    fn one(&self, state: Self::State, x: T, at: usize) -> Self::State;

    /// The state of two parts, the left one first.
    fn merge(&self, left: Self::State, right: Self::State) -> Self::State;

    /// The state of a slice; `start` is the state of nothing, `at` the place of the first element.
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

    /// Takes some more elements into each of many states that stand side by side; `at` is the place of the first row.
    /// The number of rows is a power of two.
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

/// Merges states in order, neighbours first, so that rounding errors grow with the logarithm of their number.
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
