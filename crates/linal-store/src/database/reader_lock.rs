//! What tells the process that writes that other processes read: a lock of the operating system on the folder `data`, which
//! readers share while they read, and whoever removes files has alone meanwhile.
//!
//! A file system without such locks has no leases: a reader that still needs a removed file gets an error there.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::inner::{Inner, locked};

/// The lock of a process that reads.
#[derive(Debug)]
pub(super) struct ReaderLock {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The folder, with its lock while there are readers.
    file: Option<File>,
    readers: usize,
}

/// While it exists, no other process removes files of the directory that somebody may still read.
#[derive(Debug)]
pub struct ReadLease {
    inner: Arc<Inner>,
}

impl ReadLease {
    pub(super) fn new(inner: &Arc<Inner>) -> ReadLease {
        inner.reader_lock.acquire();
        ReadLease { inner: inner.clone() }
    }
}

impl Drop for ReadLease {
    fn drop(&mut self) {
        self.inner.reader_lock.release();
    }
}

impl ReaderLock {
    pub fn new(folder: &Path) -> ReaderLock {
        ReaderLock { folder: folder.to_path_buf(), state: Mutex::default() }
    }

    fn acquire(&self) {
        let mut state = locked(&self.state);
        state.readers += 1;
        if state.readers == 1 {
            // It waits for one who removes files, which takes no time.
            let opened = File::open(&self.folder);
            state.file = opened.ok().filter(|folder| folder.lock_shared().is_ok());
        }
    }

    fn release(&self) {
        let mut state = locked(&self.state);
        state.readers -= 1;
        if state.readers == 0 {
            // Closing it releases the lock.
            state.file = None;
        }
    }
}

/// Calls a function while no other process reads; `None` when one does.
pub(super) fn alone<T>(folder: &Path, call: impl FnOnce() -> T) -> Option<T> {
    let folder = File::open(folder);
    if let Ok(folder) = &folder
        && let Err(TryLockError::WouldBlock) = folder.try_lock()
    {
        return None;
    }
    Some(call())
}
