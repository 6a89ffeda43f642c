//! Folds along an axis, lane by lane.

use std::mem::MaybeUninit;

use super::fold::Fold;
use super::full;
use super::strided_axis::{self, StridedFold};
use crate::kernel::copy::{Run, Runs};
use crate::kernel::threads::{chunk_len, threads_for};
use crate::kernel::{BLOCK, Register, TILE, vectorized, write_chunks_on};
use crate::uninit::{write_chunks, write_each};
use crate::{ExecutionContext, Layout, Result, View};

/// The elements of a view, as lanes along one axis.
pub(super) struct Lanes<'a, T> {
    pub(super) data: &'a [T],
    /// Elements of a lane.
    pub(super) len: usize,
    /// Distance of adjacent elements in a lane.
    pub(super) step: isize,
    /// The layout of the first elements of the lanes.
    pub(super) starts: Layout,
}

impl<'a, T: Register> Lanes<'a, T> {
    fn new(view: &View<'a>, axis: usize) -> Lanes<'a, T> {
        Lanes {
            data: view.buffer(),
            len: view.shape()[axis],
            step: view.layout.strides[axis],
            starts: view.layout.select(axis, 0),
        }
    }

    /// Whether adjacent lanes are closer than adjacent elements of a lane, for enough lanes.
    fn is_strided(&self) -> bool {
        const ENOUGH: usize = 3;
        if self.len < 2 || self.starts.is_empty() {
            return false;
        }
        let first = Runs::new(&self.starts, 0).next_run(usize::MAX);
        first.len >= ENOUGH && first.step.unsigned_abs() < self.step.unsigned_abs()
    }
}

/// Whether the lanes of a view along an axis are folded as strided lanes.
pub(super) fn is_strided<T: Register>(view: &View<'_>, axis: usize) -> bool {
    Lanes::<T>::new(view, axis).is_strided()
}

/// Folds each lane of a view along an axis, and writes `finish` of the states.
pub(super) fn fold_axis<'o, T: Register, F: Fold<T>, O: Register>(
    fold: &F,
    view: &View<'_>,
    axis: usize,
    context: &ExecutionContext,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O> + Sync,
) -> Result<&'o mut [O]> {
    let lanes = Lanes::<T>::new(view, axis);
    let threads = threads_for(context, view.len(), F::CLASS.cost_of(T::DTYPE));
    let control = context.control();
    if lanes.is_strided() {
        let strided = StridedFold { fold, lanes, control, threads };
        return strided_axis::write(&strided, out, finish);
    }
    if lanes.len > TILE {
        return fold_long_lanes(fold, &lanes, threads, control, out, finish);
    }
    let elements = if threads > 1 { chunk_len(context, view.len()) } else { TILE };
    let size = (elements / lanes.len.max(1)).clamp(1, TILE);
    write_chunks_on(threads, out, size, |start, part| {
        control.poll()?;
        fold_short_lanes(fold, &lanes, start, part, &finish)
    })
}

/// Folds long lanes, each by tiles.
fn fold_long_lanes<'o, T: Register, F: Fold<T>, O: Register>(
    fold: &F,
    lanes: &Lanes<'_, T>,
    threads: usize,
    control: &crate::Control,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O>,
) -> Result<&'o mut [O]> {
    write_chunks(out, 1, |output, slot| {
        let first = Runs::new(&lanes.starts, output).next_run(1).start;
        let state = full::fold_tiles(fold, output, lanes.len, threads, control, |start, len| {
            let run =
                Run { start: first.wrapping_add_signed(lanes.step * start as isize), step: lanes.step, len };
            let mut buffer = [T::default(); BLOCK];
            Ok(vectorized(
                #[inline(always)]
                || full::fold_run(fold, fold.start(output), lanes.data, run, start, &mut buffer),
            ))
        })?;
        let value = finish(state)?;
        Ok(write_each(slot, |_| value))
    })
}

/// Folds short lanes, each at once.
fn fold_short_lanes<'o, T: Register, F: Fold<T>, O: Register>(
    fold: &F,
    lanes: &Lanes<'_, T>,
    start: usize,
    part: &'o mut [MaybeUninit<O>],
    finish: &impl Fn(F::State) -> Result<O>,
) -> Result<&'o mut [O]> {
    let mut runs = Runs::new(&lanes.starts, start);
    let mut starts = Run { start: 0, step: 0, len: 0 };
    let mut failure = None;
    let mut buffer = [T::default(); BLOCK];
    let written = vectorized(
        #[inline(always)]
        || {
            write_each(
                part,
                #[inline(always)]
                |i| {
                    if starts.len == 0 {
                        starts = runs.next_run(usize::MAX);
                    }
                    let run = Run { start: starts.start, step: lanes.step, len: lanes.len };
                    starts.start = starts.start.wrapping_add_signed(starts.step);
                    starts.len -= 1;
                    let state = full::fold_run(fold, fold.start(start + i), lanes.data, run, 0, &mut buffer);
                    finish(state).unwrap_or_else(|error| {
                        failure = Some(error);
                        O::default()
                    })
                },
            )
        },
    );
    failure.map_or(Ok(written), Err)
}
