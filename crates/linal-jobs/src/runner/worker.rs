//! A thread that runs jobs one after the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use linal_error::{Code, catch_panic};

use super::{Attempt, LOOK, Shared, StopReason, Success};
use crate::model::{Ending, Job, JobError};
use crate::runner::Control;

pub(super) struct Worker(pub Arc<Shared>);

impl Worker {
    pub fn run(&self) {
        let shared = &self.0;
        while !shared.is_stopping.load(Ordering::SeqCst) {
            let seen = shared.queue.signal().count();
            // Counted before it is claimed, so that a stop does not overlook it.
            shared.active.fetch_add(1, Ordering::SeqCst);
            let claimed = if shared.is_stopping.load(Ordering::SeqCst) {
                Ok(None)
            } else {
                shared.queue.claim(&shared.name)
            };
            let is_claimed = matches!(claimed, Ok(Some(_)));
            if let Ok(Some(job)) = claimed {
                self.attempt(job);
            }
            shared.active.fetch_sub(1, Ordering::SeqCst);
            if !is_claimed {
                shared.queue.signal().wait(seen, self.pause());
            }
        }
    }

    /// The time until a job may run whose time has not come yet.
    fn pause(&self) -> Duration {
        let next = self.0.queue.next_eligible_us().ok().flatten();
        next.map_or(LOOK, |us| LOOK.min(Duration::from_micros(us.max(0).unsigned_abs())))
    }

    fn attempt(&self, job: Job) {
        let queue = &self.0.queue;
        let (id, number) = (job.id, job.attempt);
        let control = Arc::new(Control::default());
        queue.running().insert(id, control.clone());
        // It may have been cancelled before it could be found in the map.
        if queue.is_cancelled(id).unwrap_or(false) {
            control.stop(StopReason::Cancelled);
        }
        let attempt = Attempt { result: queue.results().part(id, number), job, control: control.clone() };
        let ended = catch_panic(|| self.0.execute.execute(&attempt)).unwrap_or_else(|message| {
            Err(JobError::new(Code::InternalError, format!("a bug in linal: {message}")))
        });
        drop(attempt);
        let ending = self.ending(id, number, ended, control.reason());
        if !matches!(ending, Ending::Succeeded { .. }) {
            queue.results().discard(id, number);
        }
        self.end(id, number, &ending);
        queue.running().remove(&id);
    }

    fn ending(
        &self,
        id: i64,
        number: u32,
        ended: Result<Success, JobError>,
        reason: Option<StopReason>,
    ) -> Ending {
        let keep = |success: Success| {
            let kept = if success.has_result { self.0.queue.results().keep(id, number) } else { Ok(()) };
            kept.map(|()| success).map_err(|error| JobError::new(error.code(), error.to_string()))
        };
        let success = ended.and_then(keep);
        match (success, reason) {
            (Ok(Success { rows, has_result }), _) => Ending::Succeeded { rows, has_result },
            (Err(_), Some(StopReason::Cancelled)) => Ending::Cancelled,
            (Err(_), Some(StopReason::Shutdown)) => Ending::Interrupted,
            // Somebody has cancelled the statement rather than the job.
            (Err(error), None) if error.code() == Code::Cancelled => Ending::Cancelled,
            (Err(error), None) => Ending::Failed(error),
        }
    }

    /// Writes the end of an attempt. While the disk is full it is tried again: the job has ended, and must not run
    /// a second time because that could not be written. When the process ends before, the attempt was interrupted.
    fn end(&self, id: i64, number: u32, ending: &Ending) {
        let shared = &self.0;
        while let Err(_failed) = shared.queue.end_attempt(id, number, &shared.name, ending) {
            if shared.is_stopping.load(Ordering::SeqCst) {
                return;
            }
            std::thread::sleep(LOOK);
        }
    }
}
