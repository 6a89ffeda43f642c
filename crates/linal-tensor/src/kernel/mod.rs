//! Kernels: loops over slices, which the steps of a program run.
//!
//! Kernels read a [`crate::View`] or slices and write an uninitialised block. The dtypes and shapes of
//! results were computed when the graph node was built.

pub mod batch_distance;
mod block;
pub mod concat;
pub mod copy;
pub mod distance;
pub mod elementwise;
pub mod generate;
mod lu;
pub mod mask;
pub mod matmul;
pub mod normalize;
mod output;
mod read;
pub mod reduce;
pub mod scan;
pub mod segment_reduce;
pub mod signal;
pub mod solve;
pub mod sort;
pub mod stats;
pub mod threads;
mod transpose;
pub mod unique;

pub use block::{Arg, Block, BlockMut, NO_REGISTERS, Register, RegisterFile};
pub use output::{Output, Source, Value};

/// Elements of a block, which fits the L1 cache together with its operands.
pub const BLOCK: usize = 1024;

/// Elements between two polls, and of the parts of a reduction, which are merged in order.
pub const TILE: usize = 64 * 1024;

/// Runs a loop that is compiled for the widest SIMD level of this processor.
///
/// The body of the closure is compiled once for each level (AVX-512, AVX2 with FMA, the baseline), and the
/// level is selected at run time. The closure must be `#[inline(always)]`, and so must all functions and
/// closures that it calls: a function that is not inlined is compiled for the baseline only, and runs at a
/// fraction of the speed. Without optimisation the levels would differ only in compile time, so a build with
/// debug assertions has only the baseline.
#[inline(always)]
pub(crate) fn vectorized<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(not(debug_assertions))]
    return pulp::Arch::new().dispatch(
        #[inline(always)]
        || body(),
    );
    #[cfg(debug_assertions)]
    body()
}

/// Writes an array in chunks of any size, on several threads if its elements at `cost` picoseconds each are
/// above the threshold and the statement may use them.
pub(crate) fn par_write<'o, T: Register>(
    context: &crate::ExecutionContext,
    cost: usize,
    out: &'o mut [std::mem::MaybeUninit<T>],
    write: impl for<'p> Fn(usize, &'p mut [std::mem::MaybeUninit<T>]) -> crate::Result<&'p mut [T]> + Sync,
) -> crate::Result<&'o mut [T]> {
    let threads = threads::threads_for(context, out.len(), cost);
    let size = if threads > 1 { threads::chunk_len(context, out.len()) } else { TILE };
    write_chunks_on(threads, out, size, write)
}

/// As [`par_write`], in chunks that are tiles: for results that depend on the start of a chunk, or inputs
/// that are read by tiles.
pub(crate) fn par_write_tiles<'o, T: Register>(
    context: &crate::ExecutionContext,
    cost: usize,
    out: &'o mut [std::mem::MaybeUninit<T>],
    write: impl for<'p> Fn(usize, &'p mut [std::mem::MaybeUninit<T>]) -> crate::Result<&'p mut [T]> + Sync,
) -> crate::Result<&'o mut [T]> {
    write_chunks_on(threads::threads_for(context, out.len(), cost), out, TILE, write)
}

/// Writes an array in chunks of `size` elements, on `threads` threads. The chunks do not depend on the
/// threads.
pub(crate) fn write_chunks_on<'o, T: Register>(
    threads: usize,
    out: &'o mut [std::mem::MaybeUninit<T>],
    size: usize,
    part: impl for<'p> Fn(usize, &'p mut [std::mem::MaybeUninit<T>]) -> crate::Result<&'p mut [T]> + Sync,
) -> crate::Result<&'o mut [T]> {
    if threads > 1 {
        let min_grain = threads::min_grain(threads, out.len().div_ceil(size.max(1)));
        crate::uninit::par_write_chunks(out, size, min_grain, part)
    } else {
        crate::uninit::write_chunks(out, size, part)
    }
}
