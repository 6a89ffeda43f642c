//! What a running statement carries: its memory budget, its deadline, its cancellation flag and its counters.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow_buffer::Buffer;
use bumpalo::Bump;

use crate::budget::{MemoryPool, Reservation};
use crate::raw::{Output, Recent};
use crate::{Element, Error, Result};

/// How a running statement is stopped from outside; cheap to clone and to look at.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// A flag that nobody has raised.
    pub fn new() -> Cancellation {
        Cancellation::default()
    }

    /// Asks the statement to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Lowers the flag, before the next statement.
    pub fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether the statement was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// When a statement has to end, and how long it was allowed to take.
pub type Deadline = (Instant, Duration);

/// The part of the context that worker threads look at.
#[derive(Debug)]
pub struct Control {
    pool: Arc<MemoryPool>,
    cancellation: Cancellation,
    /// The clock is read between tiles only when there is a deadline.
    deadline: Option<Deadline>,
    elements: AtomicU64,
}

impl Control {
    /// Ends the statement when it was cancelled or is out of time. Called between tiles.
    #[inline]
    pub fn poll(&self) -> Result<()> {
        if self.cancellation.is_cancelled() {
            return Err(Error::Cancelled);
        }
        match self.deadline {
            Some((deadline, limit)) if Instant::now() >= deadline => {
                Err(Error::Timeout { limit_ms: limit.as_millis() as u64 })
            }
            _ => Ok(()),
        }
    }

    /// When the statement has to end.
    pub fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    /// The pool that outputs and scratch reserve from.
    pub fn pool(&self) -> &Arc<MemoryPool> {
        &self.pool
    }

    /// Adds to the number of elements computed.
    ///
    /// Only the thread that owns the statement counts, so that a load and a store do.
    pub fn count(&self, elements: usize) {
        let before = self.elements.load(Ordering::Relaxed);
        self.elements.store(before + elements as u64, Ordering::Relaxed);
    }
}

/// The surroundings of one running statement.
///
/// One thread owns it; [`ExecutionContext::control`] is what the workers of a parallel loop share.
#[derive(Debug)]
pub struct ExecutionContext {
    control: Control,
    arena: Bump,
    /// What the arena's chunks took from the pool.
    arena_bytes: RefCell<Option<Reservation>>,
    /// The memory of small results, to be written again.
    recent: RefCell<Recent>,
    threads: usize,
    /// Whether kernels are spread over threads whatever their size.
    shares_all: bool,
}

impl ExecutionContext {
    /// A context that reserves from `pool`, without a time limit, on all threads of the process' pool.
    pub fn new(pool: Arc<MemoryPool>) -> ExecutionContext {
        ExecutionContext {
            control: Control {
                pool,
                cancellation: Cancellation::new(),
                deadline: None,
                elements: AtomicU64::new(0),
            },
            arena: Bump::new(),
            arena_bytes: RefCell::new(None),
            recent: RefCell::default(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            shares_all: false,
        }
    }

    /// A context without limits, for tests and tools.
    pub fn unlimited() -> ExecutionContext {
        ExecutionContext::new(MemoryPool::new(usize::MAX))
    }

    /// Sets the flag that ends the statement from outside.
    pub fn with_cancellation(mut self, cancellation: Cancellation) -> ExecutionContext {
        self.control.cancellation = cancellation;
        self
    }

    /// Sets when the statement has to end.
    pub fn with_deadline(mut self, deadline: Option<Deadline>) -> ExecutionContext {
        self.control.deadline = deadline;
        self
    }

    /// Sets how many threads a kernel may use; 1 keeps all work on the calling thread.
    pub fn with_threads(mut self, threads: usize) -> ExecutionContext {
        self.threads = threads.max(1);
        self
    }

    /// Spreads every kernel that can be over the threads, also where one thread is faster: to measure from which size on
    /// more of them are worth their start, and to test that they give the same bits.
    pub fn sharing_all(mut self) -> ExecutionContext {
        self.shares_all = true;
        self
    }

    /// Changes how many threads a kernel may use.
    pub fn set_threads(&mut self, threads: usize) {
        self.threads = threads.max(1);
    }

    /// Prepares for the next statement of a session: a new time limit, scratch returned.
    ///
    /// The clock is read here only when there is a limit.
    pub fn start(&mut self, timeout: Option<Duration>) {
        self.control.deadline = timeout.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit)));
        self.recycle_arena();
    }

    /// A control of its own with the same limits, for work of the statement that outlives a borrow of the context.
    pub fn watch(&self) -> Control {
        Control {
            pool: self.control.pool.clone(),
            cancellation: self.control.cancellation.clone(),
            deadline: self.control.deadline,
            elements: AtomicU64::new(0),
        }
    }

    /// What the workers of a parallel loop share.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Ends the statement when it was cancelled or is out of time.
    pub fn poll(&self) -> Result<()> {
        self.control.poll()
    }

    /// The pool that outputs and scratch reserve from.
    pub fn pool(&self) -> &Arc<MemoryPool> {
        &self.control.pool
    }

    /// The flag that ends the statement from outside.
    pub fn cancellation(&self) -> &Cancellation {
        &self.control.cancellation
    }

    /// How many threads a kernel may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Whether kernels are spread over threads whatever their size.
    pub(crate) fn shares_all(&self) -> bool {
        self.shares_all
    }

    /// Elements computed since the context was made.
    pub fn elements(&self) -> u64 {
        self.control.elements.load(Ordering::Relaxed)
    }

    /// Memory for `len` elements that outlives the statement, written with one call of `fill`, which returns the block
    /// that it was given, initialised.
    ///
    /// # Errors
    /// When the budget is spent, and what `fill` says.
    #[inline]
    pub(crate) fn output<T: Element, E: From<Error>>(
        &self,
        operation: &'static str,
        len: usize,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<Buffer, E> {
        if len.saturating_mul(size_of::<T>()) > Recent::LARGEST {
            return Output::<T>::new(self.pool(), operation, len)?.fill(fill);
        }
        // The list is borrowed for the lookup alone: `fill` runs anything.
        let again = self.recent.borrow_mut().take(len * size_of::<T>());
        let written = match again {
            Some(mut written) => written.write(fill).map(|()| written)?,
            None => Output::<T>::new(self.pool(), operation, len)?.fill_again(fill)?,
        };
        let buffer = written.buffer();
        self.recent.borrow_mut().keep(written);
        Ok(buffer)
    }

    /// Lets go of the memory of small results that is kept to be written again.
    pub fn forget_recent(&self) {
        self.recent.take();
    }

    /// Scratch for `len` elements that lives until the statement ends, when all scratch is taken back in one step.
    ///
    /// The memory comes from the statement's arena, whose chunks count against the budget.
    pub fn scratch<T: Element>(&self, operation: &'static str, len: usize) -> Result<&mut [MaybeUninit<T>]> {
        let too_large = || Error::MemoryLimit {
            operation,
            requested: len.saturating_mul(size_of::<T>()),
            limit: self.pool().limit(),
            used: self.pool().used(),
        };
        let before = self.arena.allocated_bytes();
        self.arena.set_allocation_limit(Some(before.saturating_add(self.pool().room())));
        let slice =
            self.arena.try_alloc_slice_fill_with(len, |_| MaybeUninit::uninit()).map_err(|_| too_large())?;
        let grown = self.arena.allocated_bytes() - before;
        if grown > 0 {
            self.reserve_chunk(operation, grown)?;
        }
        Ok(slice)
    }

    fn reserve_chunk(&self, operation: &'static str, bytes: usize) -> Result<()> {
        let mut held = self.arena_bytes.borrow_mut();
        match held.as_mut() {
            Some(reservation) => reservation.grow(operation, bytes),
            None => {
                *held = Some(self.pool().reserve(operation, bytes)?);
                Ok(())
            }
        }
    }

    /// Empties the arena. Its largest chunk is kept for the next statement unless it is very large.
    fn recycle_arena(&mut self) {
        // A chunk that the budget refused is there all the same, and nobody is charged for it.
        if self.arena_bytes.get_mut().is_none() && self.arena.allocated_bytes() == 0 {
            return;
        }
        self.arena.set_allocation_limit(None);
        self.arena.reset();
        if self.arena.allocated_bytes() > KEPT_ARENA_BYTES {
            self.arena = Bump::new();
        }
        let kept = self.arena.allocated_bytes();
        *self.arena_bytes.get_mut() = None;
        // What is kept was in use a moment ago; when the limit was lowered since, it is given up instead.
        match self.pool().reserve("scratch", kept) {
            Ok(reservation) if kept > 0 => *self.arena_bytes.get_mut() = Some(reservation),
            Ok(_) => {}
            Err(_) => self.arena = Bump::new(),
        }
    }
}

/// The largest arena that is kept between statements.
const KEPT_ARENA_BYTES: usize = 8 << 20;
