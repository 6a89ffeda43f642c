//! Allocations; large ones are kept when they are let go.
//!
//! A fresh large allocation costs a page fault for every 4 KiB (2 MiB with huge pages) that is written the first time,
//! which takes longer than most element-wise work over it.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Allocations from this size on are kept when they are let go. mimalloc and glibc give such memory back to the system.
pub(super) const LARGE: usize = 1 << 20;

/// The most bytes that are kept for later, whatever the limit is.
const MOST_KEPT: usize = 512 << 20;

/// The most blocks that are kept: a list this short is searched faster than one is faulted in.
const MOST_BLOCKS: usize = 16;

/// Memory that belongs to this value alone. Nothing reads or writes through it but its holder.
#[derive(Debug)]
pub(crate) struct Block {
    pub(super) pointer: NonNull<u8>,
    pub(super) layout: Layout,
}

// SAFETY: the pointer is owned alone by this value and never read through it.
unsafe impl Send for Block {}
// SAFETY: as above; a shared reference gives no access to the memory.
unsafe impl Sync for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: `pointer` came from `alloc` with this very layout (invariant 3).
            unsafe { dealloc(self.pointer.as_ptr(), self.layout) }
        }
    }
}

impl Block {
    /// New memory, not initialised; `None` when there is none.
    pub(super) fn allocate(layout: Layout) -> Option<Block> {
        if layout.size() == 0 {
            // Aligned and never dereferenced; the alignment is a non-zero number.
            let pointer = NonNull::new(std::ptr::without_provenance_mut(layout.align()))?;
            return Some(Block { pointer, layout });
        }
        // SAFETY: the size is not zero.
        let pointer = NonNull::new(unsafe { alloc(layout) })?;
        // SAFETY: nobody has written the memory, or reads it.
        unsafe { ask_for_huge_pages(pointer.as_ptr(), layout.size()) }
        Some(Block { pointer, layout })
    }
}

/// Asks for fewer and larger pages, where the system leaves the choice to programs: fewer page faults, and fewer misses of
/// the TLB. Small memory is left as it is.
///
/// Allocators give memory again whose pages are there already, and stay small. They are let go first, so that new ones come.
///
/// # Safety
/// The memory is allocated, private to the process, and its contents are lost.
pub(super) unsafe fn ask_for_huge_pages(pointer: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        const WORTH_IT: usize = 4 << 20;
        if bytes >= WORTH_IT {
            let start = pointer.addr().next_multiple_of(PAGE);
            let end = (pointer.addr() + bytes) / PAGE * PAGE;
            let pages = pointer.with_addr(start).cast();
            // SAFETY: whole pages of the memory, whose contents the caller has no use for; advice may be refused.
            unsafe {
                libc::madvise(pages, end - start, libc::MADV_DONTNEED);
                libc::madvise(pages, end - start, libc::MADV_HUGEPAGE);
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (pointer, bytes);
}

/// Large blocks that nobody uses, kept by the pool of an engine. They are no tensors', so they are not charged; the pool
/// lets them go when its limit comes near.
#[derive(Debug, Default)]
pub(crate) struct FreeBlocks {
    blocks: Mutex<Vec<Block>>,
    bytes: AtomicUsize,
}

impl FreeBlocks {
    /// The bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Keeps a block, unless there are more than `limit` bytes or too many blocks then: older ones make room.
    pub fn keep(&self, block: Block, limit: usize) {
        let limit = limit.min(MOST_KEPT);
        if block.layout.size() > limit {
            return;
        }
        self.change(|blocks| {
            blocks.push(block);
            let_go(blocks, limit)
        });
    }

    /// A kept block that fits without much waste, the youngest first: it may still be in a cache.
    pub fn take(&self, layout: Layout) -> Option<Block> {
        if self.bytes() == 0 {
            return None;
        }
        let fits = |block: &Block| {
            let size = block.layout.size();
            size >= layout.size() && size <= layout.size() + layout.size() / 4
        };
        let mut found = self.change(|blocks| {
            let place =
                blocks.iter().rposition(|block| fits(block) && block.layout.align() >= layout.align());
            place.map(|place| blocks.remove(place)).into_iter().collect()
        });
        found.pop()
    }

    /// Lets blocks go until at most `limit` bytes are kept.
    pub fn shrink_to(&self, limit: usize) {
        if self.bytes() <= limit {
            return;
        }
        self.change(|blocks| let_go(blocks, limit));
    }

    /// Changes the list and counts anew. What is taken out is freed without the lock.
    fn change(&self, change: impl FnOnce(&mut Vec<Block>) -> Vec<Block>) -> Vec<Block> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let out = change(&mut blocks);
        self.bytes.store(bytes_of(&blocks), Ordering::Relaxed);
        out
    }
}

fn bytes_of(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.layout.size()).sum()
}

/// Takes the oldest blocks out, until what is left is neither too much nor too many.
fn let_go(blocks: &mut Vec<Block>, limit: usize) -> Vec<Block> {
    let mut first = blocks.len().saturating_sub(MOST_BLOCKS);
    while bytes_of(&blocks[first..]) > limit {
        first += 1;
    }
    blocks.drain(..first).collect()
}
