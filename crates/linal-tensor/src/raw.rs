//! Memory that is written once: allocation without zero-filling, and the bridge to Arrow buffers.
//!
//! This is the only module of the crate with unsafe code. Its invariants:
//!
//! 1. An [`Output`] is turned into a [`Buffer`] only when every element has been written. Writers prove it: a
//!    function that fills a block returns the initialised block, and [`Output`] checks that it is the whole
//!    block that it handed out.
//! 2. A buffer that a tensor of dtype `T` points at is aligned for `T`, and holds values of `T`: it was made
//!    here from `T`s, or its bytes were checked (only `bool` has bytes that are not values).
//! 3. The memory of a [`Buffer`] made here is freed once, by its `Block`, with the layout that allocated it.
//! 4. Memory is written only while nobody can read it: before there is a buffer over it, or while the one
//!    `Recent` buffer over it is the only one (`Written::is_free`), which nothing of this crate reads through.
#![allow(unsafe_code)]

mod blocks;

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::budget::{MemoryPool, Reservation};
use crate::{Element, Error, Result};

/// Alignment of allocated tensors: a cache line, and the widest SIMD register.
const ALIGNMENT: usize = 64;

mod recent;

pub(crate) use blocks::{Block, FreeBlocks};
pub(crate) use recent::{Recent, Written};

/// Owns the memory behind a buffer, and the budget that it was taken from.
#[derive(Debug)]
pub(crate) struct Owner {
    block: Block,
    /// Returned to its pool when the last tensor that looks at the memory is gone.
    reservation: Option<Reservation>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.block.layout.size() < blocks::LARGE || self.block.layout.align() < ALIGNMENT {
            return;
        }
        if let Some(reservation) = self.reservation.take() {
            let nothing = Block { pointer: NonNull::dangling(), layout: Layout::new::<()>() };
            reservation.return_with(std::mem::replace(&mut self.block, nothing));
        }
    }
}

/// An allocated array of `len` elements that nobody has written yet.
pub struct Output<T: Element> {
    owner: Owner,
    len: usize,
    _element: std::marker::PhantomData<T>,
}

impl<T: Element> Output<T> {
    /// Reserves and allocates room for `len` elements on behalf of `operation`.
    pub fn new(pool: &Arc<MemoryPool>, operation: &'static str, len: usize) -> Result<Output<T>> {
        let too_large = || Error::MemoryLimit {
            operation,
            requested: len.saturating_mul(size_of::<T>()),
            limit: pool.limit(),
            used: pool.used(),
        };
        let bytes = len.checked_mul(size_of::<T>()).ok_or_else(too_large)?;
        let layout = Layout::from_size_align(bytes, ALIGNMENT).map_err(|_| too_large())?;
        let reservation = pool.reserve(operation, bytes)?;
        let kept = if bytes >= blocks::LARGE { pool.kept_block(layout) } else { None };
        let block = kept.or_else(|| Block::allocate(layout)).ok_or_else(too_large)?;
        let owner = Owner { block, reservation: Some(reservation) };
        Ok(Output { owner, len, _element: std::marker::PhantomData })
    }

    fn uninit(&mut self) -> &mut [MaybeUninit<T>] {
        // SAFETY: the block holds `len` elements, is aligned beyond any element, and is borrowed mutably here; there is
        // no buffer over it before the owner is given away.
        unsafe { std::slice::from_raw_parts_mut(self.owner.block.pointer.as_ptr().cast(), self.len) }
    }

    /// Writes the whole array with one call. `fill` returns the block that it was given, initialised.
    pub fn fill<E>(
        mut self,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<Buffer, E> {
        fill_whole(self.uninit(), fill)?;
        Ok(self.into_buffer())
    }

    /// As [`Output::fill`], for memory that a later result may be written to.
    pub(crate) fn fill_again<E>(
        mut self,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
    ) -> std::result::Result<Written, E> {
        fill_whole(self.uninit(), fill)?;
        let pointer = self.owner.block.pointer;
        Ok(Written::new(self.into_buffer(), pointer))
    }

    /// The array as a buffer; whoever calls this has written every element.
    fn into_buffer(self) -> Buffer {
        let (pointer, bytes) = (self.owner.block.pointer, self.len * size_of::<T>());
        // SAFETY: the pointer is valid for `bytes` initialised bytes as long as the owner lives, and the buffer
        // keeps it alive. A kept block may be larger.
        unsafe { Buffer::from_custom_allocation(pointer, bytes, Arc::new(self.owner)) }
    }
}

/// Writes a block with one call of `fill`, which returns the block that it was given, initialised.
pub fn fill_whole<T, E>(
    block: &mut [MaybeUninit<T>],
    fill: impl FnOnce(&mut [MaybeUninit<T>]) -> std::result::Result<&mut [T], E>,
) -> std::result::Result<&mut [T], E> {
    let expected = (block.as_ptr().cast::<T>(), block.len());
    assert_whole(expected, fill(block)?);
    // SAFETY: the writer returned the whole block as initialised.
    Ok(unsafe { block.assume_init_mut() })
}

/// Stops a writer that did not return the very block that it was asked to write: that would be a bug of this
/// crate, and going on would read memory that nobody wrote.
fn assert_whole<T>(expected: (*const T, usize), written: &[T]) {
    assert!(
        std::ptr::eq(expected.0, written.as_ptr()) && expected.1 == written.len(),
        "a kernel returned another block than the one it was given"
    );
}

/// Writes `value(i)` to every place of a block, and returns the block as initialised.
#[inline(always)]
pub fn write_each<T: Copy>(out: &mut [MaybeUninit<T>], mut value: impl FnMut(usize) -> T) -> &mut [T] {
    for (i, place) in out.iter_mut().enumerate() {
        place.write(value(i));
    }
    // SAFETY: the loop above wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes `f(a[i])` to every place of a block of the same length, and returns the block as initialised.
#[inline(always)]
pub fn write_map<'o, A: Copy, T: Copy>(
    out: &'o mut [MaybeUninit<T>],
    a: &[A],
    mut f: impl FnMut(A) -> T,
) -> &'o mut [T] {
    assert_eq!(out.len(), a.len(), "operand length");
    for (place, &x) in out.iter_mut().zip(a) {
        place.write(f(x));
    }
    // SAFETY: both lengths are equal, so the loop wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes `f(a[i], b[i])` to every place of a block of the same length, and returns the block as initialised.
#[inline(always)]
pub fn write_zip<'o, A: Copy, B: Copy, T: Copy>(
    out: &'o mut [MaybeUninit<T>],
    a: &[A],
    b: &[B],
    mut f: impl FnMut(A, B) -> T,
) -> &'o mut [T] {
    assert_eq!(out.len(), a.len(), "left operand length");
    assert_eq!(out.len(), b.len(), "right operand length");
    for ((place, &x), &y) in out.iter_mut().zip(a).zip(b) {
        place.write(f(x, y));
    }
    // SAFETY: all lengths are equal, so the loop wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes `f(a[i], b[i], c[i])` to every place of a block of the same length, and returns the block as initialised.
#[inline(always)]
pub fn write_zip3<'o, A: Copy, T: Copy>(
    out: &'o mut [MaybeUninit<T>],
    a: &[A],
    b: &[A],
    c: &[A],
    mut f: impl FnMut(A, A, A) -> T,
) -> &'o mut [T] {
    assert!([a.len(), b.len(), c.len()] == [out.len(); 3], "operand lengths");
    for (((place, &x), &y), &z) in out.iter_mut().zip(a).zip(b).zip(c) {
        place.write(f(x, y, z));
    }
    // SAFETY: all lengths are equal, so the loop wrote every element.
    unsafe { out.assume_init_mut() }
}

/// Writes an array in parts of `size` elements (the last may be shorter); `part` gets the position of the part's
/// first element and returns the part, initialised.
pub fn write_parts<T: Copy, E>(
    out: &mut [MaybeUninit<T>],
    size: usize,
    mut part: impl for<'p> FnMut(usize, &'p mut [MaybeUninit<T>]) -> std::result::Result<&'p mut [T], E>,
) -> std::result::Result<&mut [T], E> {
    let size = size.max(1);
    for (i, block) in out.chunks_mut(size).enumerate() {
        let expected = (block.as_ptr().cast::<T>(), block.len());
        assert_whole(expected, part(i * size, block)?);
    }
    // SAFETY: the parts cover the array, and each was checked to be written.
    Ok(unsafe { out.assume_init_mut() })
}

/// As [`write_parts`], with the parts spread over the threads of the current rayon pool; a thread takes so many
/// neighbouring ones at least.
pub fn write_parts_parallel<T: Copy + Send, E: Send>(
    out: &mut [MaybeUninit<T>],
    size: usize,
    neighbours: usize,
    part: impl for<'p> Fn(usize, &'p mut [MaybeUninit<T>]) -> std::result::Result<&'p mut [T], E> + Sync,
) -> std::result::Result<&mut [T], E> {
    use rayon::prelude::*;
    let size = size.max(1);
    out.par_chunks_mut(size).enumerate().with_min_len(neighbours).try_for_each(|(i, block)| {
        let expected = (block.as_ptr().cast::<T>(), block.len());
        part(i * size, block).map(|written| assert_whole(expected, written))
    })?;
    // SAFETY: the parts cover the array, and each was checked to be written.
    Ok(unsafe { out.assume_init_mut() })
}

/// A block that is initialised already, to be written again by functions that take uninitialised blocks.
///
/// The writers of this crate only ever write whole values, so the block stays initialised.
pub(crate) fn as_writable<T: Copy>(block: &mut [T]) -> &mut [MaybeUninit<T>] {
    // SAFETY: same layout; every writer of this crate stores initialised values only.
    unsafe { &mut *(std::ptr::from_mut(block) as *mut [MaybeUninit<T>]) }
}

/// The elements of a buffer, from its start.
///
/// # Panics
/// When the buffer is not aligned for `T`: tensors check that when they are made.
#[inline]
pub(crate) fn elements<T: Element>(buffer: &Buffer) -> &[T] {
    let len = buffer.len() / size_of::<T>();
    let pointer = buffer.as_ptr().cast::<T>();
    assert!(pointer.is_aligned(), "a tensor's buffer is aligned for its dtype");
    // SAFETY: aligned, in bounds of the buffer, and holding values of `T` (invariant 2).
    unsafe { std::slice::from_raw_parts(pointer, len) }
}

/// Takes over the memory of a vector; nothing is copied.
pub(crate) fn buffer_from_vec<T: Element>(values: Vec<T>, reservation: Option<Reservation>) -> Buffer {
    let mut values = std::mem::ManuallyDrop::new(values);
    let capacity = values.capacity() * size_of::<T>();
    let bytes = values.len() * size_of::<T>();
    // A vector's pointer is never null, and its layout is that of an array of its capacity.
    let pointer = NonNull::from(values.as_mut_slice()).cast::<u8>();
    let layout = Layout::array::<T>(capacity / size_of::<T>()).unwrap_or(Layout::new::<T>());
    let owner = Owner { block: Block { pointer, layout }, reservation };
    // SAFETY: `bytes` of the allocation are initialised, and the buffer keeps the owner alive.
    unsafe { Buffer::from_custom_allocation(pointer, bytes, Arc::new(owner)) }
}

/// An empty vector with room for `len` elements, in large pages where the system leaves the choice to programs.
///
/// # Errors
/// When there is no memory for it.
pub fn vector_in_large_pages<T: Element>(
    len: usize,
) -> std::result::Result<Vec<T>, std::collections::TryReserveError> {
    let mut values: Vec<T> = Vec::new();
    values.try_reserve_exact(len)?;
    // SAFETY: the vector is empty, so that its memory has no contents.
    unsafe { blocks::ask_for_huge_pages(values.as_mut_ptr().cast(), values.capacity() * size_of::<T>()) }
    Ok(values)
}

/// The bytes of elements, as files hold them.
pub fn bytes_of<T: Element>(values: &[T]) -> &[u8] {
    // SAFETY: elements have no padding (complex numbers are two equal floats), so every byte is initialised.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Multiplies matrices into an array that nobody has written yet: `out = left x right`, row-major `[m, n]`.
///
/// Operands are slices with element strides; a broadcast axis may have stride 0, a reversed one a negative stride.
pub(crate) fn matmul_into<'o, T: Element + faer::traits::ComplexField>(
    out: &'o mut [MaybeUninit<T>],
    left: &Operand<'_, T>,
    right: &Operand<'_, T>,
    parallelism: faer::Par,
) -> &'o mut [T] {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert_eq!(k, right.rows, "inner sizes are checked when the node is built");
    assert_eq!(out.len(), m * n, "the output is a whole matrix");
    left.check();
    right.check();
    // SAFETY: `check` proved that both operands stay inside their slices for every index; the output is
    // `m x n` row-major and borrowed by nobody else. With `Accum::Replace` faer writes every element of the
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

/// A matrix inside a slice.
pub(crate) struct Operand<'a, T> {
    pub data: &'a [T],
    pub offset: usize,
    pub rows: usize,
    pub columns: usize,
    pub row_stride: isize,
    pub column_stride: isize,
}

impl<T> Operand<'_, T> {
    /// # Safety
    /// [`Operand::check`] passed.
    unsafe fn as_faer(&self) -> faer::MatRef<'_, T> {
        let first = self.data.as_ptr().wrapping_add(self.offset);
        // SAFETY: the caller checked that all elements lie inside of `data`.
        unsafe {
            faer::MatRef::from_raw_parts(first, self.rows, self.columns, self.row_stride, self.column_stride)
        }
    }

    /// Stops when an element would lie outside of the slice: a bug of this crate.
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

impl<T> Operand<'_, T> {
    /// The matrix as faer sees it.
    ///
    /// # Panics
    /// When an element would lie outside of the slice: a bug of this crate.
    pub fn matrix(&self) -> faer::MatRef<'_, T> {
        self.check();
        // SAFETY: checked in the line above.
        unsafe { self.as_faer() }
    }
}

impl<T: Copy> Operand<'_, T> {
    /// The element at a row and a column.
    pub fn at(&self, row: usize, column: usize) -> T {
        let place =
            self.offset as isize + row as isize * self.row_stride + column as isize * self.column_stride;
        self.data[place as usize]
    }
}
