//! Memory accounting: a pool per engine, a child pool per session, groups of sessions such as those of a database, and
//! reservations that release their bytes when dropped.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use crate::uninit::{Allocation, FreeList};
use crate::{Error, Result};

/// A pool of bytes with a limit, and optionally a parent pool with its own limit.
///
/// A reservation must fit the pool, all its ancestors, and the group that the pool is in.
#[derive(Debug)]
pub struct MemoryPool {
    limit: AtomicUsize,
    used: AtomicUsize,
    peak: AtomicUsize,
    parent: Option<Arc<MemoryPool>>,
    /// Large allocations that are not in use. Only a pool without a parent has any.
    free: FreeList,
    /// What gives memory back when a reservation would exceed the limit. Only a pool without a parent has any.
    reclaimer: OnceLock<Weak<dyn Reclaim>>,
    /// Another pool that new reservations are charged to, with those of other pools.
    group: RwLock<Option<Arc<MemoryPool>>>,
    /// Whether there is a group, which most pools do not have.
    has_group: AtomicBool,
}

/// Memory that is reserved and can be given back at any time, such as that of a cache.
pub trait Reclaim: Send + Sync + UnwindSafe + RefUnwindSafe + fmt::Debug {
    /// Releases reservations of at least so many bytes if possible. Called by any thread that reserves memory,
    /// so it must not wait for one that does.
    fn reclaim(&self, bytes: usize);

    /// The bytes that can be released.
    fn reclaimable(&self) -> usize;
}

impl MemoryPool {
    /// A pool without a parent. `usize::MAX` means no limit.
    pub fn new(limit: usize) -> Arc<MemoryPool> {
        Arc::new(MemoryPool::with_parent(limit, None))
    }

    /// A pool whose reservations are charged to `self` too.
    pub fn child(self: &Arc<MemoryPool>, limit: usize) -> Arc<MemoryPool> {
        Arc::new(MemoryPool::with_parent(limit, Some(self.clone())))
    }

    fn with_parent(limit: usize, parent: Option<Arc<MemoryPool>>) -> MemoryPool {
        MemoryPool {
            limit: AtomicUsize::new(limit),
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            parent,
            free: FreeList::default(),
            reclaimer: OnceLock::new(),
            group: RwLock::default(),
            has_group: AtomicBool::new(false),
        }
    }

    /// The most bytes that may be in use at once.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Changes the limit. Existing reservations stay, even above it.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Charges reservations from now on to a group as well, which has no parent: `None` for no group. Those that exist
    /// stay with the group that they were made in.
    pub fn set_group(&self, group: Option<Arc<MemoryPool>>) {
        self.has_group.store(group.is_some(), Ordering::Release);
        *self.group.write().unwrap_or_else(PoisonError::into_inner) = group;
    }

    fn group(&self) -> Option<Arc<MemoryPool>> {
        if !self.has_group.load(Ordering::Acquire) {
            return None;
        }
        self.group.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes in use now.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes that can be reserved, in this pool and all its ancestors, those of caches included.
    pub(crate) fn available(&self) -> usize {
        let reclaimer = self.reclaimer.get().and_then(Weak::upgrade);
        let reclaimable = reclaimer.map_or(0, |reclaimer| reclaimer.reclaimable());
        let here = self.limit().saturating_sub(self.used().saturating_sub(reclaimable));
        let here = self.group().map_or(here, |group| here.min(group.available()));
        self.parent.as_ref().map_or(here, |parent| here.min(parent.available()))
    }

    /// The most bytes that were in use at once since [`MemoryPool::reset_peak`].
    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// Resets the peak to the bytes in use now.
    pub fn reset_peak(&self) {
        self.peak.store(self.used(), Ordering::Relaxed);
    }

    /// Reserves bytes for `operation` until the reservation is dropped.
    pub fn reserve(self: &Arc<MemoryPool>, operation: &'static str, bytes: usize) -> Result<Reservation> {
        let group = self.group();
        self.take_with(group.as_deref(), operation, bytes)?;
        Ok(Reservation { pool: self.clone(), group, bytes })
    }

    /// Sets what is asked for memory before a reservation fails. The pool has no parent; the first call counts.
    pub fn set_reclaimer(&self, reclaimer: Weak<dyn Reclaim>) {
        // A second reclaimer would mean two caches of one engine, which there are not.
        let _ = self.reclaimer.set(reclaimer);
    }

    /// Takes bytes of this pool and of a group, or of none.
    fn take_with(&self, group: Option<&MemoryPool>, operation: &'static str, bytes: usize) -> Result<()> {
        self.take(operation, bytes)?;
        match group {
            Some(group) => group.take(operation, bytes).inspect_err(|_| self.release(bytes)),
            None => Ok(()),
        }
    }

    fn take(&self, operation: &'static str, bytes: usize) -> Result<()> {
        self.take_once(operation, bytes).or_else(|failed| {
            let Some(reclaimer) = self.reclaimer.get().and_then(Weak::upgrade) else { return Err(failed) };
            let missing = self.used().saturating_add(bytes).saturating_sub(self.limit());
            reclaimer.reclaim(missing);
            self.take_once(operation, bytes)
        })
    }

    fn take_once(&self, operation: &'static str, bytes: usize) -> Result<()> {
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
            // The free list shrinks to make room.
            None => self.free.shrink_to(limit - after),
        }
        // The peak rarely changes, so a load avoids most of the atomic updates.
        if after > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(after, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The ancestor without a parent.
    fn root(&self) -> &MemoryPool {
        let mut pool = self;
        while let Some(parent) = &pool.parent {
            pool = parent;
        }
        pool
    }

    /// A large allocation from the free list. Its bytes must be reserved.
    pub(crate) fn take_free(&self, layout: std::alloc::Layout) -> Option<Allocation> {
        self.root().free.take(layout)
    }

    /// Bytes of the free list: large allocations that the engine keeps for reuse. They are not part of
    /// [`MemoryPool::used`], and are freed when a reservation needs them.
    pub fn free_list_bytes(&self) -> usize {
        self.root().free.bytes()
    }

    /// Frees all allocations of the free list.
    pub fn clear_free_list(&self) {
        self.root().free.shrink_to(0);
    }

    fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.parent {
            parent.release(bytes);
        }
    }
}

/// Bytes reserved from a pool; dropping it releases them.
#[derive(Debug)]
pub struct Reservation {
    pool: Arc<MemoryPool>,
    /// The group that the bytes are charged to, too.
    group: Option<Arc<MemoryPool>>,
    bytes: usize,
}

impl Reservation {
    /// The bytes reserved.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Reserves more bytes.
    pub fn grow(&mut self, operation: &'static str, bytes: usize) -> Result<()> {
        self.pool.take_with(self.group.as_deref(), operation, bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Reservation {
    /// Releases the bytes, and moves their allocation to the free list if the limit leaves room.
    pub(crate) fn release_to_free_list(self, allocation: Allocation) {
        let pool = self.pool.clone();
        drop(self);
        let root = pool.root();
        let limit = root.limit();
        root.free.keep(allocation, (limit / FREE_LIST_FRACTION).min(limit.saturating_sub(root.used())));
    }
}

/// The free list holds at most this fraction of the limit: an eighth.
const FREE_LIST_FRACTION: usize = 8;

impl Drop for Reservation {
    fn drop(&mut self) {
        self.pool.release(self.bytes);
        if let Some(group) = &self.group {
            group.release(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_bounds_the_pools_in_it_together() {
        let engine = MemoryPool::new(1000);
        let (one, other) = (engine.child(1000), engine.child(1000));
        let before = one.reserve("test", 100).unwrap();
        let group = MemoryPool::new(300);
        one.set_group(Some(group.clone()));
        other.set_group(Some(group.clone()));
        let mut held = one.reserve("test", 150).unwrap();
        let beside = other.reserve("test", 100).unwrap();
        assert_eq!((group.used(), engine.used(), other.available()), (250, 350, 50));
        let refused = held.grow("test", 60).unwrap_err();
        assert_eq!(refused, Error::MemoryLimit { operation: "test", requested: 60, limit: 300, used: 250 });
        assert!(other.reserve("test", 60).is_err());
        assert_eq!(
            (one.used(), other.used(), engine.used()),
            (250, 100, 350),
            "nothing is left of what was refused"
        );
        // What was made in the group stays with it, and what was not is not.
        one.set_group(None);
        drop(before);
        assert_eq!((group.used(), engine.used()), (250, 250));
        drop((held, beside));
        assert_eq!((group.used(), engine.used(), one.used()), (0, 0, 0));
    }
}
