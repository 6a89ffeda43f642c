//! Rows of the table of jobs.

use rusqlite::Row;

use crate::duration::of_micros;
use crate::error::{Error, Result};
use crate::model::{Job, JobState, ResultState};

/// The columns of [`job`], in its order.
pub(super) const COLUMNS: &str = "job_id, state, database, statements, priority, key, owner, retries, attempt, \
     timeout_us, memory_limit, schedule, created_us, started_us, ended_us, error, rows, result";

/// A job of a row. The outer error is SQLite's; the inner one is a value that nothing of ours has written.
pub(super) fn job(row: &Row<'_>) -> rusqlite::Result<Result<Job>> {
    let damaged = || Error::damaged("a job");
    let state: String = row.get(1)?;
    let Some(state) = JobState::parse(&state) else { return Ok(Err(damaged())) };
    let error: Option<String> = row.get(15)?;
    let Ok(error) = error.map(|text| serde_json::from_str(&text)).transpose() else {
        return Ok(Err(damaged()));
    };
    Ok(Ok(Job {
        id: row.get(0)?,
        state,
        database: row.get(2)?,
        statements: row.get(3)?,
        priority: row.get(4)?,
        key: row.get(5)?,
        owner: row.get(6)?,
        retries: row.get(7)?,
        attempt: row.get(8)?,
        timeout: row.get::<_, Option<i64>>(9)?.map(of_micros),
        memory_limit: row.get(10)?,
        schedule: row.get(11)?,
        created_us: row.get(12)?,
        started_us: row.get(13)?,
        ended_us: row.get(14)?,
        error,
        rows: row.get(16)?,
        result: match row.get::<_, i64>(17)? {
            0 => ResultState::None,
            1 => ResultState::Kept,
            _ => ResultState::Gone,
        },
        progress: (state == JobState::Succeeded).then_some(1.0),
    }))
}
