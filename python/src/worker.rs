//! The thread of a connection that runs its longer statements, so that the thread of the caller can poll for signals.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};

type Job = Box<dyn FnOnce() + Send>;

/// Bytes of the stack: as much as the main thread of a process has.
const STACK: usize = 8 << 20;

/// Runs jobs one after the other, on a thread that the first one starts. The thread ends when this is dropped.
#[derive(Default)]
pub struct Worker(Mutex<Option<Sender<Job>>>);

impl Worker {
    /// Adds a job. The caller notices a job that panics by its missing answer.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn add(&self, job: Job) -> std::io::Result<()> {
        let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match sender.as_ref() {
            Some(running) => match running.send(job) {
                Ok(()) => return Ok(()),
                Err(refused) => refused.0,
            },
            None => job,
        };
        let (new, jobs) = mpsc::channel::<Job>();
        let run = move || {
            for job in jobs {
                // Sessions report panics as errors; this is for what is around them.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        };
        std::thread::Builder::new().name("linal".into()).stack_size(STACK).spawn(run)?;
        let _ = new.send(job);
        *sender = Some(new);
        Ok(())
    }
}
