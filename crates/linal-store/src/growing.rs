//! Vectors whose memory is reserved from the pool before it is allocated.

use std::sync::Arc;

use linal_tensor::uninit::vec_in_huge_pages;
use linal_tensor::{Element, Error as TensorError, MemoryPool, Reservation, Shape, Tensor};

/// Elements of a tensor to come, charged to the pool as they grow.
#[derive(Debug)]
pub(crate) struct Growing<T> {
    values: Vec<T>,
    held: Reservation,
    pool: Arc<MemoryPool>,
    operation: &'static str,
}

/// The first allocation, in elements.
const FIRST: usize = 1024;

impl<T: Element> Growing<T> {
    /// An empty vector; nothing is allocated yet.
    pub(crate) fn new(operation: &'static str, pool: &Arc<MemoryPool>) -> Result<Growing<T>, TensorError> {
        let held = pool.reserve(operation, 0)?;
        Ok(Growing { values: Vec::new(), held, pool: pool.clone(), operation })
    }

    /// The elements so far.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The elements so far, to look at.
    pub(crate) fn as_slice(&self) -> &[T] {
        &self.values
    }

    /// Makes room for `additional` more elements, and for no more than that.
    pub(crate) fn reserve_exact(&mut self, additional: usize) -> Result<(), TensorError> {
        let needed = self.values.len().saturating_add(additional);
        if needed <= self.values.capacity() {
            return Ok(());
        }
        // The old block lives beside the new one while its elements move.
        let bytes = needed.saturating_mul(size_of::<T>());
        let held = self.pool.reserve(self.operation, bytes)?;
        let too_large = |_| TensorError::MemoryLimit {
            operation: self.operation,
            requested: bytes,
            limit: self.pool.limit(),
            used: self.pool.used(),
        };
        // Two threads read 31 GB/s of common pages and 35 GB/s of large ones, one thread 24 and 31.
        let mut values = vec_in_huge_pages(needed).map_err(too_large)?;
        values.extend_from_slice(&self.values);
        self.values = values;
        self.held = held;
        Ok(())
    }

    /// Makes room for `additional` elements by doubling, up to `most` elements in all.
    pub(crate) fn reserve_towards(&mut self, additional: usize, most: usize) -> Result<(), TensorError> {
        let needed = self.values.len().saturating_add(additional);
        if needed <= self.values.capacity() {
            return Ok(());
        }
        let doubled = self.values.capacity().saturating_mul(2).max(FIRST).min(most);
        self.reserve_exact(needed.max(doubled) - self.values.len())
    }

    /// Adds one element.
    #[inline]
    pub(crate) fn push(&mut self, value: T) -> Result<(), TensorError> {
        if self.values.len() == self.values.capacity() {
            self.reserve_towards(1, usize::MAX)?;
        }
        self.values.push(value);
        Ok(())
    }

    /// Adds elements; the caller has made room with [`Growing::reserve_towards`].
    #[inline]
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = T>) {
        debug_assert!(values.len() <= self.values.capacity() - self.values.len());
        self.values.extend(values);
    }

    /// The elements so far, leaving none behind.
    pub(crate) fn take(&mut self) -> Result<Growing<T>, TensorError> {
        let empty = Growing::new(self.operation, &self.pool)?;
        Ok(std::mem::replace(self, empty))
    }

    /// The tensor over the elements; the pool stays charged until it is gone.
    pub(crate) fn into_tensor(mut self, shape: impl Into<Shape>) -> Result<Tensor, TensorError> {
        if self.values.capacity() / 8 * 7 > self.values.len() {
            self.values.shrink_to_fit();
        }
        // The tensor makes a reservation of its own, so this one has to go first.
        drop(self.held);
        Tensor::from_vec_in(self.values, shape, &self.pool, self.operation)
    }
}

impl Growing<i64> {
    /// The integers as floats, in the same memory.
    pub(crate) fn into_f64(self) -> Growing<f64> {
        // An in-place collect: both types have the same size and alignment, so the block is used again and the
        // reservation goes on to fit.
        let values = self.values.into_iter().map(|value| value as f64).collect();
        Growing { values, held: self.held, pool: self.pool, operation: self.operation }
    }
}
