//! The progress of a long statement, which `linal/_progress.py` shows.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use linal::Progress;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// A statement that takes less is not shown.
const PATIENCE: Duration = Duration::from_secs(1);

static TICK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static END: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// What the running statement has told of itself, and whether anything is shown.
#[derive(Default)]
pub struct Shown {
    what: Mutex<String>,
    total: AtomicU64,
    done: AtomicU64,
    is_shown: AtomicBool,
}

impl Shown {
    /// Shows the state of a statement that has run for this long. What cannot be shown is no error of the statement.
    pub fn tick(&self, py: Python<'_>, elapsed: Duration) {
        if elapsed < PATIENCE {
            return;
        }
        self.is_shown.store(true, Ordering::Relaxed);
        let what = self.what.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let tick = TICK.import(py, "linal._progress", "tick");
        let _ = tick.and_then(|tick| tick.call1((what, done, total, elapsed.as_secs_f64())));
    }

    /// Removes what is shown.
    pub fn end(&self, py: Python<'_>) {
        if self.is_shown.swap(false, Ordering::Relaxed) {
            let _ = END.import(py, "linal._progress", "end").and_then(|end| end.call0());
        }
    }
}

impl Progress for Shown {
    fn start(&self, what: &str, total_bytes: Option<u64>) {
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = what.to_owned();
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total_bytes.unwrap_or(0), Ordering::Relaxed);
    }

    fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    fn finish(&self) {
        self.what.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.total.store(0, Ordering::Relaxed);
    }

    /// The engine has a flag of its own, which Ctrl-C sets.
    fn should_stop(&self) -> bool {
        false
    }
}
