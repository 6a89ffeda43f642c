//! What a reader may use, and whom it tells how far it is.

use std::io::{self, Read};
use std::sync::Arc;

use linal_tensor::{Error as TensorError, MemoryPool};

/// Watches a reader at work, and can stop it.
pub trait Progress: Sync {
    /// Reading of `what` begins; the number of bytes to come, where it is known.
    fn start(&self, what: &str, total_bytes: Option<u64>);

    /// That many more bytes were read.
    fn advance(&self, bytes: u64);

    /// Reading ended, well or not.
    fn finish(&self);

    /// Whether the statement was cancelled or is out of time. Asked after each block of at most a few megabytes.
    ///
    /// The reader then ends with the error `cancelled`; who knows of a deadline replaces it by what really happened.
    fn should_stop(&self) -> bool;
}

/// Watches nothing and stops nothing.
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

/// The surroundings of one reading.
#[derive(Clone, Copy)]
pub struct ReadContext<'a> {
    /// Where memory for the tensor and for working space is reserved before it is allocated.
    pub pool: &'a Arc<MemoryPool>,
    /// Who is told of each block.
    pub progress: &'a dyn Progress,
    counted: bool,
}

impl<'a> ReadContext<'a> {
    /// Surroundings with a pool and a watcher.
    pub fn new(pool: &'a Arc<MemoryPool>, progress: &'a dyn Progress) -> ReadContext<'a> {
        ReadContext { pool, progress, counted: true }
    }

    /// The error of a reading that was stopped.
    pub(crate) fn poll(&self) -> Result<(), TensorError> {
        if self.progress.should_stop() { Err(TensorError::Cancelled) } else { Ok(()) }
    }

    /// The same surroundings for a stream within a stream, whose bytes are not counted a second time.
    pub(crate) fn quiet(&self) -> ReadContext<'a> {
        ReadContext { counted: false, ..*self }
    }

    /// Announces a reading; the watcher hears of its end when the value is dropped, on every way out.
    pub(crate) fn watch(&self, what: &str, total_bytes: Option<u64>) -> Watch<'a> {
        self.progress.start(what, total_bytes);
        Watch(self.progress)
    }
}

/// A reading under way.
pub(crate) struct Watch<'a>(&'a dyn Progress);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Passes bytes on, tells the watcher of them, and fails when the reading was stopped.
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
