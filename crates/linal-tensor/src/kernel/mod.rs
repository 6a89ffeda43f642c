//! Loops over slices: what the steps of a program run.
//!
//! Kernels read a [`crate::View`] or plain slices and write a block that nobody has written before. They know
//! shapes only as far as the loop needs; dtypes and shapes were decided when the graph node was built.

mod block;
pub mod concat;
pub mod copy;
pub mod elementwise;
pub mod generate;
pub mod groups;
mod lu;
pub mod mask;
pub mod matmul;
pub mod normalize;
pub mod pair;
mod read;
pub mod reduce;
pub mod rows;
pub mod scan;
pub mod signal;
mod sink;
pub mod solve;
pub mod sort;
pub mod stats;
pub mod threads;
mod transpose;
pub mod unique;

pub use block::{Arg, Block, BlockMut, NO_REGISTERS, Register, RegisterFile};
pub use sink::{Sink, Source, Value};

/// Elements of a block that stays in the first-level cache with its operands.
pub const BLOCK: usize = 1024;

/// Elements between two looks at the cancellation flag, and of the parts of a reduction that are merged in order.
pub const TILE: usize = 64 * 1024;

/// Runs a loop compiled for the widest SIMD level of this processor.
///
/// The closure's body is compiled once for each level (AVX-512, AVX2 with FMA, the baseline), and the level is chosen
/// when it runs. The closure must be `#[inline(always)]`, and so must all that it calls: what the compiler leaves out of
/// line because it is large is compiled for the baseline only, and runs at a fraction of the speed. Without optimisation the levels would not differ but in the time that they take to compile, so a
/// build with debug assertions has the baseline alone.
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

/// Writes an array in parts of any size, over threads when `cost` picoseconds for each element make it worth their start
/// and the statement may use them.
pub(crate) fn spread<'o, T: Register>(
    context: &crate::ExecutionContext,
    cost: usize,
    out: &'o mut [std::mem::MaybeUninit<T>],
    write: impl for<'p> Fn(usize, &'p mut [std::mem::MaybeUninit<T>]) -> crate::Result<&'p mut [T]> + Sync,
) -> crate::Result<&'o mut [T]> {
    let threads = threads::for_work(context, out.len(), cost);
    let size = if threads > 1 { threads::part(context, out.len()) } else { TILE };
    in_parts(threads, out, size, write)
}

/// As [`spread`], for parts that must be tiles: what is written depends on where they begin, or is read faster so.
pub(crate) fn tiled<'o, T: Register>(
    context: &crate::ExecutionContext,
    cost: usize,
    out: &'o mut [std::mem::MaybeUninit<T>],
    write: impl for<'p> Fn(usize, &'p mut [std::mem::MaybeUninit<T>]) -> crate::Result<&'p mut [T]> + Sync,
) -> crate::Result<&'o mut [T]> {
    in_parts(threads::for_work(context, out.len(), cost), out, TILE, write)
}

/// Writes an array in parts of `size` elements, over so many threads; the parts are the same for any number of them.
pub(crate) fn in_parts<'o, T: Register>(
    threads: usize,
    out: &'o mut [std::mem::MaybeUninit<T>],
    size: usize,
    part: impl for<'p> Fn(usize, &'p mut [std::mem::MaybeUninit<T>]) -> crate::Result<&'p mut [T]> + Sync,
) -> crate::Result<&'o mut [T]> {
    if threads > 1 {
        let neighbours = threads::neighbours(threads, out.len().div_ceil(size.max(1)));
        crate::uninit::par_write_chunks(out, size, neighbours, part)
    } else {
        crate::uninit::write_chunks(out, size, part)
    }
}
