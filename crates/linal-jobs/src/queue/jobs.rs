//! Jobs are submitted, listed, cancelled, and their results found.

use std::fs::File;

use linal_error::Code;
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{COLUMNS, job};
use super::{MAX_PENDING, Queue};
use crate::duration::micros;
use crate::error::{Error, Result};
use crate::model::{Job, JobState, NewJob, ResultState};
use crate::runner::StopReason;

/// A job that was submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Submitted {
    /// The job.
    pub job: Job,
    /// Whether it is new; `false` for one of the same key.
    pub is_new: bool,
}

/// Which jobs are listed.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Those in a state.
    pub state: Option<JobState>,
    /// Those of an owner (`Some(None)`: of nobody with a token).
    pub owner: Option<Option<String>>,
    /// At most so many, the newest.
    pub limit: Option<u64>,
}

impl Queue {
    /// Submits a job. It is on disk when this returns. For a key that the owner has used, the job of the key.
    ///
    /// # Errors
    /// `E0211 bad_argument`; `E0809 queue_full`; a catalog that cannot be written.
    pub fn submit(&self, new: &NewJob) -> Result<Submitted> {
        new.check()?;
        let now = self.now_us();
        let submitted = self.write(|transaction| {
            if let Some(known) = by_key(transaction, new.owner.as_deref(), new.key.as_deref())? {
                return Ok(Submitted { job: known, is_new: false });
            }
            check_room(transaction)?;
            let id = insert(transaction, new, None, now)?;
            Ok(Submitted { job: found(transaction, id)?, is_new: true })
        })?;
        self.signal().notify();
        Ok(self.with_progress(submitted))
    }

    fn with_progress(&self, mut submitted: Submitted) -> Submitted {
        self.add_progress(&mut submitted.job);
        submitted
    }

    fn add_progress(&self, job: &mut Job) {
        if job.state == JobState::Running
            && let Some(control) = self.running().get(&job.id)
        {
            job.progress = control.progress();
        }
    }

    /// A job; `None` for a number that no job has.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn job(&self, id: i64) -> Result<Option<Job>> {
        let mut job = self.read(|connection| by_id(connection, id))?;
        job.iter_mut().for_each(|job| self.add_progress(job));
        Ok(job)
    }

    /// The jobs, the newest first.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>> {
        let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let (any_owner, owner) = (filter.owner.is_none(), filter.owner.clone().flatten());
        let state = filter.state.map(JobState::name);
        let mut jobs = self.read(|connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM linal_job WHERE (?1 IS NULL OR state = ?1) AND (?2 OR owner IS ?3) \
                 ORDER BY job_id DESC LIMIT ?4"
            ))?;
            let rows = select.query_map(params![state, any_owner, owner, limit], job)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().collect::<Result<Vec<_>>>()
        })?;
        jobs.iter_mut().for_each(|job| self.add_progress(job));
        Ok(jobs)
    }

    /// The number of jobs that wait, and of those that run.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn counts(&self) -> Result<(u64, u64)> {
        self.read(|connection| {
            let sql = "SELECT (SELECT count(*) FROM linal_job WHERE state = 'pending'), \
                       (SELECT count(*) FROM linal_job WHERE state = 'running')";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
    }

    /// Cancels a job: at once if it waits; a running one is stopped, and ends soon after.
    ///
    /// # Errors
    /// `E0304 unknown_name`; `E0820 job_ended`; a catalog that cannot be written.
    pub fn cancel(&self, id: i64) -> Result<Job> {
        let now = self.now_us();
        let job = self.write(|transaction| {
            let job = found(transaction, id)?;
            if job.state.has_ended() {
                let message = format!("the job {id} has ended: it is {}", job.state.name());
                return Err(Error::new(Code::JobEnded, message));
            }
            transaction
                .prepare_cached(
                    "UPDATE linal_job SET is_cancelled = 1, state = iif(state = 'pending', 'cancelled', state), \
                     ended_us = iif(state = 'pending', ?2, NULL) WHERE job_id = ?1",
                )?
                .execute(params![id, now])?;
            found(transaction, id)
        })?;
        if let Some(control) = self.running().get(&id) {
            control.stop(StopReason::Cancelled);
        }
        self.signal().notify();
        Ok(job)
    }

    /// The file with the result of a job, in the format of Arrow IPC files. What the caller has opened stays
    /// readable when its time is over.
    ///
    /// # Errors
    /// `E0304 unknown_name` for an unknown job; `E0823 no_result` before it has ended well; `E0821 result_expired`
    /// when its time is over.
    pub fn result(&self, id: i64) -> Result<File> {
        let job = self.read(|connection| found(connection, id))?;
        let expired =
            || Error::new(Code::ResultExpired, format!("the result of the job {id} is not kept any more"));
        match job.result {
            ResultState::Kept => File::open(self.results().path(id)).map_err(|_| expired()),
            ResultState::Gone => Err(expired()),
            ResultState::None => {
                let message = format!("the job {id} has no result: it is {}", job.state.name());
                Err(Error::new(Code::NoResult, message))
            }
        }
    }
}

fn by_id(connection: &Connection, id: i64) -> Result<Option<Job>> {
    let mut select =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM linal_job WHERE job_id = ?1"))?;
    select.query_row([id], job).optional()?.transpose()
}

/// A job that must be there.
pub(super) fn found(connection: &Connection, id: i64) -> Result<Job> {
    by_id(connection, id)?.ok_or_else(|| Error::new(Code::UnknownName, format!("there is no job `{id}`")))
}

pub(super) fn by_key(connection: &Connection, owner: Option<&str>, key: Option<&str>) -> Result<Option<Job>> {
    let Some(key) = key else { return Ok(None) };
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM linal_job WHERE coalesce(owner, '') = coalesce(?1, '') AND key = ?2"
    ))?;
    select.query_row(params![owner, key], job).optional()?.transpose()
}

fn check_room(connection: &Connection) -> Result<()> {
    let sql = "SELECT count(*) FROM linal_job WHERE state = 'pending'";
    let pending: u64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    if pending < MAX_PENDING {
        return Ok(());
    }
    Err(Error::new(Code::QueueFull, format!("{pending} jobs are waiting, and no more may")))
}

/// The schedule of a job, and whether its jobs run one after the other.
pub(super) struct OfSchedule<'s> {
    pub name: &'s str,
    pub is_serial: bool,
}

/// Inserts a job; returns its number.
pub(super) fn insert(
    connection: &Connection,
    new: &NewJob,
    schedule: Option<&OfSchedule<'_>>,
    now: i64,
) -> Result<i64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO linal_job (state, database, statements, priority, key, owner, retries, timeout_us, memory_limit, \
         keep_us, schedule, is_serial, created_us, eligible_us) \
         VALUES ('pending', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
    )?;
    insert.execute(params![
        new.database,
        new.statements,
        new.priority,
        new.key,
        new.owner,
        new.retries,
        new.timeout.map(micros),
        new.memory_limit.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        micros(new.keep),
        schedule.map(|schedule| schedule.name),
        schedule.is_some_and(|schedule| schedule.is_serial),
        now
    ])?;
    Ok(connection.last_insert_rowid())
}
