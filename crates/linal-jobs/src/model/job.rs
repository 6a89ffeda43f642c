//! Jobs.

use std::time::Duration;

use linal_error::Code;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How long a result stays unless the job says otherwise.
pub(crate) const KEEP: Duration = Duration::from_secs(7 * 86_400);

/// The greatest priority.
const MAX_PRIORITY: u8 = 9;

/// Most retries of a job.
const MAX_RETRIES: u32 = 1000;

/// Longest key, in bytes.
const MAX_KEY: usize = 512;

/// What the keys of firings begin with.
pub(crate) const SCHEDULE_KEYS: &str = "schedule/";

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// It waits.
    Pending,
    /// Its statements run.
    Running,
    /// All statements have succeeded.
    Succeeded,
    /// A statement has failed, and it is not tried again.
    Failed,
    /// Somebody has cancelled it.
    Cancelled,
}

impl JobState {
    /// All states.
    pub const ALL: [JobState; 5] =
        [JobState::Pending, JobState::Running, JobState::Succeeded, JobState::Failed, JobState::Cancelled];

    /// The name in tables and answers.
    pub fn name(self) -> &'static str {
        match self {
            JobState::Pending => "pending",
            JobState::Running => "running",
            JobState::Succeeded => "succeeded",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<JobState> {
        JobState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing comes after it.
    pub fn has_ended(self) -> bool {
        !matches!(self, JobState::Pending | JobState::Running)
    }
}

/// Why a job has failed, or why its last attempt did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// The stable number, such as `E0304`.
    pub code: String,
    /// The stable name of the number, such as `unknown_name`.
    pub name: String,
    /// A sentence.
    pub message: String,
    /// Which statement failed, from 1.
    pub statement: Option<u32>,
    /// The line in the statements, from 1.
    pub line: Option<u32>,
    /// The column in the line, in characters from 1.
    pub column: Option<u32>,
    /// What may help.
    pub help: Option<String>,
}

impl JobError {
    /// An error without a place.
    pub fn new(code: Code, message: impl Into<String>) -> JobError {
        JobError {
            code: code.number().to_owned(),
            name: code.name().to_owned(),
            message: message.into(),
            statement: None,
            line: None,
            column: None,
            help: None,
        }
    }

    /// The code; that of a bug where a newer program has written one that is not known here.
    pub fn code(&self) -> Code {
        let known = Code::ALL.iter().find(|code| code.number() == self.code);
        known.copied().unwrap_or(Code::InternalError)
    }

    /// The error of an attempt whose process has ended.
    pub fn interrupted() -> JobError {
        JobError::new(Code::Interrupted, "the process that ran the job ended before the job did")
    }
}

/// What has become of the result of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultState {
    /// There is none.
    None,
    /// It is in a file.
    Kept,
    /// Its time is over, or it was lost with the process that made it.
    Gone,
}

/// A job that is submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// The statements.
    pub statements: String,
    /// The database in which they begin.
    pub database: String,
    /// From 0 to 9; higher ones run first.
    pub priority: u8,
    /// The same key of the same owner gives the same job.
    pub key: Option<String>,
    /// The name of the token that submits it.
    pub owner: Option<String>,
    /// How often it is tried again after a failure that can pass.
    pub retries: u32,
    /// The time that an attempt may take.
    pub timeout: Option<Duration>,
    /// The bytes that it may use.
    pub memory_limit: Option<u64>,
    /// How long the result stays.
    pub keep: Duration,
}

impl NewJob {
    /// A job with the defaults.
    pub fn new(statements: impl Into<String>) -> NewJob {
        NewJob {
            statements: statements.into(),
            database: "default".to_owned(),
            priority: 0,
            key: None,
            owner: None,
            retries: 0,
            timeout: None,
            memory_limit: None,
            keep: KEEP,
        }
    }

    /// Checks what no column of the table would.
    pub(crate) fn check(&self) -> Result<()> {
        if self.priority > MAX_PRIORITY {
            return Err(wrong(format!("the priority {} is not between 0 and {MAX_PRIORITY}", self.priority)));
        }
        check_retries(self.retries)?;
        check_statements(&self.statements)?;
        let Some(key) = &self.key else { return Ok(()) };
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(wrong(format!("a key has 1 to {MAX_KEY} bytes")));
        }
        if key.starts_with(SCHEDULE_KEYS) {
            return Err(wrong(format!("keys that begin with `{SCHEDULE_KEYS}` are those of schedules")));
        }
        Ok(())
    }
}

pub(crate) fn check_retries(retries: u32) -> Result<()> {
    if retries > MAX_RETRIES {
        return Err(wrong(format!("a job is tried again at most {MAX_RETRIES} times")));
    }
    Ok(())
}

pub(crate) fn check_statements(statements: &str) -> Result<()> {
    if statements.trim().is_empty() {
        return Err(wrong("a job has at least one statement"));
    }
    Ok(())
}

pub(crate) fn wrong(message: impl Into<String>) -> Error {
    Error::new(Code::BadArgument, message)
}

/// A job as it is kept. Times are microseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The number, in the order of submission.
    pub id: i64,
    /// The state.
    pub state: JobState,
    /// The database in which the statements begin.
    pub database: String,
    /// The statements.
    pub statements: String,
    /// From 0 to 9; higher ones run first.
    pub priority: u8,
    /// The key.
    pub key: Option<String>,
    /// The name of the token that has submitted it.
    pub owner: Option<String>,
    /// How often it may be tried again.
    pub retries: u32,
    /// The number of attempts that have begun.
    pub attempt: u32,
    /// The time that an attempt may take.
    pub timeout: Option<Duration>,
    /// The bytes that it may use.
    pub memory_limit: Option<u64>,
    /// The schedule that has submitted it.
    pub schedule: Option<String>,
    /// When it was submitted.
    pub created_us: i64,
    /// When its last attempt began.
    pub started_us: Option<i64>,
    /// When it ended.
    pub ended_us: Option<i64>,
    /// Why it, or its last attempt, has failed.
    pub error: Option<JobError>,
    /// Rows of its result.
    pub rows: Option<u64>,
    /// What has become of its result.
    pub result: ResultState,
    /// The part of its statements that has run; `None` where nobody knows.
    pub progress: Option<f64>,
}
