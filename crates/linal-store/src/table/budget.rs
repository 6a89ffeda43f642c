//! Memory that is charged before it grows.

use linal_tensor::{Error as TensorError, Reservation};

use super::OPERATION;
use crate::progress::ReadContext;

/// A reservation that follows the growth of a buffer.
#[derive(Debug)]
pub(super) struct Budget {
    held: Reservation,
}

/// Charged at once, so that small files ask the pool a single time.
const STEP: usize = 16 << 10;

impl Budget {
    pub(super) fn new(context: &ReadContext<'_>) -> Result<Budget, TensorError> {
        Ok(Budget { held: context.pool.reserve(OPERATION, 0)? })
    }

    /// Ensures that this many bytes are charged, in steps of an eighth.
    pub(super) fn cover(&mut self, bytes: usize) -> Result<(), TensorError> {
        if bytes <= self.held.bytes() {
            return Ok(());
        }
        let more = bytes - self.held.bytes();
        self.held.grow(OPERATION, more.saturating_add((bytes / 8).max(STEP)))
    }

    /// Charges this many more bytes.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), TensorError> {
        self.held.grow(OPERATION, bytes)
    }

    /// The bytes that are charged.
    pub(super) fn bytes(&self) -> usize {
        self.held.bytes()
    }

    /// Takes the reservation, to keep it.
    pub(super) fn keep(self) -> Reservation {
        self.held
    }

    /// Resizes the reservation to `bytes`.
    pub(super) fn resize(self, bytes: usize, context: &ReadContext<'_>) -> Result<Reservation, TensorError> {
        drop(self.held);
        context.pool.reserve(OPERATION, bytes)
    }
}
