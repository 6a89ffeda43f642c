//! The context of a running statement: its memory pool, deadline, cancellation flag and counters.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow_buffer::Buffer;
use bumpalo::Bump;

use crate::budget::{MemoryPool, Reservation};
use crate::kernel::threads::process_threads;
use crate::uninit::{ReusableBuffers, UninitBuffer};
use crate::{Element, Error, Result};

/// A flag that stops a running statement from another thread. Cloning it and reading it are cheap.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// A flag that is not set.
    pub fn new() -> Cancellation {
        Cancellation::default()
    }

    /// Sets the flag.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Clears the flag, before the next statement.
    pub fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether the flag is set.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The instant at which a statement times out, and its time limit.
pub type Deadline = (Instant, Duration);

/// The part of the context that worker threads share.
#[derive(Debug)]
pub struct Control {
    pool: Arc<MemoryPool>,
    cancellation: Cancellation,
    /// The clock is read between tiles only if there is a deadline.
    deadline: Option<Deadline>,
    /// Nanoseconds that the statement waited for whoever takes its rows; they do not count.
    waited: Arc<AtomicU64>,
    elements: AtomicU64,
}

impl Control {
    /// Fails when the statement was cancelled or has timed out. Called between tiles.
    #[inline]
    pub fn poll(&self) -> Result<()> {
        if self.cancellation.is_cancelled() {
            return Err(Error::Cancelled);
        }
        match self.deadline {
            Some((deadline, limit)) if Instant::now() >= deadline => self.poll_late(deadline, limit),
            _ => Ok(()),
        }
    }

    /// As [`Control::poll`], past the deadline that the statement had at its start.
    #[cold]
    fn poll_late(&self, deadline: Instant, limit: Duration) -> Result<()> {
        let is_over = deadline.checked_add(self.waited()).is_some_and(|later| Instant::now() >= later);
        if is_over { Err(Error::Timeout { limit_ms: limit.as_millis() as u64 }) } else { Ok(()) }
    }

    /// The deadline of the statement, later by the time that it has waited so far.
    pub fn deadline(&self) -> Option<Deadline> {
        self.deadline.and_then(|(deadline, limit)| Some((deadline.checked_add(self.waited())?, limit)))
    }

    fn waited(&self) -> Duration {
        Duration::from_nanos(self.waited.load(Ordering::Relaxed))
    }

    /// Excludes a time from what the statement may take: it waited for whoever takes its rows.
    pub fn exclude(&self, time: Duration) {
        self.waited.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The pool that outputs and scratch reserve from.
    pub fn pool(&self) -> &Arc<MemoryPool> {
        &self.pool
    }

    /// Adds to the number of elements computed.
    ///
    /// Only the thread that owns the statement adds, so a load and a store suffice.
    pub fn count(&self, elements: usize) {
        let before = self.elements.load(Ordering::Relaxed);
        self.elements.store(before + elements as u64, Ordering::Relaxed);
    }
}

/// The context of one running statement.
///
/// One thread owns it. The workers of a parallel loop share [`ExecutionContext::control`].
#[derive(Debug)]
pub struct ExecutionContext {
    control: Control,
    arena: Bump,
    /// The reservation of the arena's chunks.
    arena_bytes: RefCell<Option<Reservation>>,
    /// Buffers of small results, to be reused.
    reusable: RefCell<ReusableBuffers>,
    threads: usize,
    /// Whether kernels run on all threads whatever their size.
    force_parallel: bool,
}

impl ExecutionContext {
    /// A context that reserves from `pool`, without a time limit, on all threads of the process.
    pub fn new(pool: Arc<MemoryPool>) -> ExecutionContext {
        ExecutionContext {
            control: Control {
                pool,
                cancellation: Cancellation::new(),
                deadline: None,
                waited: Arc::default(),
                elements: AtomicU64::new(0),
            },
            arena: Bump::new(),
            arena_bytes: RefCell::new(None),
            reusable: RefCell::default(),
            threads: process_threads(),
            force_parallel: false,
        }
    }

    /// A context without limits, for tests and tools.
    pub fn unlimited() -> ExecutionContext {
        ExecutionContext::new(MemoryPool::new(usize::MAX))
    }

    /// Sets the cancellation flag.
    pub fn with_cancellation(mut self, cancellation: Cancellation) -> ExecutionContext {
        self.control.cancellation = cancellation;
        self
    }

    /// Sets the deadline.
    pub fn with_deadline(mut self, deadline: Option<Deadline>) -> ExecutionContext {
        self.control.deadline = deadline;
        self
    }

    /// Sets how many threads a kernel may use; 1 keeps all work on the calling thread.
    pub fn with_threads(mut self, threads: usize) -> ExecutionContext {
        self.threads = threads.max(1);
        self
    }

    /// Runs every parallel kernel on all threads, even where one thread is faster: to measure the size from
    /// which threads pay, and to test that results do not depend on them.
    pub fn force_parallel(mut self) -> ExecutionContext {
        self.force_parallel = true;
        self
    }

    /// Changes how many threads a kernel may use.
    pub fn set_threads(&mut self, threads: usize) {
        self.threads = threads.max(1);
    }

    /// Prepares for the next statement of a session: sets its time limit and frees the scratch memory.
    ///
    /// The clock is read only if there is a limit.
    pub fn start(&mut self, timeout: Option<Duration>) {
        self.control.deadline = timeout.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit)));
        self.control.waited.store(0, Ordering::Relaxed);
        self.recycle_arena();
    }

    /// A separate control with the same limits, for work of the statement that outlives a borrow of the
    /// context.
    pub fn detached_control(&self) -> Control {
        Control {
            pool: self.control.pool.clone(),
            cancellation: self.control.cancellation.clone(),
            deadline: self.control.deadline,
            waited: self.control.waited.clone(),
            elements: AtomicU64::new(0),
        }
    }

    /// The part that the workers of a parallel loop share.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Fails when the statement was cancelled or has timed out.
    pub fn poll(&self) -> Result<()> {
        self.control.poll()
    }

    /// The pool that outputs and scratch reserve from.
    pub fn pool(&self) -> &Arc<MemoryPool> {
        &self.control.pool
    }

    /// The cancellation flag.
    pub fn cancellation(&self) -> &Cancellation {
        &self.control.cancellation
    }

    /// How many threads a kernel may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Whether kernels run on all threads whatever their size.
    pub(crate) fn is_parallel_forced(&self) -> bool {
        self.force_parallel
    }

    /// Elements computed since the context was created.
    pub fn elements(&self) -> u64 {
        self.control.elements.load(Ordering::Relaxed)
    }

    /// A buffer of `len` elements that outlives the statement, written with one call of `fill`, which returns
    /// the block that it was given, initialised.
    ///
    /// # Errors
    /// [`Error::MemoryLimit`], and the errors of `fill`.
    #[inline]
    pub(crate) fn write_buffer<T: Element, E: From<Error>>(
        &self,
        operation: &'static str,
        len: usize,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<Buffer, E> {
        if len.saturating_mul(size_of::<T>()) > ReusableBuffers::LARGEST {
            return UninitBuffer::<T>::new(self.pool(), operation, len)?.fill(fill);
        }
        // The list is borrowed for the lookup only: `fill` may run any kernel.
        let reused = self.reusable.borrow_mut().take(len * size_of::<T>());
        let reusable = match reused {
            Some(mut reusable) => reusable.write(fill).map(|()| reusable)?,
            None => UninitBuffer::<T>::new(self.pool(), operation, len)?.fill_reusable(fill)?,
        };
        let buffer = reusable.buffer();
        self.reusable.borrow_mut().keep(reusable);
        Ok(buffer)
    }

    /// Frees the buffers that are kept for reuse.
    pub fn clear_reusable(&self) {
        self.reusable.take();
    }

    /// Scratch memory for `len` elements that lives until the statement ends, when all scratch is freed at
    /// once.
    ///
    /// The memory comes from the arena of the statement, whose chunks are charged to the pool.
    pub fn scratch<T: Element>(&self, operation: &'static str, len: usize) -> Result<&mut [MaybeUninit<T>]> {
        let too_large = || Error::MemoryLimit {
            operation,
            requested: len.saturating_mul(size_of::<T>()),
            limit: self.pool().limit(),
            used: self.pool().used(),
        };
        let before = self.arena.allocated_bytes();
        self.arena.set_allocation_limit(Some(before.saturating_add(self.pool().available())));
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

    /// Resets the arena. Its largest chunk is retained for the next statement, up to
    /// [`MAX_RETAINED_ARENA_BYTES`].
    fn recycle_arena(&mut self) {
        // A chunk whose reservation failed was allocated all the same, and is not charged.
        if self.arena_bytes.get_mut().is_none() && self.arena.allocated_bytes() == 0 {
            return;
        }
        self.arena.set_allocation_limit(None);
        self.arena.reset();
        if self.arena.allocated_bytes() > MAX_RETAINED_ARENA_BYTES {
            self.arena = Bump::new();
        }
        let retained = self.arena.allocated_bytes();
        *self.arena_bytes.get_mut() = None;
        // The retained chunk was charged until now. If the limit was lowered since, the chunk is freed.
        match self.pool().reserve("scratch", retained) {
            Ok(reservation) if retained > 0 => *self.arena_bytes.get_mut() = Some(reservation),
            Ok(_) => {}
            Err(_) => self.arena = Bump::new(),
        }
    }
}

/// The largest arena that is retained between statements.
const MAX_RETAINED_ARENA_BYTES: usize = 8 << 20;
