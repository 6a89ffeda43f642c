//! Memory accounting: one pool an engine, one child a session, and reservations that return what they took.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::raw::{Block, FreeBlocks};
use crate::{Error, Result};

/// Bytes in use under a limit, below an optional parent that has a limit of its own.
///
/// A reservation must fit every pool on the way up.
#[derive(Debug)]
pub struct MemoryPool {
    limit: AtomicUsize,
    used: AtomicUsize,
    peak: AtomicUsize,
    parent: Option<Arc<MemoryPool>>,
    /// Large blocks that nobody uses. Only a pool without a parent keeps any.
    free: FreeBlocks,
}

impl MemoryPool {
    /// A pool without a parent. `usize::MAX` means no limit.
    pub fn new(limit: usize) -> Arc<MemoryPool> {
        Arc::new(MemoryPool::with_parent(limit, None))
    }

    /// A pool whose reservations count against `self` too.
    pub fn child(self: &Arc<MemoryPool>, limit: usize) -> Arc<MemoryPool> {
        Arc::new(MemoryPool::with_parent(limit, Some(self.clone())))
    }

    fn with_parent(limit: usize, parent: Option<Arc<MemoryPool>>) -> MemoryPool {
        MemoryPool {
            limit: AtomicUsize::new(limit),
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            parent,
            free: FreeBlocks::default(),
        }
    }

    /// The most bytes that may be in use at once.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Changes the limit. What is in use already stays, even above it.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Bytes in use now.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes that are left, here and in every pool above.
    pub(crate) fn room(&self) -> usize {
        let here = self.limit().saturating_sub(self.used());
        self.parent.as_ref().map_or(here, |parent| here.min(parent.room()))
    }

    /// The most bytes that were in use at once since [`MemoryPool::reset_peak`].
    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// Starts the peak again at what is in use now.
    pub fn reset_peak(&self) {
        self.peak.store(self.used(), Ordering::Relaxed);
    }

    /// Takes bytes for `operation` until the reservation is dropped.
    pub fn reserve(self: &Arc<MemoryPool>, operation: &'static str, bytes: usize) -> Result<Reservation> {
        self.take(operation, bytes)?;
        Ok(Reservation { pool: self.clone(), bytes })
    }

    fn take(&self, operation: &'static str, bytes: usize) -> Result<()> {
        let limit = self.limit();
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let after = before.saturating_add(bytes);
        if after > limit {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Error::MemoryLimit { operation, requested: bytes, limit, used: before });
        }
        match &self.parent {
            Some(parent) => parent.take(operation, bytes).inspect_err(|_| {
                self.used.fetch_sub(bytes, Ordering::Relaxed);
            })?,
            // What is kept for later makes room for what is needed now.
            None => self.free.shrink_to(limit - after),
        }
        // The peak is read far more seldom than it is passed, so the store is skipped when it would change nothing.
        if after > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(after, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The pool without a parent that this one belongs to.
    fn root(&self) -> &MemoryPool {
        let mut pool = self;
        while let Some(parent) = &pool.parent {
            pool = parent;
        }
        pool
    }

    /// Large memory that was let go earlier, for an allocation whose bytes were reserved.
    pub(crate) fn kept_block(&self, layout: std::alloc::Layout) -> Option<Block> {
        self.root().free.take(layout)
    }

    /// The bytes of large blocks that nobody uses and the engine keeps. They are not in [`MemoryPool::used`], and are
    /// let go when the limit comes near.
    pub fn kept(&self) -> usize {
        self.root().free.bytes()
    }

    /// Lets go of what is kept for later.
    pub fn release_kept(&self) {
        self.root().free.shrink_to(0);
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.parent {
            parent.give_back(bytes);
        }
    }
}

/// Bytes taken from a pool; dropping it returns them.
#[derive(Debug)]
pub struct Reservation {
    pool: Arc<MemoryPool>,
    bytes: usize,
}

impl Reservation {
    /// The bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes more bytes for the same owner.
    pub fn grow(&mut self, operation: &'static str, bytes: usize) -> Result<()> {
        self.pool.take(operation, bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Reservation {
    /// Returns the bytes, and keeps the memory that they stood for while the limit leaves room.
    pub(crate) fn return_with(self, block: Block) {
        let pool = self.pool.clone();
        drop(self);
        let root = pool.root();
        let limit = root.limit();
        root.free.keep(block, (limit / KEPT_PART).min(limit.saturating_sub(root.used())));
    }
}

/// The part of an engine's limit that may be kept for later.
const KEPT_PART: usize = 8;

impl Drop for Reservation {
    fn drop(&mut self) {
        self.pool.give_back(self.bytes);
    }
}
