//! One attempt of a job: what it runs, and how it is stopped.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Job, JobError};

/// Runs the statements of jobs.
pub trait Execute: Send + Sync {
    /// Runs an attempt. What it returns decides what becomes of the job; a panic is a failure.
    ///
    /// # Errors
    /// Why the statements did not all succeed. After a stop any error will do.
    fn execute(&self, attempt: &Attempt) -> Result<Success, JobError>;
}

/// How an attempt has succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Success {
    /// Rows of the last result.
    pub rows: Option<u64>,
    /// Whether a result is in the file of the attempt.
    pub has_result: bool,
}

/// Why an attempt is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StopReason {
    /// Somebody has cancelled the job.
    Cancelled = 1,
    /// The process ends.
    Shutdown = 2,
}

/// What stops a running statement.
type Signal = Box<dyn Fn() + Send + Sync>;

/// What others know of a running attempt.
#[derive(Default)]
pub(crate) struct Control {
    reason: AtomicU8,
    signal: Mutex<Option<Signal>>,
    /// Statements that have run, and all of them; 0 when nobody knows.
    progress: (AtomicU64, AtomicU64),
}

impl Control {
    /// Stops the attempt. The first reason stays.
    pub fn stop(&self, reason: StopReason) {
        let _ = self.reason.compare_exchange(0, reason as u8, Ordering::SeqCst, Ordering::SeqCst);
        self.signal();
    }

    pub fn reason(&self) -> Option<StopReason> {
        match self.reason.load(Ordering::SeqCst) {
            1 => Some(StopReason::Cancelled),
            2 => Some(StopReason::Shutdown),
            _ => None,
        }
    }

    /// Signals to the running statement if the attempt is to stop; returns whether it is.
    pub fn signal(&self) -> bool {
        let is_stopped = self.reason().is_some();
        if is_stopped && let Some(signal) = &*self.signal.lock().unwrap_or_else(PoisonError::into_inner) {
            signal();
        }
        is_stopped
    }

    pub fn progress(&self) -> Option<f64> {
        let all = self.progress.1.load(Ordering::Relaxed);
        (all > 0).then(|| self.progress.0.load(Ordering::Relaxed) as f64 / all as f64)
    }
}

/// An attempt of a job.
pub struct Attempt {
    /// The job.
    pub job: Job,
    pub(super) result: PathBuf,
    pub(super) control: Arc<Control>,
}

impl Attempt {
    /// The file that takes the result, which does not exist yet. It is kept when the attempt succeeds.
    pub fn result_path(&self) -> &Path {
        &self.result
    }

    /// Why the attempt is to stop, if it is. It is looked at before each statement.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.control.reason()
    }

    /// Sets what stops a running statement. It is called from other threads, and again until the attempt ends, so that
    /// a signal between two statements is not lost.
    pub fn on_stop(&self, signal: impl Fn() + Send + Sync + 'static) {
        *self.control.signal.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(signal));
        self.control.signal();
    }

    /// Tells how many statements have run, and how many there are.
    pub fn set_progress(&self, done: usize, all: usize) {
        self.control.progress.1.store(all as u64, Ordering::Relaxed);
        self.control.progress.0.store(done as u64, Ordering::Relaxed);
    }
}
