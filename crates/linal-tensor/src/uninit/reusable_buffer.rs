//! Buffers of small results, which later results reuse.

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::{Ordering, fence};

use arrow_buffer::Buffer;

use super::fill_block;
use crate::Element;

/// A buffer whose memory is written again once there is no other reference to it.
#[derive(Debug)]
pub(crate) struct ReusableBuffer {
    buffer: Buffer,
    /// The start of the memory, as allocated: the buffer has no mutable pointer.
    pointer: NonNull<u8>,
}

// SAFETY: a buffer is `Send`; the pointer is to the buffer's memory, and written through only with `&mut
// self`.
unsafe impl Send for ReusableBuffer {}

impl ReusableBuffer {
    /// `pointer` is the start of the allocation of `buffer`, which the parent module created.
    pub(super) fn new(buffer: Buffer, pointer: NonNull<u8>) -> ReusableBuffer {
        ReusableBuffer { buffer, pointer }
    }

    /// The buffer, for a tensor.
    #[inline]
    pub fn buffer(&self) -> Buffer {
        self.buffer.clone()
    }

    /// Whether this is the only reference to the memory.
    #[inline]
    fn is_unique(&self) -> bool {
        let unique = self.buffer.strong_count() == 1;
        // Reads by other threads before they dropped their reference happen before the write of this thread.
        fence(Ordering::Acquire);
        unique
    }

    /// Writes the memory with one call of `fill`.
    ///
    /// # Panics
    /// When there is another reference to the memory.
    #[inline]
    pub fn write<T: Element, E>(
        &mut self,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<(), E> {
        assert!(self.is_unique(), "memory that is written again has one owner");
        let len = self.buffer.len() / size_of::<T>();
        // SAFETY: the memory holds `len` elements and is aligned beyond any element. This buffer is the only
        // one over it: parts and clones count, there are no weak references to a buffer's memory, and a slice
        // of it borrows a buffer. `&mut self` prevents clones while it is written (invariant 4).
        let block = unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr().cast(), len) };
        fill_block(block, fill).map(|_| ())
    }
}

/// The buffers of the last small results. A statement that runs repeatedly reuses the buffer of its result
/// before the last one, once that was dropped.
#[derive(Debug, Default)]
pub(crate) struct ReusableBuffers {
    slots: [Option<ReusableBuffer>; ReusableBuffers::SLOTS],
    next: usize,
}

impl ReusableBuffers {
    const SLOTS: usize = 4;

    /// The largest results whose buffers are kept, in bytes.
    pub const LARGEST: usize = 64 << 10;

    /// Removes a buffer of exactly this size that has no other reference.
    #[inline]
    pub fn take(&mut self, bytes: usize) -> Option<ReusableBuffer> {
        let fits = |reusable: &ReusableBuffer| reusable.buffer.len() == bytes && reusable.is_unique();
        self.slots.iter_mut().find(|slot| slot.as_ref().is_some_and(fits))?.take()
    }

    /// Adds the buffer of a result.
    #[inline]
    pub fn keep(&mut self, reusable: ReusableBuffer) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(reusable);
            return;
        }
        self.slots[self.next] = Some(reusable);
        self.next = (self.next + 1) % ReusableBuffers::SLOTS;
    }
}
