//! Folds along a strided axis: many adjacent lanes at once, row by row, in the order of memory or of
//! production.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::contiguous_axis::Lanes;
use super::fold::Fold;
use crate::kernel::copy::{Run, for_each_run};
use crate::kernel::threads::par_map;
use crate::kernel::{Register, TILE, read, vectorized, write_chunks_on};
use crate::uninit::{write_chunks, write_each};
use crate::{Control, Result};

/// Lanes that are folded at once. Their states fit the L2 cache; fewer lanes would read too little of a row
/// for the hardware prefetcher.
const WIDTH: usize = 2048;

/// The lanes of a thread are a multiple of this number.
const MIN_WIDTH: usize = 256;

/// Rows between two polls.
const ROWS: usize = TILE / WIDTH;

/// Rows that are folded at once, so that states are loaded and stored less often. A power of two.
pub(super) const UNROLL: usize = 8;

/// Segments of the rows that are folded separately if there are too few lanes for several threads.
const SEGMENTS: usize = 16;

/// Strided lanes: adjacent elements belong to adjacent lanes.
pub(super) trait StridedLanes<T>: Sync {
    /// Elements of a lane.
    fn rows(&self) -> usize;

    /// Folds rows of the lanes from `first` on into their states.
    ///
    /// # Errors
    /// Cancellation, and the errors of a producer.
    fn fold<F: Fold<T>>(
        &self,
        fold: &F,
        rows: Range<usize>,
        first: usize,
        states: &mut [F::State],
        control: &Control,
    ) -> Result<()>
    where
        T: Copy;
}

/// A fold of strided lanes.
pub(super) struct StridedFold<'a, L, F> {
    pub(super) fold: &'a F,
    pub(super) lanes: L,
    pub(super) control: &'a Control,
    /// The number of threads.
    pub(super) threads: usize,
}

/// Writes `finish` of the state of each lane.
pub(super) fn write<'o, T: Register, L: StridedLanes<T>, F: Fold<T>, O: Register>(
    strided: &StridedFold<'_, L, F>,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O> + Sync,
) -> Result<&'o mut [O]> {
    // The choice depends only on the shape, so the result does not depend on the threads.
    if out.len() < 4 * WIDTH && strided.lanes.rows() >= SEGMENTS * ROWS {
        return in_segments(strided, out, finish);
    }
    let tile = (TILE / strided.lanes.rows()).next_multiple_of(WIDTH).max(WIDTH);
    // Lanes are folded independently, so the chunks may depend on the threads.
    let share = out.len().div_ceil(strided.threads).next_multiple_of(MIN_WIDTH);
    write_chunks_on(strided.threads, out, tile.min(share), |start, part| {
        write_chunks(part, WIDTH, |at, block| {
            let outputs = start + at..start + at + block.len();
            let mut states = [strided.fold.start(outputs.start); WIDTH];
            let states = &mut states[..block.len()];
            strided.states(0..strided.lanes.rows(), outputs.start, states)?;
            finish_all(block, |i| finish(states[i]))
        })
    })
}

/// Folds a fixed number of segments of the rows, and merges their states in order.
fn in_segments<'o, T: Register, L: StridedLanes<T>, F: Fold<T>, O: Register>(
    strided: &StridedFold<'_, L, F>,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O>,
) -> Result<&'o mut [O]> {
    let bytes = SEGMENTS * out.len() * size_of::<F::State>();
    let _held = strided.control.pool().reserve("reduction", bytes)?;
    let rows = strided.lanes.rows().div_ceil(SEGMENTS);
    let outputs = out.len();
    let one = |segment: usize| -> Result<Vec<F::State>> {
        let mut states: Vec<F::State> = (0..outputs).map(|output| strided.fold.start(output)).collect();
        let end = ((segment + 1) * rows).min(strided.lanes.rows());
        for (i, block) in states.chunks_mut(WIDTH).enumerate() {
            let start = i * WIDTH;
            strided.states((segment * rows).min(end)..end, start, block)?;
        }
        Ok(states)
    };
    let segments = par_map(strided.threads, SEGMENTS, one)?;
    let states = merge_segments(strided.fold, segments);
    finish_all(out, |i| finish(states[i]))
}

/// Merges segments in order, pairwise, as [`super::fold::merge_all`] merges the states of one result.
fn merge_segments<T: Copy, F: Fold<T>>(fold: &F, mut segments: Vec<Vec<F::State>>) -> Vec<F::State> {
    while segments.len() > 1 {
        let mut rest = segments.into_iter();
        segments = Vec::new();
        while let Some(mut left) = rest.next() {
            for (left, right) in left.iter_mut().zip(rest.next().unwrap_or_default()) {
                *left = fold.merge(*left, right);
            }
            segments.push(left);
        }
    }
    segments.pop().unwrap_or_default()
}

pub(super) fn finish_all<O: Register>(
    block: &mut [MaybeUninit<O>],
    finish: impl Fn(usize) -> Result<O>,
) -> Result<&mut [O]> {
    let mut failure = None;
    let written = write_each(block, |i| {
        finish(i).unwrap_or_else(|error| {
            failure = Some(error);
            O::default()
        })
    });
    failure.map_or(Ok(written), Err)
}

impl<L, F> StridedFold<'_, L, F> {
    /// Folds rows of the lanes from `first` on. There is a state for each lane, at most [`WIDTH`].
    fn states<T: Copy>(&self, rows: Range<usize>, first: usize, states: &mut [F::State]) -> Result<()>
    where
        L: StridedLanes<T>,
        F: Fold<T>,
    {
        for (i, state) in states.iter_mut().enumerate() {
            *state = self.fold.start(first + i);
        }
        self.lanes.fold(self.fold, rows, first, states, self.control)
    }
}

impl<T: Register> StridedLanes<T> for Lanes<'_, T> {
    fn rows(&self) -> usize {
        self.len
    }

    fn fold<F: Fold<T>>(
        &self,
        fold: &F,
        rows: Range<usize>,
        first: usize,
        states: &mut [F::State],
        control: &Control,
    ) -> Result<()> {
        let mut done = 0;
        let mut result = Ok(());
        for_each_run(&self.starts, first, states.len(), |run| {
            let states = &mut states[done..done + run.len];
            done += run.len;
            if result.is_ok() {
                result = self.fold_run(fold, rows.clone(), run, states, control);
            }
        });
        result
    }
}

impl<T: Register> Lanes<'_, T> {
    /// Folds rows of lanes whose first elements are a run.
    fn fold_run<F: Fold<T>>(
        &self,
        fold: &F,
        rows: Range<usize>,
        starts: Run,
        states: &mut [F::State],
        control: &Control,
    ) -> Result<()> {
        let gathered = if starts.step == 1 { 0 } else { starts.len };
        let mut buffers: [Vec<T>; UNROLL] = std::array::from_fn(|_| vec![T::default(); gathered]);
        for first in rows.clone().step_by(ROWS) {
            control.poll()?;
            let end = (first + ROWS).min(rows.end);
            let together = end - (end - first) % UNROLL;
            vectorized(
                #[inline(always)]
                || {
                    for at in (first..together).step_by(UNROLL) {
                        self.fold_rows(fold, states, starts, at, &mut buffers);
                    }
                    for at in together..end {
                        self.fold_rows(fold, states, starts, at, std::array::from_mut(&mut buffers[0]));
                    }
                },
            );
        }
        Ok(())
    }

    /// Folds the rows `at .. at + R`, borrowed if contiguous, else gathered.
    #[inline(always)]
    fn fold_rows<F: Fold<T>, const R: usize>(
        &self,
        fold: &F,
        states: &mut [F::State],
        starts: Run,
        at: usize,
        buffers: &mut [Vec<T>; R],
    ) {
        let mut rows: [&[T]; R] = [&[]; R];
        for ((r, row), buffer) in rows.iter_mut().enumerate().zip(buffers) {
            let start = starts.start.wrapping_add_signed(self.step * (at + r) as isize);
            *row = read::run(self.data, Run { start, ..starts }, buffer);
        }
        fold.rows(states, rows, at);
    }
}
