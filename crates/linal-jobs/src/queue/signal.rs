//! Wakes threads that wait for something to do.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A counter of what has happened.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// The count now; what happens later ends a wait on it.
    pub fn count(&self) -> u64 {
        *self.lock()
    }

    /// Something has happened.
    pub fn notify(&self) {
        *self.lock() += 1;
        self.changed.notify_all();
    }

    /// Waits until something happens after a count was read, but no longer than a time.
    pub fn wait(&self, since: u64, most: Duration) {
        let waited = self.changed.wait_timeout_while(self.lock(), most, |count| *count == since);
        drop(waited);
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
