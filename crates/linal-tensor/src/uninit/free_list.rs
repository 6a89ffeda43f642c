//! Allocations, and a free list of large ones.
//!
//! A fresh large allocation costs a page fault for every 4 KiB (2 MiB with huge pages) that is written the
//! first time, which takes longer than most element-wise kernels over it.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The least size of allocations in the free list. mimalloc and glibc return such memory to the system.
pub(super) const LARGE: usize = 1 << 20;

/// The most bytes of a free list, whatever the limit of the pool is.
const MAX_BYTES: usize = 512 << 20;

/// The most allocations of a free list. A linear search of a list this short takes less time than a page
/// fault.
const MAX_ALLOCATIONS: usize = 16;

/// Uniquely owned memory. Only its owner reads or writes it.
#[derive(Debug)]
pub(crate) struct Allocation {
    pub(super) pointer: NonNull<u8>,
    pub(super) layout: Layout,
}

// SAFETY: this value is the only owner of the pointer, and never dereferences it.
unsafe impl Send for Allocation {}
// SAFETY: as above; a shared reference gives no access to the memory.
unsafe impl Sync for Allocation {}

impl Drop for Allocation {
    fn drop(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: `pointer` came from `alloc` with this very layout (invariant 3).
            unsafe { dealloc(self.pointer.as_ptr(), self.layout) }
        }
    }
}

impl Allocation {
    /// New uninitialised memory; `None` when the allocation fails.
    pub(super) fn allocate(layout: Layout) -> Option<Allocation> {
        if layout.size() == 0 {
            // Aligned and never dereferenced; the alignment is a non-zero number.
            let pointer = NonNull::new(std::ptr::without_provenance_mut(layout.align()))?;
            return Some(Allocation { pointer, layout });
        }
        // SAFETY: the size is not zero.
        let pointer = NonNull::new(unsafe { alloc(layout) })?;
        // SAFETY: the memory is new, so it has no contents.
        unsafe { advise_huge_pages(pointer.as_ptr(), layout.size()) }
        Some(Allocation { pointer, layout })
    }
}

/// Asks the system for huge pages, where it supports `madvise`: fewer page faults, and fewer TLB misses.
/// Small memory is left as it is.
///
/// Allocators reuse memory whose small pages are mapped already. These are released first, so that the memory
/// is mapped anew.
///
/// # Safety
/// The memory is allocated, private to the process, and its contents are lost.
pub(super) unsafe fn advise_huge_pages(pointer: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        const MIN_BYTES: usize = 4 << 20;
        if bytes >= MIN_BYTES {
            let start = pointer.addr().next_multiple_of(PAGE);
            let end = (pointer.addr() + bytes) / PAGE * PAGE;
            let pages = pointer.with_addr(start).cast();
            // SAFETY: whole pages of the memory, whose contents the caller does not need; a failed advice has
            // no effect.
            unsafe {
                libc::madvise(pages, end - start, libc::MADV_DONTNEED);
                libc::madvise(pages, end - start, libc::MADV_HUGEPAGE);
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (pointer, bytes);
}

/// Large allocations that are not in use, kept by the pool of an engine for reuse. They are not charged; the
/// pool frees them when a reservation needs the memory.
#[derive(Debug, Default)]
pub(crate) struct FreeList {
    allocations: Mutex<Vec<Allocation>>,
    bytes: AtomicUsize,
}

impl FreeList {
    /// The bytes of all allocations of the list.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Adds an allocation, and evicts the oldest ones above `limit` bytes or [`MAX_ALLOCATIONS`].
    pub fn keep(&self, allocation: Allocation, limit: usize) {
        let limit = limit.min(MAX_BYTES);
        if allocation.layout.size() > limit {
            return;
        }
        self.change(|allocations| {
            allocations.push(allocation);
            evict(allocations, limit)
        });
    }

    /// Removes an allocation that fits with at most a quarter of waste, the newest first: it may still be in
    /// a cache.
    pub fn take(&self, layout: Layout) -> Option<Allocation> {
        if self.bytes() == 0 {
            return None;
        }
        let fits = |allocation: &Allocation| {
            let size = allocation.layout.size();
            size >= layout.size() && size <= layout.size() + layout.size() / 4
        };
        let mut found = self.change(|allocations| {
            let index = allocations
                .iter()
                .rposition(|allocation| fits(allocation) && allocation.layout.align() >= layout.align());
            index.map(|index| allocations.remove(index)).into_iter().collect()
        });
        found.pop()
    }

    /// Evicts allocations until at most `limit` bytes remain.
    pub fn shrink_to(&self, limit: usize) {
        if self.bytes() <= limit {
            return;
        }
        self.change(|allocations| evict(allocations, limit));
    }

    /// Changes the list and updates the byte count. The allocations that are returned are freed without the
    /// lock.
    fn change(&self, change: impl FnOnce(&mut Vec<Allocation>) -> Vec<Allocation>) -> Vec<Allocation> {
        let mut allocations = self.allocations.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = change(&mut allocations);
        self.bytes.store(total_bytes(&allocations), Ordering::Relaxed);
        removed
    }
}

fn total_bytes(allocations: &[Allocation]) -> usize {
    allocations.iter().map(|allocation| allocation.layout.size()).sum()
}

/// Removes the oldest allocations until the rest fits the limits.
fn evict(allocations: &mut Vec<Allocation>, limit: usize) -> Vec<Allocation> {
    let mut first = allocations.len().saturating_sub(MAX_ALLOCATIONS);
    while total_bytes(&allocations[first..]) > limit {
        first += 1;
    }
    allocations.drain(..first).collect()
}
