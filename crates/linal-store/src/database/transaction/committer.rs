//! Group commit: the plans of all threads that wait become one SQLite transaction with one sync.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use linal_error::Code;
use rusqlite::{Connection, Transaction as SqliteTransaction, TransactionBehavior, params};

use super::super::error::{Result, StoreError};
use super::super::ids::DatasetId;
use super::super::inner::{Inner, locked};
use super::super::segment::{WrittenFile, poll};
use super::apply::{Applied, Failure, apply};
use super::failed_sync::take_back;
use super::plan::Plan;

/// The part of a store that commits.
///
/// A thread enqueues its plan and waits for its turn. The one that gets it applies all plans that are
/// enqueued, each in a savepoint, and commits them together. Meanwhile the next group gathers, so that the
/// size of groups follows the time of a sync. A statement that is to stop takes its plan back while it waits.
#[derive(Debug)]
pub(in crate::database) struct Committer {
    connection: Mutex<Connection>,
    /// Whether a thread has its turn, and the end of the last one.
    busy: Mutex<bool>,
    ended: Condvar,
    queue: Mutex<Vec<Arc<Waiting>>>,
    /// The last snapshot and its time.
    last: Mutex<(u64, i64)>,
    /// Why changes are refused.
    failure: Mutex<Option<String>>,
}

/// How often a waiting statement looks by itself whether it is to stop; the end of a turn wakes it before.
const LOOK: Duration = Duration::from_millis(10);

/// The end of waiting.
enum Waited<'c> {
    /// The plan was committed, has failed, or was taken back.
    Ended(Outcome),
    /// The thread commits.
    Turn(Turn<'c>),
}

/// The right to commit. The next thread gets it when this is dropped.
struct Turn<'c>(&'c Committer);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *locked(&self.0.busy) = false;
        // Those whose plans were of the group have their outcomes, and one of the others goes on.
        self.0.ended.notify_all();
    }
}

/// A plan that waits for its commit.
#[derive(Debug)]
struct Waiting {
    plan: Plan,
    outcome: Mutex<Option<Outcome>>,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// The number of the snapshot that it made.
    pub snapshot: u64,
    /// The datasets that it changed, in the order of their numbers.
    pub datasets: Vec<CommittedDataset>,
}

/// A dataset that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedDataset {
    /// The number.
    pub id: DatasetId,
    /// The version that the commit made.
    pub version: u64,
    /// Number of rows.
    pub rows: u64,
    /// The row id of the first row that was appended; the others follow without gaps.
    pub first_row_id: u64,
    /// Whether the commit has only appended rows to it.
    pub is_append: bool,
}

/// The end of a commit.
#[derive(Clone, Debug)]
pub(in crate::database) enum Outcome {
    Done(Commit),
    /// `may_be_durable` when the failure leaves open what is on disk.
    Failed {
        error: StoreError,
        may_be_durable: bool,
    },
    /// Parts that were written anew have been written anew by others.
    Stale,
}

impl Outcome {
    /// The snapshot that was made.
    fn snapshot(&self) -> Option<u64> {
        match self {
            Outcome::Done(commit) => Some(commit.snapshot),
            Outcome::Failed { .. } | Outcome::Stale => None,
        }
    }
}

impl Drop for Committer {
    /// Leaves a catalog without a WAL, so that somebody who cannot write to the folder can read it. It fails
    /// while others read, which does no harm.
    fn drop(&mut self) {
        let connection = locked(&self.connection);
        let _ = connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
    }
}

impl Committer {
    pub fn new(connection: Mutex<Connection>, snapshot: u64, time_us: i64) -> Committer {
        Committer {
            connection,
            busy: Mutex::default(),
            ended: Condvar::new(),
            queue: Mutex::default(),
            last: Mutex::new((snapshot, time_us)),
            failure: Mutex::default(),
        }
    }

    /// Why changes are refused; `None` while they are not.
    pub fn failure(&self) -> Option<String> {
        locked(&self.failure).clone()
    }

    /// # Errors
    /// `E0411 writes_refused`.
    pub fn check_writable(&self) -> Result<()> {
        let Some(reason) = self.failure() else { return Ok(()) };
        let message = format!("changes are refused since a commit failed: {reason}");
        Err(StoreError::new(Code::WritesRefused, message)
            .with_help("open the database directory again, which finds out what is on disk"))
    }

    /// Commits a plan, together with those of other threads.
    pub fn commit(&self, inner: &Inner, plan: Plan) -> Outcome {
        let waiting = Arc::new(Waiting { plan, outcome: Mutex::default() });
        locked(&self.queue).push(waiting.clone());
        match self.wait(&waiting) {
            Waited::Ended(outcome) => return outcome,
            Waited::Turn(_turn) => {
                let group = std::mem::take(&mut *locked(&self.queue));
                self.commit_group(inner, &mut locked(&self.connection), &group);
            }
        }
        let outcome = locked(&waiting.outcome).take();
        outcome.unwrap_or_else(|| Outcome::Failed {
            error: StoreError::internal("a commit ended without an answer"),
            may_be_durable: true,
        })
    }

    /// Waits until a plan was committed by another thread, or it is this one's turn.
    fn wait(&self, waiting: &Arc<Waiting>) -> Waited<'_> {
        let mut busy = locked(&self.busy);
        loop {
            if let Some(outcome) = locked(&waiting.outcome).take() {
                return Waited::Ended(outcome);
            }
            if !*busy {
                *busy = true;
                return Waited::Turn(Turn(self));
            }
            busy = self.ended.wait_timeout(busy, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            if let Err(error) = poll(waiting.plan.control.as_deref()) {
                let mut queue = locked(&self.queue);
                // One that is not there is being committed, which ends soon.
                if let Some(at) = queue.iter().position(|other| Arc::ptr_eq(other, waiting)) {
                    queue.remove(at);
                    return Waited::Ended(Outcome::Failed { error, may_be_durable: false });
                }
            }
        }
    }

    fn commit_group(&self, inner: &Inner, connection: &mut Connection, group: &[Arc<Waiting>]) {
        let mut outcomes = Vec::with_capacity(group.len());
        let before = *locked(&self.last);
        let mut last = before;
        let done = self.check_writable().map_err(|error| (error, false)).and_then(|()| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(|error| (error.into(), false))?;
            for waiting in group {
                outcomes.push(
                    one(inner, &transaction, &waiting.plan, &mut last).map_err(|error| (error, false))?,
                );
            }
            self.end(transaction)
        });
        let done = done.map_err(|failure| self.answer_failure(connection, failure));
        if let Err((error, may_be_durable)) = done {
            let failed = Outcome::Failed { error, may_be_durable };
            group.iter().for_each(|waiting| *locked(&waiting.outcome) = Some(failed.clone()));
            return;
        }
        let changes = group.iter().zip(&outcomes).filter(|(waiting, _)| waiting.plan.changes_names());
        let names_changed = changes.filter_map(|(_, outcome)| outcome.snapshot()).max();
        if last != before {
            *locked(&self.last) = last;
            inner.set_head(last.0, names_changed);
        }
        for (waiting, outcome) in group.iter().zip(outcomes) {
            *locked(&waiting.outcome) = Some(outcome);
        }
    }

    /// Takes a commit that failed on its way to the disk out of the catalog's WAL. Changes are refused from then on
    /// either way, since the disk has failed; the error says whether the changes may be there after all.
    fn answer_failure(
        &self,
        connection: &mut Connection,
        (error, may_be_durable): (StoreError, bool),
    ) -> (StoreError, bool) {
        if !may_be_durable {
            return (error, false);
        }
        let reason = error.to_string();
        let (fate, may_be_durable) = match take_back(connection) {
            Ok(()) => ("nothing was changed, and further changes are refused".to_string(), false),
            Err(other) => {
                let fate = format!(
                    "whether its changes are on disk is unknown until the directory is opened again, and further \
                     changes are refused ({other})"
                );
                (fate, true)
            }
        };
        let error = StoreError::new(Code::WritesRefused, format!("the commit failed: {reason}; {fate}"))
            .with_help("see to the disk, and open the database directory again");
        (error, may_be_durable)
    }

    /// Ends the SQLite transaction. After a failure of which nobody knows what it left on disk, changes are
    /// refused: an answer of "not done" could turn out to be wrong.
    fn end(&self, transaction: SqliteTransaction<'_>) -> std::result::Result<(), (StoreError, bool)> {
        let Err(error) = transaction.commit() else { return Ok(()) };
        let is_full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        let error = StoreError::from(error);
        if !is_full {
            *locked(&self.failure) = Some(error.to_string());
        }
        Err((error, !is_full))
    }

    /// Calls a function in a SQLite transaction of its own, which makes no snapshot.
    pub fn maintain<T>(&self, call: impl FnOnce(&SqliteTransaction<'_>) -> Result<T>) -> Result<T> {
        self.check_writable()?;
        let mut connection = locked(&self.connection);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = call(&transaction)?;
        let ended = self.end(transaction);
        ended.map_err(|failure| self.answer_failure(&mut connection, failure).0)?;
        Ok(value)
    }

    /// Notes another size, hash and checksums of a file that can be rebuilt.
    pub fn replace_file(&self, file: u64, written: &WrittenFile) -> Result<()> {
        self.maintain(|transaction| {
            let sql =
                "UPDATE linal_file SET bytes = ?2, sha256 = ?3, block_checksums = ?4 WHERE file_id = ?1";
            let checksums = written.checksums.to_bytes();
            transaction.prepare_cached(sql)?.execute(params![
                file,
                written.bytes,
                written.sha256,
                checksums
            ])?;
            Ok(())
        })
    }

    /// Writes the WAL into the file and truncates it.
    pub fn checkpoint(&self) -> Result<()> {
        let connection = locked(&self.connection);
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// Applies one plan in a savepoint. An error is one of the whole group; the others are the outcome.
fn one(
    inner: &Inner,
    transaction: &SqliteTransaction<'_>,
    plan: &Plan,
    last: &mut (u64, i64),
) -> Result<Outcome> {
    let snapshot = last.0 + 1;
    // Times grow, also when the clock does not.
    let time_us = Utc::now().timestamp_micros().max(last.1 + 1);
    transaction.execute_batch("SAVEPOINT linal_commit")?;
    let applied = apply(inner, transaction, plan, snapshot, time_us);
    match applied {
        Ok(Applied(datasets)) => {
            transaction.execute_batch("RELEASE linal_commit")?;
            *last = (snapshot, time_us);
            Ok(Outcome::Done(Commit { snapshot, datasets }))
        }
        Err(failure) => {
            transaction.execute_batch("ROLLBACK TO linal_commit; RELEASE linal_commit")?;
            Ok(match failure {
                Failure::Error(error) => Outcome::Failed { error, may_be_durable: false },
                Failure::Stale => Outcome::Stale,
            })
        }
    }
}
