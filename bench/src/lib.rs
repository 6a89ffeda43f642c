//! What the benchmarks share: an allocator that counts.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The allocator that the `linal` binary uses, with counters of bytes and calls in front of it.
pub struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on unchanged to mimalloc, which is a global allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { mimalloc::MiMalloc.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above with this layout.
        unsafe { mimalloc::MiMalloc.dealloc(pointer, layout) }
    }
}

/// Bytes and calls of the allocations that `work` made on all threads.
pub fn allocations<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = (BYTES.load(Ordering::Relaxed), CALLS.load(Ordering::Relaxed));
    let value = work();
    let after = (BYTES.load(Ordering::Relaxed), CALLS.load(Ordering::Relaxed));
    (after.0 - before.0, after.1 - before.1, value)
}
