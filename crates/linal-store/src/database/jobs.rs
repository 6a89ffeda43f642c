//! The tables of jobs and schedules. They are in the catalog, beside its snapshots; what is in them, the crate
//! `linal-jobs` knows. One thing is written here: that the changes of a job are committed, in the transaction that
//! commits them.

use std::path::{Path, PathBuf};

use linal_error::Code;
use rusqlite::{Connection, params};

use super::catalog::{open_reader, open_writer};
use super::error::{Result, StoreError};
use super::layout::Layout;

/// The tables.
const TABLES: &str = include_str!("jobs.sql");

/// Where the tables of jobs are.
#[derive(Debug)]
pub struct JobTables {
    /// A connection to them.
    pub connection: Connection,
    /// The folder of results; `None` for tables in memory.
    pub folder: Option<PathBuf>,
}

impl JobTables {
    /// The tables of a directory that a store of this process has open for writing. They are made where they are missing.
    ///
    /// # Errors
    /// A catalog that cannot be opened or written.
    pub fn open(directory: &Path) -> Result<JobTables> {
        let layout = Layout::new(directory);
        let connection = open_writer(&layout.catalog())?;
        connection.execute_batch(TABLES)?;
        Ok(JobTables { connection, folder: Some(layout.jobs()) })
    }

    /// The tables of a directory that is only read; `None` where there are none.
    ///
    /// # Errors
    /// A catalog that cannot be opened.
    pub fn open_read_only(directory: &Path) -> Result<Option<JobTables>> {
        let layout = Layout::new(directory);
        let connection = open_reader(&layout.catalog())?;
        let exists: bool = connection.query_row(
            "SELECT count(*) = 2 FROM sqlite_schema WHERE name IN ('linal_job', 'linal_schedule_run')",
            [],
            |row| row.get(0),
        )?;
        Ok(exists.then(|| JobTables { connection, folder: Some(layout.jobs()) }))
    }

    /// Tables in memory.
    ///
    /// # Errors
    /// None that is known; SQLite could lack memory.
    pub fn in_memory() -> Result<JobTables> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(TABLES)?;
        Ok(JobTables { connection, folder: None })
    }
}

/// The attempt of a job whose changes a commit has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobMark {
    /// The job.
    pub job: i64,
    /// The number of the attempt.
    pub attempt: u32,
}

/// Notes in the transaction of a commit that the changes of an attempt are in it.
///
/// # Errors
/// `E0605 conflict` when the attempt is not the running one any more: another process has taken the job over.
pub(super) fn mark(connection: &Connection, mark: JobMark) -> Result<()> {
    let sql =
        "UPDATE linal_job SET committed = attempt WHERE job_id = ?1 AND attempt = ?2 AND state = 'running'";
    if connection.prepare_cached(sql)?.execute(params![mark.job, mark.attempt])? == 1 {
        return Ok(());
    }
    Err(StoreError::new(Code::Conflict, format!("the job {} is not run by this process any more", mark.job)))
}
