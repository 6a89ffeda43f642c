//! Folds of all elements of a view, or of one long lane.

use super::fold::{Fold, merge_all};
use crate::kernel::copy::{Cursor, Run};
use crate::kernel::threads::{gather_cost, par_map, threads_for};
use crate::kernel::{BLOCK, Register, TILE, read, vectorized};
use crate::{Control, ExecutionContext, Result, View};

/// Folds all elements of a view.
pub(crate) fn fold_all<T: Register, F: Fold<T>>(
    fold: &F,
    view: &View<'_>,
    context: &ExecutionContext,
) -> Result<F::State> {
    let view = if F::ORDERED { view.clone() } else { view.with_layout(read::memory_order(&view.layout)) };
    let threads = threads_for(context, view.len(), gather_cost(&view) + F::CLASS.cost_of(T::DTYPE));
    fold_tiles(fold, 0, view.len(), threads, context.control(), |start, len| {
        Ok(fold_tile(fold, &view, start, len))
    })
}

/// Folds `len` elements tile by tile, and merges the states in order.
pub(super) fn fold_tiles<T: Copy, F: Fold<T>>(
    fold: &F,
    output: usize,
    len: usize,
    threads: usize,
    control: &Control,
    tile: impl Fn(usize, usize) -> Result<F::State> + Sync,
) -> Result<F::State> {
    if len <= TILE {
        control.poll()?;
        return if len == 0 { Ok(fold.start(output)) } else { tile(0, len) };
    }
    let one = |i: usize| {
        control.poll()?;
        let start = i * TILE;
        tile(start, TILE.min(len - start))
    };
    let count = len.div_ceil(TILE);
    Ok(merge_all(fold, par_map(threads, count, one)?))
}

/// Folds the elements `start .. start + len` of a view, in logical order.
fn fold_tile<T: Register, F: Fold<T>>(fold: &F, view: &View<'_>, start: usize, len: usize) -> F::State {
    if let Some(slice) = view.contiguous::<T>() {
        return vectorized(
            #[inline(always)]
            || fold.slice(fold.start(0), &slice[start..start + len], start),
        );
    }
    let mut buffer = [T::default(); BLOCK];
    let mut state = fold.start(0);
    let mut cursor = Cursor::new(view, start);
    for at in (start..start + len).step_by(BLOCK) {
        let block = &mut buffer[..BLOCK.min(start + len - at)];
        cursor.write(block);
        state = vectorized(
            #[inline(always)]
            || fold.slice(state, block, at),
        );
    }
    state
}

/// Folds a run; `at` is the index of its first element in its lane. Strided elements are gathered into the
/// buffer.
#[inline(always)]
pub(super) fn fold_run<T: Register, F: Fold<T>>(
    fold: &F,
    start: F::State,
    data: &[T],
    run: Run,
    at: usize,
    buffer: &mut [T; BLOCK],
) -> F::State {
    if run.len == 0 {
        return start;
    }
    if run.step == 1 {
        return fold.slice(start, &data[run.start..run.start + run.len], at);
    }
    let mut state = start;
    for from in (0..run.len).step_by(BLOCK) {
        let part = Run {
            start: run.start.wrapping_add_signed(run.step * from as isize),
            len: BLOCK.min(run.len - from),
            ..run
        };
        state = fold.slice(state, read::run(data, part, buffer), at + from);
    }
    state
}
