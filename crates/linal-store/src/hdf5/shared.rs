//! A reader shared by two parts of a read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A source of bytes with random access.
pub(crate) trait Bytes: Read + Seek + Send {}

impl<R: Read + Seek + Send> Bytes for R {}

/// A handle with its own position.
#[derive(Clone)]
pub(crate) struct SharedReader {
    inner: Arc<Mutex<Box<dyn Bytes>>>,
    position: u64,
}

impl SharedReader {
    pub(crate) fn new(reader: impl Read + Seek + Send + 'static) -> SharedReader {
        SharedReader { inner: Arc::new(Mutex::new(Box::new(reader))), position: 0 }
    }

    /// The bytes at an address. The caller has checked the number against the file length.
    pub(crate) fn bytes_at(&mut self, address: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.position = address;
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Bytes>> {
        // The reader keeps no state between calls, so a panic cannot leave it inconsistent.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for SharedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.lock();
        inner.seek(SeekFrom::Start(self.position))?;
        let read = inner.read(buffer)?;
        drop(inner);
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for SharedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
            end => Some(self.lock().seek(end)?),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
