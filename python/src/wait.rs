//! Waiting for another thread, with the interpreter released and Ctrl-C noticed.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use linal::Cancellation;
use pyo3::prelude::*;

use crate::progress::Shown;

/// How often signals are looked for: Ctrl-C must end a statement within 100 ms.
const POLL: Duration = Duration::from_millis(25);

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Queued,
    Running,
    /// Its caller waits for its end only.
    Stopped,
    Abandoned,
}

/// The right of a caller to stop its job, and no other one of the session.
#[derive(Clone)]
pub struct Ticket {
    stage: Arc<Mutex<Stage>>,
    cancellation: Cancellation,
}

impl Ticket {
    /// A ticket of a job that has not begun, on the session with this flag.
    pub fn new(cancellation: Cancellation) -> Ticket {
        Ticket { stage: Arc::new(Mutex::new(Stage::Queued)), cancellation }
    }

    /// Begins the job; false when its caller has given up.
    pub fn begin(&self) -> bool {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if *stage == Stage::Queued {
            *stage = Stage::Running;
        }
        *stage == Stage::Running
    }

    /// Whether the job has been stopped while it ran; one of several statements begins no other one then.
    pub fn is_stopped(&self) -> bool {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) == Stage::Stopped
    }

    /// Stops the job, or keeps it from beginning; returns whether it runs and has to be waited for. The flag is set
    /// again at each call, since a statement clears it when it begins.
    pub fn stop(&self) -> bool {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match *stage {
            Stage::Running | Stage::Stopped => {
                *stage = Stage::Stopped;
                self.cancellation.cancel();
                true
            }
            Stage::Queued | Stage::Abandoned => {
                *stage = Stage::Abandoned;
                false
            }
        }
    }
}

/// Waits until `look` has an answer, which it is given some time for. The interpreter is released meanwhile.
///
/// # Errors
/// What a handler of a signal raises, such as KeyboardInterrupt: the job has been stopped then.
pub fn wait<T: Send>(
    py: Python<'_>,
    ticket: &Ticket,
    shown: Option<&Shown>,
    look: impl Fn(Duration) -> Option<T> + Sync,
) -> PyResult<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = py.detach(|| look(POLL)) {
            if let Some(shown) = shown {
                shown.end(py);
            }
            return Ok(answer);
        }
        if let Err(raised) = py.check_signals() {
            while ticket.stop() && py.detach(|| look(POLL)).is_none() {}
            if let Some(shown) = shown {
                shown.end(py);
            }
            return Err(raised);
        }
        if let Some(shown) = shown {
            shown.tick(py, started.elapsed());
        }
    }
}

/// The answer of a job, when it is there.
pub struct Slot<T>(Mutex<Option<T>>, Condvar);

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot(Mutex::new(None), Condvar::new())
    }
}

impl<T> Slot<T> {
    /// Sets the answer.
    pub fn set(&self, answer: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        self.1.notify_all();
    }

    /// Takes the answer, after waiting for it for some time.
    pub fn take(&self, patience: Duration) -> Option<T> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.1.wait_timeout_while(answer, patience, |answer| answer.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}
