//! Folds of elements that are produced block by block, without writing a tensor of them.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::fold::Fold;
use super::full::fold_tiles;
use super::strided_axis::{self, StridedFold, StridedLanes, UNROLL};
use crate::kernel::threads::{chunk_len, threads_for};
use crate::kernel::{BLOCK, BlockMut, Register, TILE, vectorized, write_chunks_on};
use crate::uninit::{as_uninit, write_chunks, write_each};
use crate::{Control, ExecutionContext, Result, Shape};

/// A producer of elements, block by block.
pub trait BlockProducer: Sync {
    /// Called before elements of `start .. start + len`, at most [`TILE`] of them, are produced on the same
    /// thread.
    fn prepare(&self, start: usize, len: usize);

    /// Writes the elements from `start` on in logical order; at most [`PRODUCER_BLOCK`] of them.
    ///
    /// # Errors
    /// Errors of operations; cancellation.
    fn write(&self, start: usize, out: BlockMut<'_>) -> Result<()>;

    /// Picoseconds per element.
    fn cost(&self) -> usize;
}

/// The most elements of a produced block. A block of an input is read before the next input is, and memory
/// delivers longer blocks faster: sums of 4000 by 4000 products along the last axis took 5.2 ms, and 6.0 ms
/// in blocks of 1,024.
pub const PRODUCER_BLOCK: usize = 4 * BLOCK;

/// Folds `len` produced elements, in the order and by the tiles of [`super::fold_all`].
pub(super) fn fold_all<T: Register, F: Fold<T>>(
    fold: &F,
    elements: &dyn BlockProducer,
    len: usize,
    context: &ExecutionContext,
) -> Result<F::State> {
    let threads = threads_for(context, len, elements.cost() + F::CLASS.cost_of(T::DTYPE));
    fold_lane(fold, elements, (0, 0), len, threads, context.control())
}

/// Folds the `len` elements from index `first` on into the result at index `output`.
pub(super) fn fold_lane<T: Register, F: Fold<T>>(
    fold: &F,
    elements: &dyn BlockProducer,
    (first, output): (usize, usize),
    len: usize,
    threads: usize,
    control: &Control,
) -> Result<F::State> {
    fold_tiles(fold, output, len, threads, control, |start, len| {
        let mut buffer = [T::default(); PRODUCER_BLOCK];
        let mut state = fold.start(output);
        elements.prepare(first + start, len);
        for at in (start..start + len).step_by(PRODUCER_BLOCK) {
            let block = &mut buffer[..PRODUCER_BLOCK.min(start + len - at)];
            elements.write(first + at, T::block(as_uninit(block)))?;
            state = vectorized(
                #[inline(always)]
                || fold.slice(state, block, at),
            );
        }
        Ok(state)
    })
}

/// The logical indices of the elements of lanes along an axis.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    /// Elements of a lane.
    len: usize,
    /// The distance of adjacent elements in a lane.
    step: usize,
}

impl Axis {
    pub(super) fn new(shape: &Shape, axis: usize) -> Axis {
        Axis { len: shape[axis], step: shape.dims()[axis + 1..].iter().product() }
    }

    /// Whether the elements of a lane are not adjacent.
    pub(super) fn is_strided(self) -> bool {
        self.step > 1
    }
}

/// Folds one lane along an axis that is not strided.
pub(super) fn fold_single_lane<T: Register, F: Fold<T>>(
    fold: &F,
    elements: &dyn BlockProducer,
    axis: Axis,
    output: usize,
    control: &Control,
) -> Result<F::State> {
    debug_assert!(!axis.is_strided(), "strided lanes are not produced one by one");
    fold_lane(fold, elements, (output * axis.len, output), axis.len, 1, control)
}

/// Folds each lane of produced elements, and writes `finish` of the states.
pub(super) fn fold_axis<'o, T: Register, F: Fold<T>, O: Register>(
    fold: &F,
    elements: &dyn BlockProducer,
    axis: Axis,
    context: &ExecutionContext,
    out: &'o mut [MaybeUninit<O>],
    finish: impl Fn(F::State) -> Result<O> + Sync,
) -> Result<&'o mut [O]> {
    let all = out.len() * axis.len;
    let threads = threads_for(context, all, elements.cost() + F::CLASS.cost_of(T::DTYPE));
    let control = context.control();
    if axis.is_strided() && axis.len > 0 {
        let columns = StridedFold { fold, lanes: Rows { elements, axis }, control, threads };
        return strided_axis::write::<T, _, _, _>(&columns, out, finish);
    }
    if axis.len > PRODUCER_BLOCK {
        // Long lanes are distributed to threads by tiles, shorter ones by lanes.
        let (within, outside) = if axis.len > TILE { (threads, 1) } else { (1, threads) };
        return write_chunks_on(outside, out, (TILE / axis.len).max(1), |start, part| {
            write_chunks(part, 1, |at, slot| {
                let output = start + at;
                let state =
                    fold_lane(fold, elements, (output * axis.len, output), axis.len, within, control)?;
                let value = finish(state)?;
                Ok(write_each(slot, |_| value))
            })
        });
    }
    let share = if threads > 1 { chunk_len(context, all) } else { TILE };
    write_chunks_on(threads, out, (share / axis.len.max(1)).max(1), |start, part| {
        fold_short_lanes(fold, elements, axis.len, start, part, &finish)
    })
}

/// Folds lanes of at most a block each; a block of several lanes is produced at once.
fn fold_short_lanes<'o, T: Register, F: Fold<T>, O: Register>(
    fold: &F,
    elements: &dyn BlockProducer,
    len: usize,
    start: usize,
    part: &'o mut [MaybeUninit<O>],
    finish: &impl Fn(F::State) -> Result<O>,
) -> Result<&'o mut [O]> {
    let mut buffer = [T::default(); PRODUCER_BLOCK];
    elements.prepare(start * len, part.len() * len);
    write_chunks(part, (PRODUCER_BLOCK / len.max(1)).max(1), |at, results| {
        let first = start + at;
        let block = &mut buffer[..results.len() * len];
        if len > 0 {
            elements.write(first * len, T::block(as_uninit(block)))?;
        }
        strided_axis::finish_all(results, |i| {
            finish(vectorized(
                #[inline(always)]
                || fold.slice(fold.start(first + i), &block[i * len..(i + 1) * len], 0),
            ))
        })
    })
}

/// Strided lanes that are produced: a block has rows, or parts of rows.
struct Rows<'e> {
    elements: &'e dyn BlockProducer,
    axis: Axis,
}

impl<T: Register> StridedLanes<T> for Rows<'_> {
    fn rows(&self) -> usize {
        self.axis.len
    }

    fn fold<F: Fold<T>>(
        &self,
        fold: &F,
        rows: Range<usize>,
        first: usize,
        states: &mut [F::State],
        _: &Control,
    ) -> Result<()> {
        let mut buffer = [T::default(); UNROLL * BLOCK];
        let mut done = 0;
        while done < states.len() {
            let (outer, column) = ((first + done) / self.axis.step, (first + done) % self.axis.step);
            let remaining = (self.axis.step - column).min(states.len() - done);
            // Pieces of about equal width: producing a single element takes as long as producing many.
            let width = remaining.div_ceil(remaining.div_ceil(BLOCK));
            let piece = Piece { start: outer * self.axis.len * self.axis.step + column, width };
            self.fold_piece(fold, rows.clone(), piece, &mut states[done..done + width], &mut buffer)?;
            done += width;
        }
        Ok(())
    }
}

/// Adjacent lanes that are produced at once.
#[derive(Clone, Copy)]
struct Piece {
    /// The index of the first element of the first lane.
    start: usize,
    width: usize,
}

impl Rows<'_> {
    fn fold_piece<T: Register, F: Fold<T>>(
        &self,
        fold: &F,
        rows: Range<usize>,
        piece: Piece,
        states: &mut [F::State],
        buffer: &mut [T],
    ) -> Result<()> {
        // Rows are grouped as for a tensor, so sums are bit-identical.
        let most = buffer.len() / piece.width / UNROLL * UNROLL;
        for at in rows.clone().step_by(most) {
            let count = most.min(rows.end - at);
            let produced = &mut buffer[..count * piece.width];
            self.produce(at, piece, produced)?;
            vectorized(
                #[inline(always)]
                || fold_rows(fold, produced, piece.width, at, states),
            );
        }
        Ok(())
    }

    /// Produces the rows of a piece, one after the other.
    fn produce<T: Register>(&self, row: usize, piece: Piece, out: &mut [T]) -> Result<()> {
        let start = piece.start + row * self.axis.step;
        self.elements.prepare(start, PRODUCER_BLOCK);
        // Whole rows are contiguous, so several of them may be produced at once.
        let full_rows = piece.width == self.axis.step;
        let (size, distance) =
            if full_rows { (PRODUCER_BLOCK, PRODUCER_BLOCK) } else { (piece.width, self.axis.step) };
        for (i, part) in out.chunks_mut(size).enumerate() {
            self.elements.write(start + i * distance, T::block(as_uninit(part)))?;
        }
        Ok(())
    }
}

/// Folds contiguous rows of `width` elements.
#[inline(always)]
fn fold_rows<T: Copy, F: Fold<T>>(
    fold: &F,
    produced: &[T],
    width: usize,
    at: usize,
    states: &mut [F::State],
) {
    let groups = produced.chunks_exact(UNROLL * width);
    let rest = groups.remainder();
    let grouped = (produced.len() - rest.len()) / width;
    for (i, group) in groups.enumerate() {
        let rows: [&[T]; UNROLL] = std::array::from_fn(|r| &group[r * width..(r + 1) * width]);
        fold.rows(states, rows, at + i * UNROLL);
    }
    for (i, row) in rest.chunks_exact(width).enumerate() {
        fold.rows(states, [row], at + grouped + i);
    }
}
