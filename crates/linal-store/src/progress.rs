//! The memory pool and the progress observer of a read.

use std::io::{self, Read};
use std::sync::Arc;

use linal_tensor::{Error as TensorError, MemoryPool};

/// Observes a read, and can cancel it.
pub trait Progress: Sync {
    /// A read of `what` begins; `total` is the number of bytes, when known.
    fn start(&self, what: &str, total_bytes: Option<u64>);

    /// This many more bytes were read.
    fn advance(&self, bytes: u64);

    /// The read ended, successfully or not.
    fn finish(&self);

    /// Whether the statement was cancelled or has timed out. Polled after each block of at most a few
    /// megabytes. The read then fails with the error `cancelled`; a caller with a deadline replaces the error
    /// by its own.
    fn should_stop(&self) -> bool;
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn start(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
    fn should_stop(&self) -> bool {
        false
    }
}

/// The context of a read.
#[derive(Clone, Copy)]
pub struct ReadContext<'a> {
    /// The pool that memory is reserved from before it is allocated.
    pub pool: &'a Arc<MemoryPool>,
    /// The observer.
    pub progress: &'a dyn Progress,
    counted: bool,
}

impl<'a> ReadContext<'a> {
    /// A context with a pool and an observer.
    pub fn new(pool: &'a Arc<MemoryPool>, progress: &'a dyn Progress) -> ReadContext<'a> {
        ReadContext { pool, progress, counted: true }
    }

    /// The error of a cancelled read.
    pub(crate) fn poll(&self) -> Result<(), TensorError> {
        if self.progress.should_stop() { Err(TensorError::Cancelled) } else { Ok(()) }
    }

    /// The same context for a nested stream, whose bytes must not be counted twice.
    pub(crate) fn uncounted(&self) -> ReadContext<'a> {
        ReadContext { counted: false, ..*self }
    }

    /// Starts a read; dropping the value reports its end on every path.
    pub(crate) fn start_read(&self, what: &str, total_bytes: Option<u64>) -> ReadGuard<'a> {
        self.progress.start(what, total_bytes);
        ReadGuard(self.progress)
    }
}

/// A read in progress.
pub(crate) struct ReadGuard<'a>(&'a dyn Progress);

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Forwards bytes, reports them, and fails when the read was cancelled.
pub(crate) struct Metered<'a, R> {
    inner: R,
    context: ReadContext<'a>,
}

impl<'a, R: Read> Metered<'a, R> {
    pub(crate) fn new(inner: R, context: &ReadContext<'a>) -> Metered<'a, R> {
        Metered { inner, context: *context }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.context.poll().map_err(io::Error::other)?;
        let read = self.inner.read(buffer)?;
        if self.context.counted {
            self.context.progress.advance(read as u64);
        }
        Ok(read)
    }
}
