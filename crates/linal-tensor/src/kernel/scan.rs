//! Cumulative sums and differences of adjacent elements.

use num_complex::{Complex32, Complex64};

use crate::kernel::elementwise::{BinaryOp, binary};
use crate::kernel::reduce::Compensated;
use crate::kernel::threads::{CostClass, min_grain, threads_for};
use crate::kernel::{Arg, BLOCK, Output, Register, TILE, Value, copy, par_write, par_write_tiles, read};
use crate::uninit::write_chunks;
use crate::{Control, DType, Error, Result, Shape, Take, View};

/// Writes cumulative sums along an axis, or of all elements in logical order.
///
/// # Errors
/// Overflow of an integer sum; the memory limit; cancellation.
pub fn cumsum<'c>(
    axis: Option<usize>,
    inputs: &[View<'_>],
    shape: &Shape,
    dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let axis = axis.unwrap_or(0);
    match dtype {
        DType::Bool | DType::I64 => running::<i64>(axis, &inputs[0], shape, output),
        DType::F32 => running::<f32>(axis, &inputs[0], shape, output),
        DType::F64 => running::<f64>(axis, &inputs[0], shape, output),
        DType::C64 => running::<Complex32>(axis, &inputs[0], shape, output),
        DType::C128 => running::<Complex64>(axis, &inputs[0], shape, output),
    }
}

/// An element whose cumulative sum keeps the dtype.
trait Running: Register {
    /// The exact or compensated sum.
    type Total: Copy + Default;

    /// The total with the next element, and the element to write; `None` on overflow.
    fn step(total: Self::Total, x: Self) -> Option<(Self::Total, Self)>;
}

impl Running for i64 {
    type Total = i64;

    #[inline(always)]
    fn step(total: i64, x: i64) -> Option<(i64, i64)> {
        let total = total.checked_add(x)?;
        Some((total, total))
    }
}

macro_rules! running_float {
    ($($type:ty),*) => {$(
        impl Running for $type {
            type Total = Compensated;

            #[inline(always)]
            fn step(total: Compensated, x: $type) -> Option<(Compensated, $type)> {
                let total = total.add(f64::from(x));
                Some((total, total.value() as $type))
            }
        }

        impl Running for num_complex::Complex<$type> {
            type Total = (Compensated, Compensated);

            #[inline(always)]
            fn step(total: Self::Total, z: Self) -> Option<(Self::Total, Self)> {
                let (re, im) = (total.0.add(f64::from(z.re)), total.1.add(f64::from(z.im)));
                Some(((re, im), Self::new(re.value() as $type, im.value() as $type)))
            }
        }
    )*};
}

running_float!(f32, f64);

/// Copies the elements to the result, and sums them there: each is read once, whatever the layout.
fn running<'c, T: Running>(
    axis: usize,
    view: &View<'_>,
    shape: &Shape,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let control = output.context.control();
    let (len, inner) = match shape.dims().get(axis) {
        Some(&len) if len > 0 => (len, shape.dims()[axis + 1..].iter().product::<usize>()),
        _ => (1, 1),
    };
    let threads = threads_for(output.context, shape.len(), CostClass::Scan.cost());
    let operation = output.operation;
    let slab = |slab: &mut [T]| accumulate(slab, inner, control)?.ok_or(Error::IntegerOverflow { operation });
    output.produce::<T>(shape, |out| {
        let written = par_write_tiles(output.context, CostClass::Copy.cost(), out, |start, tile| {
            control.poll()?;
            Ok(copy::gather(view, start, tile))
        })?;
        if written.is_empty() {
            return Ok(written);
        }
        if threads > 1 {
            use rayon::prelude::*;
            let min_grain = min_grain(threads, written.len().div_ceil(len * inner));
            written.par_chunks_mut(len * inner).with_min_len(min_grain).try_for_each(slab)?;
        } else {
            written.chunks_mut(len * inner).try_for_each(slab)?;
        }
        Ok(written)
    })
}

/// Replaces the rows of a slab by their cumulative sums, some columns at a time. `None` on overflow.
fn accumulate<T: Running>(slab: &mut [T], inner: usize, control: &Control) -> Result<Option<()>> {
    const WIDTH: usize = 256;
    for first in (0..inner).step_by(WIDTH) {
        let width = WIDTH.min(inner - first);
        let mut totals = [T::Total::default(); WIDTH];
        let mut since_poll = TILE;
        for row in slab.chunks_mut(inner) {
            since_poll += width;
            if since_poll >= TILE {
                control.poll()?;
                since_poll = 0;
            }
            for (x, total) in row[first..first + width].iter_mut().zip(&mut totals) {
                let Some((next, value)) = T::step(*total, *x) else {
                    return Ok(None);
                };
                (*total, *x) = (next, value);
            }
        }
    }
    Ok(Some(()))
}

/// Writes the difference of each element along the last axis and the one before it.
///
/// # Errors
/// Overflow of an integer difference; the memory limit; cancellation.
pub fn diff<'c>(inputs: &[View<'_>], shape: &Shape, dtype: DType, output: Output<'c>) -> Result<Value<'c>> {
    let from = |start, stop| match shape.rank().checked_sub(1) {
        // A result without elements needs no views.
        Some(last) if !shape.is_empty() => {
            let mut takes = vec![Take::All; last];
            takes.push(Take::Range { start, stop, step: 1 });
            Ok(inputs[0].with_layout(inputs[0].layout.index(&takes)?))
        }
        _ => Ok(inputs[0].clone()),
    };
    let (later, earlier) = (from(Some(1), None)?, from(None, Some(-1))?);
    macro_rules! subtract {
        ($type:ty) => {
            differences(&later, &earlier, shape, output, |a, b, out| {
                binary::<$type>(BinaryOp::Sub, Arg::Slice(a), Arg::Slice(b), out)
            })
        };
    }
    match dtype {
        DType::Bool | DType::I64 => subtract!(i64),
        DType::F32 => subtract!(f32),
        DType::F64 => subtract!(f64),
        DType::C64 => subtract!(Complex32),
        DType::C128 => subtract!(Complex64),
    }
}

fn differences<'c, T: Register>(
    later: &View<'_>,
    earlier: &View<'_>,
    shape: &Shape,
    output: Output<'c>,
    subtract: impl for<'o> Fn(&[T], &[T], &'o mut [std::mem::MaybeUninit<T>]) -> Result<&'o mut [T]> + Sync,
) -> Result<Value<'c>> {
    let control = output.context.control();
    let operation = output.operation;
    output.produce::<T>(shape, |out| {
        par_write(output.context, CostClass::Simple.cost(), out, |start, tile| {
            control.poll()?;
            let mut buffers = ([T::default(); BLOCK], [T::default(); BLOCK]);
            write_chunks(tile, BLOCK, |at, block| {
                let a = read::block(later, start + at, block.len(), &mut buffers.0);
                let b = read::block(earlier, start + at, block.len(), &mut buffers.1);
                // The error names the statement, not the subtraction.
                subtract(a, b, block).map_err(|_| Error::IntegerOverflow { operation })
            })
        })
    })
}
