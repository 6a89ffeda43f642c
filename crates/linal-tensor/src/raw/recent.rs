//! The memory of small results, which later results are written to.

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::{Ordering, fence};

use arrow_buffer::Buffer;

use super::fill_whole;
use crate::Element;

/// A buffer over memory that is written again once nobody else has the buffer.
#[derive(Debug)]
pub(crate) struct Written {
    buffer: Buffer,
    /// The start of the memory, as it was allocated: the buffer gives no pointer to write through.
    pointer: NonNull<u8>,
}

// SAFETY: a buffer is `Send`; the pointer is to the buffer's memory, and written through only with `&mut self`.
unsafe impl Send for Written {}

impl Written {
    /// `pointer` is what the whole of `buffer`, made in this module's parent, was allocated at.
    pub(super) fn new(buffer: Buffer, pointer: NonNull<u8>) -> Written {
        Written { buffer, pointer }
    }

    /// The buffer, for a tensor.
    #[inline]
    pub fn buffer(&self) -> Buffer {
        self.buffer.clone()
    }

    /// Whether nobody else has the buffer, or a part of it.
    #[inline]
    fn is_free(&self) -> bool {
        let free = self.buffer.strong_count() == 1;
        // Who let go of the buffer on another thread has read it before this thread writes it.
        fence(Ordering::Acquire);
        free
    }

    /// Writes the memory again with one call of `fill`, if nobody else has the buffer.
    ///
    /// # Panics
    /// When somebody has.
    #[inline]
    pub fn write<T: Element, E>(
        &mut self,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<(), E> {
        assert!(self.is_free(), "memory that is written again is nobody else's");
        let len = self.buffer.len() / size_of::<T>();
        // SAFETY: the memory holds `len` elements and is aligned beyond any element. This buffer is the only one over it:
        // parts and clones count, there are no weak references to a buffer's memory, and a slice of it borrows a
        // buffer. `&mut self` keeps anyone from cloning it while it is written (invariant 4).
        let block = unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr().cast(), len) };
        fill_whole(block, fill).map(|_| ())
    }
}

/// The last small results: a statement that runs again and again writes where its result before the last one was, once
/// nobody looks at that any more.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    places: [Option<Written>; Recent::PLACES],
    next: usize,
}

impl Recent {
    const PLACES: usize = 4;

    /// Results up to this size take part.
    pub const LARGEST: usize = 64 << 10;

    /// Memory of this very size that nobody else holds, with the place that it is taken from.
    #[inline]
    pub fn take(&mut self, bytes: usize) -> Option<Written> {
        let fits = |written: &Written| written.buffer.len() == bytes && written.is_free();
        self.places.iter_mut().find(|place| place.as_ref().is_some_and(fits))?.take()
    }

    /// Remembers the memory of a result.
    #[inline]
    pub fn keep(&mut self, written: Written) {
        if let Some(place) = self.places.iter_mut().find(|place| place.is_none()) {
            *place = Some(written);
            return;
        }
        self.places[self.next] = Some(written);
        self.next = (self.next + 1) % Recent::PLACES;
    }
}
