//! Schedules.

use std::time::Duration;

use crate::error::Result;
use crate::model::JobState;
use crate::model::job::{check_retries, check_statements, wrong};
use crate::timing::Timing;

/// What happens to moments at which nobody could fire a schedule, or at which its job before had not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    /// They pass.
    #[default]
    Skip,
    /// One job runs for all of them.
    Once,
    /// Each gets its job.
    All,
}

impl Missed {
    const ALL: [Missed; 3] = [Missed::Skip, Missed::Once, Missed::All];

    /// The name in tables and answers.
    pub fn name(self) -> &'static str {
        match self {
            Missed::Skip => "skip",
            Missed::Once => "once",
            Missed::All => "all",
        }
    }

    /// The policy of a name, in any case.
    pub fn parse(name: &str) -> Option<Missed> {
        Missed::ALL.into_iter().find(|missed| missed.name().eq_ignore_ascii_case(name))
    }
}

/// A schedule that is created.
#[derive(Clone, Debug)]
pub struct NewSchedule {
    /// The name, unique in a directory; case is ignored.
    pub name: String,
    /// The statements of its jobs.
    pub statements: String,
    /// Its moments.
    pub timing: Timing,
    /// The database in which the statements begin.
    pub database: String,
    /// What happens to missed moments.
    pub missed: Missed,
    /// Whether two of its jobs may run at once.
    pub overlap: bool,
    /// As of a job.
    pub timeout: Option<Duration>,
    /// As of a job.
    pub memory_limit: Option<u64>,
    /// As of a job.
    pub retries: u32,
    /// The name of the token that creates it, with whose rights its jobs run.
    pub owner: Option<String>,
}

/// Longest name, in bytes.
const MAX_NAME: usize = 255;

impl NewSchedule {
    /// A schedule with the defaults.
    pub fn new(name: impl Into<String>, timing: Timing, statements: impl Into<String>) -> NewSchedule {
        NewSchedule {
            name: name.into(),
            statements: statements.into(),
            timing,
            database: "default".to_owned(),
            missed: Missed::default(),
            overlap: false,
            timeout: None,
            memory_limit: None,
            retries: 0,
            owner: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let name = &self.name;
        if name.is_empty() || name.len() > MAX_NAME || name.contains(|c: char| c == '/' || c.is_control()) {
            return Err(wrong(format!("a name of a schedule has 1 to {MAX_NAME} bytes, and no `/`")));
        }
        check_retries(self.retries)?;
        check_statements(&self.statements)
    }
}

/// A schedule as it is kept.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// What was created.
    pub definition: NewSchedule,
    /// Whether it fires nothing for now.
    pub is_paused: bool,
    /// When it was created, in microseconds since 1970.
    pub created_us: i64,
    /// The moments up to this one are decided.
    pub through_us: i64,
    /// The next moment; `None` while it is paused, and where there is none.
    pub next_us: Option<i64>,
}

/// A moment of a schedule that has fired, or was passed over since the job before had not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The moment, in microseconds since 1970.
    pub scheduled_us: i64,
    /// The job.
    pub job: Option<i64>,
    /// The state of the job; `None` for a moment that was passed over.
    pub state: Option<JobState>,
}

impl Run {
    /// The state of the job, or `skipped` for a moment that was passed over.
    pub fn state_name(&self) -> &'static str {
        self.state.map_or("skipped", JobState::name)
    }
}
