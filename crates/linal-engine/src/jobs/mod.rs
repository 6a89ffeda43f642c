//! The jobs of an engine: its queue, how a session runs one, and how results are kept.
//!
//! The queue is opened when it is used for the first time, so that a directory without jobs has no tables of them.

mod execute;
mod result;

pub use self::execute::{EngineJobs, JobOwner, run_job};
pub use self::result::read_result;
pub use linal_jobs::model::{
    Job, JobError, JobState, Missed, NewJob, NewSchedule, ResultState, Run, Schedule,
};
pub use linal_jobs::timing::Timing;
pub use linal_jobs::{
    Attempt, Execute, JobFilter, Queue, Runner, StopReason, Submitted, Success, parse_duration,
};
pub use linal_jobs::{Error as QueueError, Result as QueueResult};

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use linal_dataset::{Error, Result};
use linal_jobs::{Place, SystemClock, SystemRandomness};

use crate::durable::Durable;

/// The queue of an engine, once it is open.
#[derive(Default)]
pub(crate) struct EngineQueue(Mutex<Option<Queue>>);

impl fmt::Debug for EngineQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EngineQueue")
    }
}

impl EngineQueue {
    /// The queue, which is opened if it is not open yet.
    ///
    /// # Errors
    /// A catalog that cannot be opened or written.
    pub fn get(&self, durable: Option<&Durable>) -> Result<Queue> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*queue {
            return Ok(open.clone());
        }
        let place = match durable {
            None => Place::Memory,
            Some(durable) if durable.store.is_read_only() => Place::ReadOnly(durable.store.directory()),
            Some(durable) => Place::Directory(durable.store.directory()),
        };
        let open = Queue::open(place, Arc::new(SystemClock), Arc::new(SystemRandomness)).map_err(error)?;
        // Another process may make the tables of a directory that is only read.
        if !matches!(place, Place::ReadOnly(_)) {
            *queue = Some(open.clone());
        }
        Ok(open)
    }
}

/// An error of jobs as one of a statement.
pub(crate) fn error(error: linal_jobs::Error) -> Error {
    let converted = Error::new(error.code(), error.to_string());
    match error.help() {
        Some(help) => converted.with_help(help),
        None => converted,
    }
}
