//! From which size on work is spread over threads.
//!
//! To wake a thread and to wait for it takes some time, which is the same for all kernels. What differs is how long they
//! take for an element: a class says so, and a pass of several operations takes the sum. `examples/thresholds.rs` measures
//! both; `docs/kernels.md` has the table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Once, OnceLock};

use rayon::prelude::*;

use crate::kernel::{BLOCK, TILE};
use crate::{DType, ExecutionContext, Result, View};

/// Picoseconds of one thread's work from which on it is spread: two threads were faster by a tenth or more then in most
/// classes. Below 100 microseconds they were mostly slower, and in between it depended on the class.
pub const PARALLEL_THRESHOLD: usize = 200_000_000;

/// What a kernel does with an element, as far as it decides when a second thread is worth its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostClass {
    /// Neighbours are copied, or made from their place.
    Copy,
    /// Elements that lie apart are copied.
    Gather,
    /// Sums, comparisons, casts, choices: an instruction or a few.
    Simple,
    /// Quotients of floats, and roots.
    Division,
    /// Exponentials, logarithms, sines: polynomials in vector code.
    Function,
    /// Powers and remainders, and quotients of integers.
    Power,
    /// Functions that the standard library computes one by one, as those of complex numbers.
    Scalar,
    /// Sums, extremes, and whatever else folds elements in one pass.
    Reduction,
    /// Variances.
    Variance,
    /// Inner products and distances: two tensors in one pass.
    Distance,
    /// Running sums with compensation.
    Scan,
    /// One level of a sort: the element is compared, and moved or not.
    Sort,
    /// A bin is found.
    Histogram,
    /// A random number is drawn.
    Random,
    /// A multiplication and an addition of a product of matrices.
    MatMul,
}

impl CostClass {
    /// Picoseconds that one thread takes for an element of 8 bytes. Beside each is what was measured at a size where work is
    /// spread, on one thread and on two, and at a smaller one.
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

    /// As [`CostClass::cost`], for elements of other sizes: vectors hold more of the smaller ones, and memory, too.
    pub const fn cost_of(self, dtype: DType) -> usize {
        match self {
            CostClass::Scalar => self.cost(),
            _ => self.cost() * dtype.size() / 8,
        }
    }

    /// Elements of 8 bytes from which on a kernel of this class alone is spread over threads.
    pub const fn parallel_from(self) -> usize {
        PARALLEL_THRESHOLD.div_ceil(self.cost())
    }
}

/// The threads that all statements of the process share, which are started now if they are not there: as many as the
/// machine has cores, or as the program has started rayon with. faer's products run on them, too.
pub fn process_threads() -> usize {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let named = rayon::ThreadPoolBuilder::new().thread_name(|number| format!("linal-kernel-{number}"));
        // The program may have started them, and named them as it likes.
        let _ = named.build_global();
    });
    rayon::current_num_threads()
}

/// Picoseconds that it takes to bring an element of a view to where it is read: nothing where elements lie in order.
pub(crate) fn gather_cost(view: &View<'_>) -> usize {
    if view.layout.is_contiguous() { 0 } else { CostClass::Gather.cost_of(view.dtype()) }
}

/// Cores that work of the process is on which is no kernel.
static RESERVED: AtomicUsize = AtomicUsize::new(0);

/// Cores that are in use until this is dropped, so that kernels which start meanwhile leave them alone.
#[derive(Debug)]
#[must_use = "cores are held as long as this lives"]
pub struct ReservedCores(usize);

/// Says that the caller keeps so many cores busy with threads of its own, as a query does that runs beside kernels of
/// other sessions. Nothing waits for them: a kernel that runs already goes on with the threads that it has.
pub fn reserve_cores(cores: usize) -> ReservedCores {
    RESERVED.fetch_add(cores, Ordering::Relaxed);
    ReservedCores(cores)
}

impl Drop for ReservedCores {
    fn drop(&mut self) {
        RESERVED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Threads that a kernel may start now without taking turns with others on a core; the calling thread is always there.
fn available_cores() -> usize {
    process_threads().saturating_sub(RESERVED.load(Ordering::Relaxed)).max(1)
}

/// Threads for work over some elements, each of which takes `cost` picoseconds: all that the statement may use and that
/// nobody else holds, or one. How many there are differs from run to run, so that no result may depend on it.
#[inline]
pub(crate) fn threads_for(context: &ExecutionContext, elements: usize, cost: usize) -> usize {
    match configured_threads(context, elements, cost) {
        1 => 1,
        // Who measures and tests how kernels are shared wants that many.
        threads if context.is_parallel_forced() => threads,
        threads => threads.min(available_cores()),
    }
}

/// As [`threads_for`], whatever others do: for work whose result depends on how it is split.
#[inline]
pub(crate) fn configured_threads(context: &ExecutionContext, elements: usize, cost: usize) -> usize {
    let shared = elements.saturating_mul(cost) >= PARALLEL_THRESHOLD || context.is_parallel_forced();
    if shared { context.threads() } else { 1 }
}

/// Runs work that is split for so many threads, and whose result depends on the split, on the cores that nobody else holds: on fewer
/// threads, parts take turns.
pub(crate) fn on_available_cores<R: Send>(split: usize, work: impl FnOnce() -> R + Send) -> R {
    match available_cores() {
        left if left < split => match pool_with(left) {
            Some(pool) => pool.install(work),
            None => work(),
        },
        _ => work(),
    }
}

/// Threads for work that has to leave cores to others; `None` when the system gives no more.
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

/// Neighbouring parts that one thread takes at least, so that work which may use fewer threads than the process has
/// is on no more of them. Where it may use all, a thread takes one part after the other.
pub(crate) fn min_grain(threads: usize, parts: usize) -> usize {
    if threads >= rayon::current_num_threads() { 1 } else { parts.div_ceil(threads.max(1)) }
}

/// What `part` makes of each number below `parts`, in their order.
///
/// # Errors
/// One of those of `part`.
pub(crate) fn par_map<R: Send>(
    threads: usize,
    parts: usize,
    part: impl Fn(usize) -> Result<R> + Sync + Send,
) -> Result<Vec<R>> {
    if threads == 1 {
        return (0..parts).map(part).collect();
    }
    (0..parts).into_par_iter().with_min_len(min_grain(threads, parts)).map(part).collect()
}

/// Elements of a part of work that is spread over threads, where parts may have any size: some for each thread, so that
/// one that comes late takes fewer of them.
pub(crate) fn chunk_len(context: &ExecutionContext, elements: usize) -> usize {
    const CHUNKS_PER_THREAD: usize = 4;
    elements.div_ceil(CHUNKS_PER_THREAD * context.threads()).next_multiple_of(BLOCK).clamp(BLOCK, TILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most parts of some work that were running at once.
    fn at_once(threads: usize) -> usize {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let part = |_| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Others come in meanwhile, if they may.
            std::thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        };
        par_map(threads, 1000, part).unwrap();
        most.into_inner()
    }

    #[test]
    fn kernels_take_the_cores_that_are_left() {
        let cores = process_threads();
        let context = ExecutionContext::unlimited().with_threads(cores);
        let threads = |context: &ExecutionContext| threads_for(context, PARALLEL_THRESHOLD, 1);
        assert!(threads(&context) <= cores && at_once(threads(&context)) <= cores);
        for held in 1..cores + 3 {
            let query = reserve_cores(held);
            let left = cores.saturating_sub(held).max(1);
            assert!(threads(&context) <= left, "{held} of {cores} cores are held");
            assert!(at_once(threads(&context)) <= left, "{held} of {cores} cores are held");
            // Where the bits of a result depend on the split, it stays that of the setting, on fewer threads.
            assert_eq!(configured_threads(&context, PARALLEL_THRESHOLD, 1), cores);
            assert_eq!(on_available_cores(cores, rayon::current_num_threads), left);
            drop(query);
        }
        assert_eq!(threads(&ExecutionContext::unlimited().with_threads(1)), 1);
        assert_eq!(threads_for(&context, 1, 1), 1);
        assert_eq!(on_available_cores(cores, rayon::current_num_threads), cores);
        let _query = reserve_cores(cores);
        assert_eq!(threads(&ExecutionContext::unlimited().with_threads(3).force_parallel()), 3);
    }
}
