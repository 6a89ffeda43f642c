//! Uninitialised buffers: allocation without zero-filling, and the conversion to Arrow buffers.
//!
//! This is the only module of the crate with unsafe code. Its invariants:
//!
//! 1. An [`UninitBuffer`] is turned into a [`Buffer`] only when every element has been written. Writers prove
//!    it: a function that fills a block returns the initialised block, and [`UninitBuffer`] checks that it is
//!    the whole block that it handed out.
//! 2. A buffer that a tensor of dtype `T` points at is aligned for `T`, and holds values of `T`: it was
//!    allocated here for `T`, or its bytes were checked (only `bool` has bytes that are not values).
//! 3. The memory of a [`Buffer`] of this module is freed once, by its `Allocation`, with the layout that
//!    allocated it.
//! 4. Memory is written only while nobody can read it: before there is a buffer over it, or while a
//!    `ReusableBuffer` has the only reference to it (`ReusableBuffer::is_unique`), through which this crate
//!    never reads.
#![allow(unsafe_code)]

mod free_list;

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::budget::{MemoryPool, Reservation};
use crate::{Element, Error, Result};

/// Alignment of allocated tensors: a cache line, and the widest SIMD register.
const ALIGNMENT: usize = 64;

mod reusable_buffer;

pub(crate) use free_list::{Allocation, FreeList};
pub(crate) use reusable_buffer::{ReusableBuffer, ReusableBuffers};

/// Owns the memory of a buffer, and its reservation.
#[derive(Debug)]
pub(crate) struct Owner {
    allocation: Allocation,
    /// Released when the last buffer over the memory is dropped.
    reservation: Option<Reservation>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.allocation.layout.size() < free_list::LARGE || self.allocation.layout.align() < ALIGNMENT {
            return;
        }
        if let Some(reservation) = self.reservation.take() {
            let nothing = Allocation { pointer: NonNull::dangling(), layout: Layout::new::<()>() };
            reservation.release_to_free_list(std::mem::replace(&mut self.allocation, nothing));
        }
    }
}

/// An allocated array of `len` uninitialised elements.
pub struct UninitBuffer<T: Element> {
    owner: Owner,
    len: usize,
    _element: std::marker::PhantomData<T>,
}

impl<T: Element> UninitBuffer<T> {
    /// Reserves and allocates memory for `len` elements, on behalf of `operation`.
    pub fn new(pool: &Arc<MemoryPool>, operation: &'static str, len: usize) -> Result<UninitBuffer<T>> {
        let too_large = || Error::MemoryLimit {
            operation,
            requested: len.saturating_mul(size_of::<T>()),
            limit: pool.limit(),
            used: pool.used(),
        };
        let bytes = len.checked_mul(size_of::<T>()).ok_or_else(too_large)?;
        let layout = Layout::from_size_align(bytes, ALIGNMENT).map_err(|_| too_large())?;
        let reservation = pool.reserve(operation, bytes)?;
        let free = if bytes >= free_list::LARGE { pool.take_free(layout) } else { None };
        let allocation = free.or_else(|| Allocation::allocate(layout)).ok_or_else(too_large)?;
        let owner = Owner { allocation, reservation: Some(reservation) };
        Ok(UninitBuffer { owner, len, _element: std::marker::PhantomData })
    }

    fn uninit(&mut self) -> &mut [MaybeUninit<T>] {
        // SAFETY: the block holds `len` elements, is aligned beyond any element, and is borrowed mutably
        // here; there is no buffer over it before the owner is given away.
        unsafe { std::slice::from_raw_parts_mut(self.owner.allocation.pointer.as_ptr().cast(), self.len) }
    }

    /// Writes the whole array with one call. `fill` returns the block that it was given, initialised.
    pub fn fill<E>(
        mut self,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<Buffer, E> {
        fill_block(self.uninit(), fill)?;
        Ok(self.into_buffer())
    }

    /// As [`UninitBuffer::fill`], for a buffer that may be reused.
    pub(crate) fn fill_reusable<E>(
        mut self,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<ReusableBuffer, E> {
        fill_block(self.uninit(), fill)?;
        let pointer = self.owner.allocation.pointer;
        Ok(ReusableBuffer::new(self.into_buffer(), pointer))
    }

    /// The array as a buffer. The caller must have written every element.
    fn into_buffer(self) -> Buffer {
        let (pointer, bytes) = (self.owner.allocation.pointer, self.len * size_of::<T>());
        // SAFETY: the pointer is valid for `bytes` initialised bytes as long as the owner lives, and the
        // buffer keeps it alive. An allocation of the free list may be larger.
        unsafe { Buffer::from_custom_allocation(pointer, bytes, Arc::new(self.owner)) }
    }
}

/// Writes a block with one call of `fill`, which returns the block that it was given, initialised.
pub fn fill_block<T, E>(
    block: &mut [MaybeUninit<T>],
    fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
) -> std::result::Result<&mut [T], E> {
    let expected = (block.as_ptr().cast::<T>(), block.len());
    assert_same_block(expected, fill(block)?);
    // SAFETY: the writer returned the whole block as initialised.
    Ok(unsafe { block.assume_init_mut() })
}

/// Panics when a writer did not return the block that it was asked to write: a bug of this crate, after which
/// uninitialised memory would be read.
fn assert_same_block<T>(expected: (*const T, usize), written: &[T]) {
    assert!(
        std::ptr::eq(expected.0, written.as_ptr()) && expected.1 == written.len(),
        "a kernel returned another block than the one it was given"
    );
}

/// Writes `value(i)` to every element of a block, and returns the block as initialised.
#[inline(always)]
pub fn write_each<T: Copy>(out: &mut [MaybeUninit<T>], mut value: impl FnMut(usize) -> T) -> &mut [T] {
    for (i, slot) in out.iter_mut().enumerate() {
        slot.write(value(i));
    }
    // SAFETY: the loop above wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes `f(a[i])` to every element of a block of the same length, and returns the block as initialised.
#[inline(always)]
pub fn write_map<'o, A: Copy, T: Copy>(
    out: &'o mut [MaybeUninit<T>],
    a: &[A],
    mut f: impl FnMut(A) -> T,
) -> &'o mut [T] {
    assert_eq!(out.len(), a.len(), "operand length");
    for (slot, &x) in out.iter_mut().zip(a) {
        slot.write(f(x));
    }
    // SAFETY: both lengths are equal, so the loop wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes `f(a[i], b[i])` to every element of a block of the same length, and returns the block as
/// initialised.
#[inline(always)]
pub fn write_zip<'o, A: Copy, B: Copy, T: Copy>(
    out: &'o mut [MaybeUninit<T>],
    a: &[A],
    b: &[B],
    mut f: impl FnMut(A, B) -> T,
) -> &'o mut [T] {
    assert_eq!(out.len(), a.len(), "left operand length");
    assert_eq!(out.len(), b.len(), "right operand length");
    for ((slot, &x), &y) in out.iter_mut().zip(a).zip(b) {
        slot.write(f(x, y));
    }
    // SAFETY: all lengths are equal, so the loop wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes `f(a[i], b[i], c[i])` to every element of a block of the same length, and returns the block as
/// initialised.
#[inline(always)]
pub fn write_zip3<'o, A: Copy, T: Copy>(
    out: &'o mut [MaybeUninit<T>],
    a: &[A],
    b: &[A],
    c: &[A],
    mut f: impl FnMut(A, A, A) -> T,
) -> &'o mut [T] {
    assert!([a.len(), b.len(), c.len()] == [out.len(); 3], "operand lengths");
    for (((slot, &x), &y), &z) in out.iter_mut().zip(a).zip(b).zip(c) {
        slot.write(f(x, y, z));
    }
    // SAFETY: all lengths are equal, so the loop wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes an array in chunks of `size` elements (the last may be shorter). `write` takes the index of the
/// chunk's first element and the chunk, and returns the chunk, initialised.
pub fn write_chunks<T: Copy, E>(
    out: &mut [MaybeUninit<T>],
    size: usize,
    mut write: impl for<'p> FnMut(usize, &'p mut [MaybeUninit<T>]) -> std::result::Result<&'p mut [T], E>,
) -> std::result::Result<&mut [T], E> {
    let size = size.max(1);
    for (i, block) in out.chunks_mut(size).enumerate() {
        let expected = (block.as_ptr().cast::<T>(), block.len());
        assert_same_block(expected, write(i * size, block)?);
    }
    // SAFETY: the chunks cover the array, and each was checked to be written.
    Ok(unsafe { out.assume_init_mut() })
}

/// As [`write_chunks`], on the threads of the current rayon pool. A thread takes at least `min_grain`
/// adjacent chunks.
pub fn par_write_chunks<T: Copy + Send, E: Send>(
    out: &mut [MaybeUninit<T>],
    size: usize,
    min_grain: usize,
    write: impl for<'p> Fn(usize, &'p mut [MaybeUninit<T>]) -> std::result::Result<&'p mut [T], E> + Sync,
) -> std::result::Result<&mut [T], E> {
    par_write_chunks_with(out, size, min_grain, &write)
}

/// A function that writes the chunk that begins at an index.
type WriteChunk<'w, T, E> =
    &'w (dyn for<'p> Fn(usize, &'p mut [MaybeUninit<T>]) -> std::result::Result<&'p mut [T], E> + Sync);

/// [`par_write_chunks`] through a pointer: rayon's functions are generic over what they call, and each of several hundred
/// kernels would be compiled into a copy of them.
fn par_write_chunks_with<'o, T: Copy + Send, E: Send>(
    out: &'o mut [MaybeUninit<T>],
    size: usize,
    min_grain: usize,
    write: WriteChunk<'_, T, E>,
) -> std::result::Result<&'o mut [T], E> {
    use rayon::prelude::*;
    let size = size.max(1);
    out.par_chunks_mut(size).enumerate().with_min_len(min_grain).try_for_each(|(i, block)| {
        let expected = (block.as_ptr().cast::<T>(), block.len());
        write(i * size, block).map(|written| assert_same_block(expected, written))
    })?;
    // SAFETY: the chunks cover the array, and each was checked to be written.
    Ok(unsafe { out.assume_init_mut() })
}

/// An initialised block as one that functions for uninitialised blocks can write.
///
/// The writers of this crate only store initialised values, so the block stays initialised.
pub(crate) fn as_uninit<T: Copy>(block: &mut [T]) -> &mut [MaybeUninit<T>] {
    // SAFETY: same layout; every writer of this crate stores initialised values only.
    unsafe { &mut *(std::ptr::from_mut(block) as *mut [MaybeUninit<T>]) }
}

/// The elements of a buffer, from its start.
///
/// # Panics
/// When the buffer is not aligned for `T`. Tensors check that when they are created.
#[inline]
pub(crate) fn elements<T: Element>(buffer: &Buffer) -> &[T] {
    let len = buffer.len() / size_of::<T>();
    let pointer = buffer.as_ptr().cast::<T>();
    assert!(pointer.is_aligned(), "a tensor's buffer is aligned for its dtype");
    // SAFETY: aligned, in bounds of the buffer, and holding values of `T` (invariant 2).
    unsafe { std::slice::from_raw_parts(pointer, len) }
}

/// A buffer over the memory of a vector; nothing is copied.
pub(crate) fn buffer_from_vec<T: Element>(values: Vec<T>, reservation: Option<Reservation>) -> Buffer {
    let mut values = std::mem::ManuallyDrop::new(values);
    let capacity = values.capacity() * size_of::<T>();
    let bytes = values.len() * size_of::<T>();
    // A vector's pointer is never null, and its layout is that of an array of its capacity.
    let pointer = NonNull::from(values.as_mut_slice()).cast::<u8>();
    let layout = Layout::array::<T>(capacity / size_of::<T>()).unwrap_or(Layout::new::<T>());
    let owner = Owner { allocation: Allocation { pointer, layout }, reservation };
    // SAFETY: `bytes` of the block are initialised, and the buffer keeps the owner alive.
    unsafe { Buffer::from_custom_allocation(pointer, bytes, Arc::new(owner)) }
}

/// An empty vector with capacity for `len` elements, in huge pages where the system supports `madvise`.
///
/// # Errors
/// When the block fails.
pub fn vec_in_huge_pages<T: Element>(
    len: usize,
) -> std::result::Result<Vec<T>, std::collections::TryReserveError> {
    let mut values: Vec<T> = Vec::new();
    values.try_reserve_exact(len)?;
    // SAFETY: the vector is empty, so that its memory has no contents.
    unsafe { free_list::advise_huge_pages(values.as_mut_ptr().cast(), values.capacity() * size_of::<T>()) }
    Ok(values)
}

/// The bytes of elements, in the byte order of this machine.
pub fn bytes_of<T: Element>(values: &[T]) -> &[u8] {
    // SAFETY: elements have no padding (complex numbers are two equal floats), so every byte is initialised.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Multiplies matrices into an uninitialised array: `out = left x right`, row-major `[m, n]`.
///
/// Operands are slices with element strides; a broadcast axis may have stride 0, a reversed one a negative
/// stride.
pub(crate) fn matmul_into<'o, T: Element + faer::traits::ComplexField>(
    out: &'o mut [MaybeUninit<T>],
    left: &StridedMatrix<'_, T>,
    right: &StridedMatrix<'_, T>,
    parallelism: faer::Par,
) -> &'o mut [T] {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert_eq!(k, right.rows, "inner sizes are checked when the node is built");
    assert_eq!(out.len(), m * n, "the output is a whole matrix");
    left.check();
    right.check();
    // SAFETY: `check` proved that both operands stay inside their slices for every index; the output is
    // `m x n` row-major and borrowed mutably. With `Accum::Replace` faer writes every element of the
    // destination without reading it first, also when `k` is 0.
    unsafe {
        let destination = faer::MatMut::from_raw_parts_mut(out.as_mut_ptr().cast::<T>(), m, n, n as isize, 1);
        faer::linalg::matmul::matmul(
            destination,
            faer::Accum::Replace,
            left.as_faer(),
            right.as_faer(),
            faer::traits::math_utils::one(),
            parallelism,
        );
        out.assume_init_mut()
    }
}

/// A matrix in a slice, with strides.
pub(crate) struct StridedMatrix<'a, T> {
    pub data: &'a [T],
    pub offset: usize,
    pub rows: usize,
    pub columns: usize,
    pub row_stride: isize,
    pub column_stride: isize,
}

impl<T> StridedMatrix<'_, T> {
    /// # Safety
    /// [`StridedMatrix::check`] passed.
    unsafe fn as_faer(&self) -> faer::MatRef<'_, T> {
        let first = self.data.as_ptr().wrapping_add(self.offset);
        // SAFETY: the caller checked that all elements lie inside of `data`.
        unsafe {
            faer::MatRef::from_raw_parts(first, self.rows, self.columns, self.row_stride, self.column_stride)
        }
    }

    /// Panics when an element would lie outside of the slice: a bug of this crate.
    fn check(&self) {
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        let last_row = (self.rows - 1) as isize * self.row_stride;
        let last_column = (self.columns - 1) as isize * self.column_stride;
        let low = self.offset as isize + last_row.min(0) + last_column.min(0);
        let high = self.offset as isize + last_row.max(0) + last_column.max(0);
        assert!(low >= 0 && (high as usize) < self.data.len(), "a matrix lies inside its buffer");
    }
}

impl<T> StridedMatrix<'_, T> {
    /// The matrix as a faer reference.
    ///
    /// # Panics
    /// When an element would lie outside of the slice: a bug of this crate.
    pub fn matrix(&self) -> faer::MatRef<'_, T> {
        self.check();
        // SAFETY: checked in the line above.
        unsafe { self.as_faer() }
    }
}

impl<T: Copy> StridedMatrix<'_, T> {
    /// The element at a row and a column.
    pub fn at(&self, row: usize, column: usize) -> T {
        let index =
            self.offset as isize + row as isize * self.row_stride + column as isize * self.column_stride;
        self.data[index as usize]
    }
}
