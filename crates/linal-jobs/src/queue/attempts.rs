//! Attempts: jobs are claimed, leased, and their attempts end.

use rusqlite::{Connection, OptionalExtension, params};

use super::Queue;
use super::jobs::found;
use crate::error::Result;
use crate::model::{Ending, Job, JobError, JobState, MAX_DELAY_US, Next, Running, delay_us, next_state};

/// How long a runner has a job unless it moves the lease on, in microseconds.
pub(crate) const LEASE_US: i64 = 30_000_000;

impl Queue {
    /// Takes the next job for a runner: of those whose time has come the one of the highest priority, and of equal ones
    /// the oldest. It is running then.
    ///
    /// # Errors
    /// A catalog that cannot be read or written.
    pub fn claim(&self, runner: &str) -> Result<Option<Job>> {
        let now = self.now_us();
        // Most looks find nothing, and need not exclude writers.
        if self.read(|connection| next(connection, now))?.is_none() {
            return Ok(None);
        }
        self.write(|transaction| {
            let Some(id) = next(transaction, now)? else { return Ok(None) };
            transaction
                .prepare_cached(
                    "UPDATE linal_job SET state = 'running', attempt = attempt + 1, committed = NULL, started_us = ?2, \
                     runner = ?3, lease_us = ?4 WHERE job_id = ?1",
                )?
                .execute(params![id, now, runner, now.saturating_add(LEASE_US)])?;
            found(transaction, id).map(Some)
        })
    }

    /// The time from now until a job that waits for its time may run, in microseconds; `None` when none does.
    pub(crate) fn next_eligible_us(&self) -> Result<Option<i64>> {
        let now = self.now_us();
        self.read(|connection| {
            let sql = "SELECT min(eligible_us) FROM linal_job WHERE state = 'pending' AND eligible_us > ?1";
            let next: Option<i64> = connection.prepare_cached(sql)?.query_row([now], |row| row.get(0))?;
            Ok(next.map(|next| next.saturating_sub(now)))
        })
    }

    /// Whether somebody has asked to cancel a job.
    pub(crate) fn is_cancelled(&self, job: i64) -> Result<bool> {
        self.read(|connection| {
            let sql = "SELECT is_cancelled FROM linal_job WHERE job_id = ?1";
            Ok(connection.prepare_cached(sql)?.query_row([job], |row| row.get(0))?)
        })
    }

    /// Moves the leases of a runner on.
    pub(crate) fn renew(&self, runner: &str) -> Result<()> {
        let until = self.now_us().saturating_add(LEASE_US);
        self.write(|transaction| {
            let sql = "UPDATE linal_job SET lease_us = ?2 WHERE state = 'running' AND runner = ?1";
            transaction.prepare_cached(sql)?.execute(params![runner, until])?;
            Ok(())
        })
    }

    /// Ends an attempt of a job that a runner had; returns the state of the job. An attempt that is not the running
    /// one any more changes nothing.
    ///
    /// # Errors
    /// A catalog that cannot be written.
    pub fn end_attempt(
        &self,
        job: i64,
        attempt: u32,
        runner: &str,
        ending: &Ending,
    ) -> Result<Option<JobState>> {
        let now = self.now_us();
        let fraction = self.0.randomness.fraction();
        let state = self.write(|transaction| {
            let Some(running) = running(transaction, job, attempt, runner)? else { return Ok(None) };
            let next = next_state(running, ending);
            match &next {
                Next::Retry(error) => {
                    retry(transaction, job, error, now.saturating_add(delay_us(attempt, fraction)))?
                }
                Next::Ended(state, error) => end(transaction, job, *state, error.as_ref(), ending, now)?,
            }
            Ok(Some(match next {
                Next::Retry(_) => JobState::Pending,
                Next::Ended(state, _) => state,
            }))
        })?;
        self.signal().notify();
        Ok(state)
    }
}

/// The job that is next, if there is one.
fn next(connection: &Connection, now: i64) -> Result<Option<i64>> {
    let sql = "SELECT job_id FROM linal_job AS waiting WHERE state = 'pending' AND (eligible_us <= ?1 OR eligible_us > ?2) \
               AND (is_serial = 0 OR NOT EXISTS (SELECT 1 FROM linal_job AS other WHERE other.state = 'running' \
               AND other.schedule = waiting.schedule)) ORDER BY priority DESC, job_id LIMIT 1";
    // No wait is longer: one that seems to be comes from a clock that went back, and does not hold the job up.
    let latest = now.saturating_add(MAX_DELAY_US);
    let mut select = connection.prepare_cached(sql)?;
    Ok(select.query_row(params![now, latest], |row| row.get(0)).optional()?)
}

/// What decides about a running attempt; `None` when it is not the running one.
fn running(connection: &Connection, job: i64, attempt: u32, runner: &str) -> Result<Option<Running>> {
    let sql = "SELECT retries, is_cancelled, committed IS attempt FROM linal_job \
               WHERE job_id = ?1 AND attempt = ?2 AND runner = ?3 AND state = 'running'";
    let mut select = connection.prepare_cached(sql)?;
    let row = select.query_row(params![job, attempt, runner], |row| {
        Ok(Running { attempt, retries: row.get(0)?, is_cancelled: row.get(1)?, is_committed: row.get(2)? })
    });
    Ok(row.optional()?)
}

fn retry(connection: &Connection, job: i64, error: &JobError, eligible_us: i64) -> Result<()> {
    let sql = "UPDATE linal_job SET state = 'pending', eligible_us = ?2, error = ?3, runner = NULL, lease_us = NULL \
               WHERE job_id = ?1";
    connection.prepare_cached(sql)?.execute(params![job, eligible_us, json(Some(error))])?;
    Ok(())
}

fn end(
    connection: &Connection,
    job: i64,
    state: JobState,
    error: Option<&JobError>,
    ending: &Ending,
    now: i64,
) -> Result<()> {
    let (rows, result) = match ending {
        Ending::Succeeded { rows, has_result } => (*rows, i64::from(*has_result)),
        // It was done, and its result is lost.
        _ if state == JobState::Succeeded => (None, 2),
        _ => (None, 0),
    };
    let sql = "UPDATE linal_job SET state = ?2, ended_us = ?3, error = ?4, rows = ?5, result = ?6, runner = NULL, \
               lease_us = NULL WHERE job_id = ?1";
    let rows = rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
    connection.prepare_cached(sql)?.execute(params![job, state.name(), now, json(error), rows, result])?;
    Ok(())
}

fn json(error: Option<&JobError>) -> Option<String> {
    error.and_then(|error| serde_json::to_string(error).ok())
}
