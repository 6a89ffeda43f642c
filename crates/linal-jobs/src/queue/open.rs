//! How a queue is opened, and what a process that died has left in it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use linal_store::database::JobTables;

use super::signal::Signal;
use super::{Inner, Queue};
use crate::clock::{Clock, Randomness};
use crate::error::{Error, Result};
use crate::model::Ending;
use crate::results::Results;

/// Where a queue is.
#[derive(Clone, Copy, Debug)]
pub enum Place<'p> {
    /// In a directory that this process has open for writing, so that no other runs its jobs.
    Directory(&'p Path),
    /// In a directory that is only read. Every change is an error.
    ReadOnly(&'p Path),
    /// In memory.
    Memory,
}

impl Queue {
    /// Opens a queue. Attempts of a process that died are ended as interrupted, and the files that they left are
    /// removed. For a directory that is only read and has no jobs, the queue is empty.
    ///
    /// # Errors
    /// A catalog that cannot be opened or written.
    pub fn open(place: Place<'_>, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Result<Queue> {
        let tables = match place {
            Place::Directory(directory) => JobTables::open(directory)?,
            Place::ReadOnly(directory) => match JobTables::open_read_only(directory)? {
                Some(tables) => tables,
                None => JobTables::in_memory()?,
            },
            Place::Memory => JobTables::in_memory()?,
        };
        let queue = Queue(Arc::new(Inner {
            connection: Mutex::new(tables.connection),
            clock,
            randomness,
            results: Results::open(tables.folder)?,
            signal: Signal::default(),
            running: Mutex::default(),
        }));
        if matches!(place, Place::Directory(_)) {
            queue.recover()?;
        }
        Ok(queue)
    }

    /// Ends the attempts that no thread of this process runs. Who has the directory open for writing holds its lock,
    /// so that nobody else runs them either: a lease need not be waited for. The files that they left are removed.
    ///
    /// # Errors
    /// A catalog that cannot be written.
    pub fn recover(&self) -> Result<()> {
        let left = self.read(|connection| {
            let mut select = connection
                .prepare("SELECT job_id, attempt, runner FROM linal_job WHERE state = 'running'")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<rusqlite::Result<Vec<(i64, u32, String)>>>()?)
        })?;
        for (job, attempt, runner) in left {
            self.end_attempt(job, attempt, &runner, &Ending::Interrupted)?;
        }
        let kept = self.read(|connection| {
            let mut select = connection.prepare("SELECT job_id FROM linal_job WHERE result = 1")?;
            let rows = select.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<HashSet<i64>>>().map_err(Error::from)
        })?;
        self.results().sweep(&kept);
        Ok(())
    }
}
