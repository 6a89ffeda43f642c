//! Folding along an axis, many lanes side by side: rows are read as they lie in memory.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::fold::Fold;
use super::lanes::Lanes;
use crate::kernel::copy::{Run, for_each_run};
use crate::kernel::threads::each;
use crate::kernel::{Register, TILE, in_parts, read, vectorized};
use crate::raw::{write_each, write_parts};
use crate::{Control, Result};

/// Lanes that are folded at once. Their states stay in the second-level cache; fewer lanes would read too little of a
/// row for the processor to fetch ahead.
const WIDTH: usize = 2048;

/// Lanes that a thread gets at least, and a multiple of which it gets.
const NARROW: usize = 256;

/// Rows between two looks at the cancellation flag.
const ROWS: usize = TILE / WIDTH;

/// Rows that are folded at once, so that a state is loaded and stored less often. A power of two.
const TOGETHER: usize = 8;

/// Parts of the rows that are folded on their own when there are too few columns to share out.
const SEGMENTS: usize = 16;

/// A fold of lanes that stand side by side.
pub(super) struct Columns<'a, T, F> {
    pub(super) fold: &'a F,
    pub(super) lanes: Lanes<'a, T>,
    pub(super) control: &'a Control,
    /// Threads that they are spread over.
    pub(super) threads: usize,
}

/// Writes what `finish` makes of each lane's state.
pub(super) fn write<'o, T: Register, F: Fold<T>, O: Register>(
    columns: &Columns<'_, T, F>,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O> + Sync,
) -> Result<&'o mut [O]> {
    // The choice depends on the shape alone, so that the result does not depend on the number of threads.
    if out.len() < 4 * WIDTH && columns.lanes.len >= SEGMENTS * ROWS {
        return in_segments(columns, out, finish);
    }
    let tile = (TILE / columns.lanes.len).next_multiple_of(WIDTH).max(WIDTH);
    // Lanes are folded apart, so that their parts may depend on the threads.
    let share = out.len().div_ceil(columns.threads).next_multiple_of(NARROW);
    in_parts(columns.threads, out, tile.min(share), |start, part| {
        write_parts(part, WIDTH, |at, block| {
            let outputs = start + at..start + at + block.len();
            let mut states = [columns.fold.start(outputs.start); WIDTH];
            let states = &mut states[..block.len()];
            columns.states(0..columns.lanes.len, outputs, states)?;
            finish_all(block, |i| finish(states[i]))
        })
    })
}

/// Folds a fixed number of segments of the rows, and merges them in order.
fn in_segments<'o, T: Register, F: Fold<T>, O: Register>(
    columns: &Columns<'_, T, F>,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O>,
) -> Result<&'o mut [O]> {
    let bytes = SEGMENTS * out.len() * size_of::<F::State>();
    let _held = columns.control.pool().reserve("reduction", bytes)?;
    let rows = columns.lanes.len.div_ceil(SEGMENTS);
    let outputs = out.len();
    let one = |segment: usize| -> Result<Vec<F::State>> {
        let mut states: Vec<F::State> = (0..outputs).map(|output| columns.fold.start(output)).collect();
        let end = ((segment + 1) * rows).min(columns.lanes.len);
        for (i, block) in states.chunks_mut(WIDTH).enumerate() {
            let start = i * WIDTH;
            columns.states((segment * rows).min(end)..end, start..start + block.len(), block)?;
        }
        Ok(states)
    };
    let segments = each(columns.threads, SEGMENTS, one)?;
    let states = merged(columns.fold, segments);
    finish_all(out, |i| finish(states[i]))
}

/// Merges segments in order, neighbours first, as [`super::fold::merge_all`] does with the states of one result.
fn merged<T: Copy, F: Fold<T>>(fold: &F, mut segments: Vec<Vec<F::State>>) -> Vec<F::State> {
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

fn finish_all<O: Register>(
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

impl<T: Register, F: Fold<T>> Columns<'_, T, F> {
    /// Folds some rows of some lanes; there are as many states as lanes, at most [`WIDTH`].
    fn states(&self, rows: Range<usize>, outputs: Range<usize>, states: &mut [F::State]) -> Result<()> {
        for (state, output) in states.iter_mut().zip(outputs.clone()) {
            *state = self.fold.start(output);
        }
        let mut done = 0;
        let mut result = Ok(());
        for_each_run(&self.lanes.starts, outputs.start, outputs.len(), |run| {
            let states = &mut states[done..done + run.len];
            done += run.len;
            if result.is_ok() {
                result = self.run_of_lanes(rows.clone(), run, states);
            }
        });
        result
    }

    /// Folds some rows of lanes that begin at a run of places.
    fn run_of_lanes(&self, rows: Range<usize>, starts: Run, states: &mut [F::State]) -> Result<()> {
        let gathered = if starts.step == 1 { 0 } else { starts.len };
        let mut buffers: [Vec<T>; TOGETHER] = std::array::from_fn(|_| vec![T::default(); gathered]);
        for first in rows.clone().step_by(ROWS) {
            self.control.poll()?;
            let end = (first + ROWS).min(rows.end);
            let together = end - (end - first) % TOGETHER;
            vectorized(
                #[inline(always)]
                || {
                    for at in (first..together).step_by(TOGETHER) {
                        self.fold_rows(states, starts, at, &mut buffers);
                    }
                    for at in together..end {
                        self.fold_rows(states, starts, at, std::array::from_mut(&mut buffers[0]));
                    }
                },
            );
        }
        Ok(())
    }

    /// Folds the rows `at .. at + R`, read as slices, or gathered where neighbours lie apart.
    #[inline(always)]
    fn fold_rows<const R: usize>(
        &self,
        states: &mut [F::State],
        starts: Run,
        at: usize,
        buffers: &mut [Vec<T>; R],
    ) {
        let mut rows: [&[T]; R] = [&[]; R];
        for ((r, row), buffer) in rows.iter_mut().enumerate().zip(buffers) {
            let start = starts.start.wrapping_add_signed(self.lanes.step * (at + r) as isize);
            *row = read::run(self.lanes.data, Run { start, ..starts }, buffer);
        }
        self.fold.rows(states, rows, at);
    }
}
