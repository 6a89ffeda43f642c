//! The queue: jobs and schedules in tables of SQLite.

mod attempts;
mod expire;
mod fire;
mod jobs;
mod open;
mod row;
mod schedules;
mod signal;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use self::expire::REMEMBERED;
pub use self::fire::Watch;
pub use self::jobs::{JobFilter, Submitted};
pub use self::open::Place;

use self::signal::Signal;
use crate::clock::{Clock, Randomness};
use crate::error::Result;
use crate::results::Results;
use crate::runner::Control;

/// Jobs that wait at once; a queue beyond that is a mistake of who submits.
const MAX_PENDING: u64 = 100_000;

/// The jobs and schedules of a directory, or of a process. Clones share them.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

struct Inner {
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    results: Results,
    signal: Signal,
    /// The attempts that run in this process.
    running: Mutex<HashMap<i64, Arc<Control>>>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Queue {
    pub(crate) fn now_us(&self) -> i64 {
        self.0.clock.now_us()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<i64, Arc<Control>>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn results(&self) -> &Results {
        &self.0.results
    }

    /// Told when there is something to do.
    pub(crate) fn signal(&self) -> &Signal {
        &self.0.signal
    }

    /// Calls a function that reads.
    fn read<T>(&self, call: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        call(&self.lock())
    }

    /// Calls a function in a transaction; what it wrote is on disk when this returns. The transaction excludes other
    /// writers from its begin on, so that what it reads stays so.
    fn write<T>(&self, call: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = call(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}
