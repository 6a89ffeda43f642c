//! The number of threads of a kernel.
//!
//! Waking a thread and waiting for it takes the same time for all kernels. Kernels differ in the cost of an
//! element, which depends on the [`CostClass`]; that of a fused kernel is the sum over its operations.
//! `examples/thresholds.rs` measures both; `docs/kernels.md` has the table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Once, OnceLock};

use rayon::prelude::*;

use crate::kernel::{BLOCK, TILE};
use crate::{DType, ExecutionContext, Result, View};

/// Picoseconds of work from which several threads are used: from there two threads were faster by a tenth or
/// more in most classes. Below 100 microseconds they were mostly slower, and in between it depended on the
/// class.
pub const PARALLEL_THRESHOLD: usize = 200_000_000;

/// The class of kernels of about equal cost of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostClass {
    /// Contiguous copies, and values computed from the index.
    Copy,
    /// Copies of strided elements.
    Gather,
    /// Sums, comparisons, casts, selections: a few instructions.
    Simple,
    /// Quotients of floats, and roots.
    Division,
    /// Exponentials, logarithms, sines: polynomials in SIMD code.
    Function,
    /// Powers and remainders, and quotients of integers.
    Power,
    /// Scalar functions of the standard library, such as those of complex numbers.
    Scalar,
    /// Sums, minima, and other reductions in one pass.
    Reduction,
    /// Variances.
    Variance,
    /// Inner products and distances: two tensors in one pass.
    Distance,
    /// Cumulative sums with compensation.
    Scan,
    /// One level of a sort.
    Sort,
    /// The search of a bin.
    Histogram,
    /// A random number.
    Random,
    /// A multiply-add of a matrix product.
    MatMul,
}

impl CostClass {
    /// Picoseconds per element of 8 bytes on one thread. The comments have times on one thread and on two, at
    /// a size above the threshold and at one below.
    pub const fn cost(self) -> usize {
        match self {
            CostClass::Copy => 200,       // 2^20: 363 us, 320 us (2^19: 103 us, 125 us)
            CostClass::Gather => 400,     // with a sum, 2^19: 1092 us, 769 us (2^18: 261 us, 247 us)
            CostClass::Simple => 350,     // 2^20: 610 us, 460 us (2^19: 205 us, 229 us)
            CostClass::Division => 370,   // 2^19: 178 us, 140 us (2^18: 87 us, 112 us)
            CostClass::Function => 800,   // 2^18: 232 us, 172 us (2^17: 108 us, 122 us)
            CostClass::Power => 4200,     // 2^16: 268 us, 235 us (2^15: 134 us, 103 us)
            CostClass::Scalar => 14_000,  // 2^14: 227 us, 196 us (2^13: 128 us, 139 us)
            CostClass::Reduction => 120,  // 2^21: 291 us, 238 us (2^20: 120 us, 108 us)
            CostClass::Variance => 290,   // 2^20: 322 us, 225 us (2^19: 157 us, 139 us)
            CostClass::Distance => 270,   // 2^20: 420 us, 305 us (2^19: 129 us, 120 us)
            CostClass::Scan => 4300,      // 2^16: 267 us, 207 us (2^15: 135 us, 112 us)
            CostClass::Sort => 800,       // 2^16 elements: 1004 us, 891 us (2^14: 228 us, 228 us)
            CostClass::Histogram => 2000, // 2^17: 604 us, 561 us (2^16: 385 us, 291 us)
            CostClass::Random => 1800,    // 2^18: 462 us, 332 us (2^17: 235 us, 223 us)
            CostClass::MatMul => 40,      // 181^3: 221 us, 170 us (128^3: 79 us, 97 us)
        }
    }

    /// As [`CostClass::cost`], for elements of a dtype: except for scalar functions the cost is proportional
    /// to the size.
    pub const fn cost_of(self, dtype: DType) -> usize {
        match self {
            CostClass::Scalar => self.cost(),
            _ => self.cost() * dtype.size() / 8,
        }
    }

    /// The least number of elements of 8 bytes for which a kernel of this class uses several threads.
    pub const fn parallel_from(self) -> usize {
        PARALLEL_THRESHOLD.div_ceil(self.cost())
    }
}

/// The number of threads of the global rayon pool, which all statements of the process share, and faer too.
/// Starts the pool if the program has not: with as many threads as the machine has cores.
pub fn process_threads() -> usize {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let named = rayon::ThreadPoolBuilder::new().thread_name(|number| format!("linal-kernel-{number}"));
        // This fails if the program has started the pool, with its own names.
        let _ = named.build_global();
    });
    rayon::current_num_threads()
}

/// Picoseconds per element to gather a view; 0 if it is contiguous.
pub(crate) fn gather_cost(view: &View<'_>) -> usize {
    if view.layout.is_contiguous() { 0 } else { CostClass::Gather.cost_of(view.dtype()) }
}

/// Cores that other work of the process than kernels uses.
static RESERVED: AtomicUsize = AtomicUsize::new(0);

/// Reserved cores. Until this is dropped, kernels that start do not use them.
#[derive(Debug)]
#[must_use = "cores are reserved until this is dropped"]
pub struct ReservedCores(usize);

/// Reserves cores for threads of the caller, such as those of a query that runs beside kernels of other
/// sessions. It does not wait: a running kernel keeps its threads.
pub fn reserve_cores(cores: usize) -> ReservedCores {
    RESERVED.fetch_add(cores, Ordering::Relaxed);
    ReservedCores(cores)
}

impl Drop for ReservedCores {
    fn drop(&mut self) {
        RESERVED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// The number of cores that are not reserved; at least 1, for the calling thread.
fn available_cores() -> usize {
    process_threads().saturating_sub(RESERVED.load(Ordering::Relaxed)).max(1)
}

/// The number of threads for elements of `cost` picoseconds each: all that the statement may use on available
/// cores, or one. It differs from run to run, so results must not depend on it.
#[inline]
pub(crate) fn threads_for(context: &ExecutionContext, elements: usize, cost: usize) -> usize {
    match configured_threads(context, elements, cost) {
        1 => 1,
        // Forced for measurements and tests, which need exactly this number.
        threads if context.is_parallel_forced() => threads,
        threads => threads.min(available_cores()),
    }
}

/// As [`threads_for`], whatever cores are available: for work whose result depends on how it is split.
#[inline]
pub(crate) fn configured_threads(context: &ExecutionContext, elements: usize, cost: usize) -> usize {
    let parallel = elements.saturating_mul(cost) >= PARALLEL_THRESHOLD || context.is_parallel_forced();
    if parallel { context.threads() } else { 1 }
}

/// Runs work that is split into `split` parts, and whose result depends on the split, on the available cores:
/// if there are fewer, parts run one after the other.
pub(crate) fn on_available_cores<R: Send>(split: usize, work: impl FnOnce() -> R + Send) -> R {
    match available_cores() {
        available if available < split => match pool_with(available) {
            Some(pool) => pool.install(work),
            None => work(),
        },
        _ => work(),
    }
}

/// A pool of fewer threads than cores; `None` if the system cannot start them.
fn pool_with(threads: usize) -> Option<&'static rayon::ThreadPool> {
    type Pool = OnceLock<Option<rayon::ThreadPool>>;
    static POOLS: OnceLock<Vec<Pool>> = OnceLock::new();
    let pools = POOLS.get_or_init(|| (0..process_threads()).map(|_| Pool::new()).collect());
    let named = || {
        let name = move |number| format!("linal-kernel-{number}-of-{threads}");
        rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build().ok()
    };
    pools.get(threads)?.get_or_init(named).as_ref()
}

/// The least number of adjacent chunks of a rayon task, so that work uses at most `threads` threads of the
/// pool; 1 if it may use all of them.
pub(crate) fn min_grain(threads: usize, parts: usize) -> usize {
    if threads >= rayon::current_num_threads() { 1 } else { parts.div_ceil(threads.max(1)) }
}

/// The results of `part` for each index below `parts`, in order.
///
/// # Errors
/// One of the errors of `part`.
pub(crate) fn par_map<R: Send>(
    threads: usize,
    parts: usize,
    part: impl Fn(usize) -> Result<R> + Sync + Send,
) -> Result<Vec<R>> {
    if threads == 1 {
        return (0..parts).map(part).collect();
    }
    par_map_with(threads, parts, &part)
}

/// [`par_map`] through a pointer: rayon's functions are generic over what they call, and each kernel would be compiled into
/// a copy of them.
fn par_map_with<R: Send>(
    threads: usize,
    parts: usize,
    part: &(dyn Fn(usize) -> Result<R> + Sync),
) -> Result<Vec<R>> {
    (0..parts).into_par_iter().with_min_len(min_grain(threads, parts)).map(part).collect()
}

/// The length of chunks of parallel work where chunks may have any size: several for each thread, for
/// balance.
pub(crate) fn chunk_len(context: &ExecutionContext, elements: usize) -> usize {
    const CHUNKS_PER_THREAD: usize = 4;
    elements.div_ceil(CHUNKS_PER_THREAD * context.threads()).next_multiple_of(BLOCK).clamp(BLOCK, TILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most parts that ran at once.
    fn at_once(threads: usize) -> usize {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let part = |_| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Lets other parts run meanwhile.
            std::thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        };
        par_map(threads, 1000, part).unwrap();
        most.into_inner()
    }

    #[test]
    fn kernels_use_the_available_cores() {
        let cores = process_threads();
        let context = ExecutionContext::unlimited().with_threads(cores);
        let threads = |context: &ExecutionContext| threads_for(context, PARALLEL_THRESHOLD, 1);
        assert!(threads(&context) <= cores && at_once(threads(&context)) <= cores);
        for reserved in 1..cores + 3 {
            let query = reserve_cores(reserved);
            let available = cores.saturating_sub(reserved).max(1);
            assert!(threads(&context) <= available, "{reserved} of {cores} cores are reserved");
            assert!(at_once(threads(&context)) <= available, "{reserved} of {cores} cores are reserved");
            // If a result depends on the split, the split does not change with the available cores.
            assert_eq!(configured_threads(&context, PARALLEL_THRESHOLD, 1), cores);
            assert_eq!(on_available_cores(cores, rayon::current_num_threads), available);
            drop(query);
        }
        assert_eq!(threads(&ExecutionContext::unlimited().with_threads(1)), 1);
        assert_eq!(threads_for(&context, 1, 1), 1);
        assert_eq!(on_available_cores(cores, rayon::current_num_threads), cores);
        let _query = reserve_cores(cores);
        assert_eq!(threads(&ExecutionContext::unlimited().with_threads(3).force_parallel()), 3);
    }
}
