//! Concatenation along an axis.

use std::mem::MaybeUninit;

use crate::kernel::threads::CostClass;
use crate::kernel::{BLOCK, Output, Register, Value, copy, par_write};
use crate::uninit::{as_uninit, write_chunks, write_each};
use crate::{DType, Result, Shape, View};

/// Writes the concatenated inputs.
///
/// # Errors
/// The memory limit; cancellation.
pub fn run<'c>(
    axis: usize,
    inputs: &[View<'_>],
    shape: &Shape,
    dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    crate::dispatch!(dtype, T => concat::<T>(axis, inputs, shape, output))
}

/// The part of a slab of the result that one input fills.
struct Piece<'v, 'a, T> {
    view: &'v View<'a>,
    /// The whole input, if it is contiguous.
    slice: Option<&'a [T]>,
    /// Elements of the input in each slab.
    len: usize,
    /// Their start in the slab.
    start: usize,
}

/// The result consists of slabs, one for each index of the axes before `axis`, and each slab of pieces.
struct Pieces<'v, 'a, T> {
    pieces: Vec<Piece<'v, 'a, T>>,
    /// Elements of a slab.
    slab: usize,
}

fn concat<'c, T: Register>(
    axis: usize,
    inputs: &[View<'_>],
    shape: &Shape,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let inner: usize = shape.dims()[axis + 1..].iter().product();
    let mut slab = 0;
    let mut pieces = Vec::with_capacity(inputs.len());
    for view in inputs {
        let len = view.shape()[axis] * inner;
        if len > 0 {
            pieces.push(Piece { view, slice: view.contiguous::<T>(), len, start: slab });
            slab += len;
        }
    }
    let pieces = Pieces { pieces, slab };
    let control = output.context.control();
    output.produce(shape, |out| {
        par_write(output.context, CostClass::Copy.cost_of(T::DTYPE), out, |start, tile| {
            control.poll()?;
            write_chunks(tile, BLOCK, |at, block| Ok(pieces.write(start + at, block)))
        })
    })
}

impl<'v, 'a, T: Register> Pieces<'v, 'a, T> {
    /// The piece of an element of the result, the index of the element in the input, and the elements left in
    /// the piece.
    fn find(&self, at: usize) -> (&Piece<'v, 'a, T>, usize, usize) {
        let (row, column) = (at / self.slab, at % self.slab);
        // The pieces cover the slab in order, so it is the last one that does not start after the element.
        let piece = &self.pieces[self.pieces.partition_point(|piece| piece.start <= column) - 1];
        let from = column - piece.start;
        (piece, row * piece.len + from, piece.len - from)
    }

    /// Writes the elements `start ..` of the result.
    fn write<'o>(&self, start: usize, block: &'o mut [MaybeUninit<T>]) -> &'o mut [T] {
        let (piece, from, remaining) = self.find(start);
        if block.len() <= remaining {
            return copy::gather(piece.view, from, block);
        }
        self.write_across(start, block)
    }

    /// Writes a block that spans pieces, element by element.
    fn write_across<'o>(&self, start: usize, block: &'o mut [MaybeUninit<T>]) -> &'o mut [T] {
        let mut buffer = [T::default(); BLOCK];
        let (mut piece, mut from, mut remaining) = (&self.pieces[0], 0, 0);
        write_each(block, |i| {
            if remaining == 0 {
                (piece, from, remaining) = self.find(start + i);
                if piece.slice.is_none() {
                    remaining = remaining.min(BLOCK);
                    copy::gather(piece.view, from, as_uninit(&mut buffer[..remaining]));
                    from = 0;
                }
            }
            let value = piece.slice.unwrap_or(&buffer)[from];
            from += 1;
            remaining -= 1;
            value
        })
    }
}
