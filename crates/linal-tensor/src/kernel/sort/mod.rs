//! Sorting along the last axis.

mod order;
mod quick;

use crate::kernel::threads::{self, CostClass};
use crate::kernel::{Output, Register, TILE, Value, copy, write_chunks_on};
use crate::uninit::write_map;
use crate::{Control, DType, Error, ExecutionContext, Result, Shape, View};

pub(crate) use order::{Order, nan_last, sort_lane};
pub(crate) use quick::select;

/// The error of elements without an order.
pub(crate) fn unordered(operation: &'static str, found: DType) -> Error {
    Error::DTypeMismatch { operation, found, rule: "real numbers, since complex ones have no order" }
}

/// Runs a block with a type alias bound to the Rust type of a dtype that has an order.
macro_rules! dispatch_order {
    ($operation:expr, $dtype:expr, $T:ident => $body:expr) => {{
        let found = $dtype;
        $crate::kernel::reduce::dispatch_real_or_complex!(found, $T =>
            real $body,
            complex Err($crate::kernel::sort::unordered($operation, found)))
    }};
}

pub(crate) use dispatch_order;

/// Writes the elements of each lane in ascending order, NaN last.
///
/// # Errors
/// The memory limit; cancellation.
pub fn sort<'c>(inputs: &[View<'_>], shape: &Shape, dtype: DType, output: Output<'c>) -> Result<Value<'c>> {
    dispatch_order!(output.operation, dtype, T => sorted::<T>(&inputs[0], shape, output))
}

fn sorted<'c, T: Order>(view: &View<'_>, shape: &Shape, output: Output<'c>) -> Result<Value<'c>> {
    let work = Work::new(shape, output.context);
    let control = output.context.control();
    output.produce::<T>(shape, |out| {
        write_chunks_on(work.threads, out, work.part, |start, part| {
            control.poll()?;
            let lanes = copy::gather(view, start, part);
            for lane in lanes.chunks_mut(work.lane) {
                sort_lane(lane, work.threads, control)?;
            }
            Ok(lanes)
        })
    })
}

/// Writes the indices of the elements of each lane in ascending order, NaN last; stable.
///
/// # Errors
/// The memory limit; cancellation.
pub fn argsort<'c>(
    inputs: &[View<'_>],
    shape: &Shape,
    _dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let view = &inputs[0];
    dispatch_order!(output.operation, view.dtype(), T => arg_sorted::<T>(view, shape, output))
}

fn arg_sorted<'c, T: Order>(view: &View<'_>, shape: &Shape, output: Output<'c>) -> Result<Value<'c>> {
    let work = Work::new(shape, output.context);
    let context = output.context;
    let control = context.control();
    // Parts of short lanes are small. Long lanes are sorted one after the other, each on all threads.
    let long = work.lane > TILE;
    let bytes = if long { work.lane * size_of::<u128>() } else { 0 };
    let _held = context.pool().reserve(output.operation, bytes)?;
    output.produce::<i64>(shape, |out| {
        write_chunks_on(if long { 1 } else { work.threads }, out, work.part, |start, part| {
            crate::uninit::write_chunks(part, work.lane, |at, indices| {
                let keyed = keyed_lane::<T>(view, start + at, indices.len(), work.threads, control)?;
                Ok(write_map(indices, &keyed, |entry| entry as u64 as i64))
            })
        })
    })
}

/// The keys of the elements of a lane in the high bits, and their indices in the low bits, sorted. No two are
/// equal, so the sort is stable.
fn keyed_lane<T: Order>(
    view: &View<'_>,
    start: usize,
    len: usize,
    threads: usize,
    control: &Control,
) -> Result<Vec<u128>> {
    control.poll()?;
    let data = view.buffer::<T>();
    let mut keyed: Vec<u128> = Vec::with_capacity(len);
    copy::for_each_run(&view.layout, start, len, |run| {
        let first = keyed.len();
        let entry = |(i, index): (usize, usize)| u128::from(data[index].key()) << 64 | (first + i) as u128;
        keyed.extend(run.indices().enumerate().map(entry));
    });
    quick::sort(&mut keyed, &|a, b| a < b, threads, control)?;
    Ok(keyed)
}

/// Sorts elements by a comparison.
pub(crate) fn sort_by<T: Register>(
    values: &mut [T],
    less: &(impl Fn(&T, &T) -> bool + Sync),
    threads: usize,
    control: &Control,
) -> Result<()> {
    quick::sort(values, less, threads, control)
}

/// How lanes are distributed to threads.
struct Work {
    /// Elements of a lane.
    lane: usize,
    /// Elements of a part: several short lanes, or a long one.
    part: usize,
    threads: usize,
}

impl Work {
    fn new(shape: &Shape, context: &ExecutionContext) -> Work {
        let lane = shape.dims().last().copied().unwrap_or(1).max(1);
        let threads = threads_for(context, shape.len(), lane);
        let part = if threads > 1 { threads::chunk_len(context, shape.len()) } else { TILE };
        Work { lane, part: (part / lane).max(1) * lane, threads }
    }
}

/// The number of threads to sort lanes.
pub(crate) fn threads_for(context: &ExecutionContext, elements: usize, lane: usize) -> usize {
    let levels = lane.max(1).ilog2() as usize + 1;
    threads::threads_for(context, elements, levels * CostClass::Sort.cost())
}

/// Copies the elements of a view to scratch memory.
pub(crate) fn scratch_copy<'c, T: Register>(
    view: &View<'_>,
    context: &'c ExecutionContext,
    operation: &'static str,
) -> Result<&'c mut [T]> {
    let control = context.control();
    crate::uninit::fill_block(context.scratch::<T>(operation, view.len())?, |out| {
        crate::kernel::par_write(context, CostClass::Copy.cost(), out, |start, tile| {
            control.poll()?;
            Ok(copy::gather(view, start, tile))
        })
    })
}
