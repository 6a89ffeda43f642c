//! Statements about jobs and schedules.

use super::{FilePath, Ident, Statement};
use crate::Span;

/// A string of the statement, such as a key or a time; what it means is not checked here.
pub type Text = FilePath;

/// A statement about jobs or schedules.
#[derive(Debug, Clone, PartialEq)]
pub enum JobStatement {
    /// `SUBMIT JOB ... DO ( ... )`.
    Submit(SubmitJob),
    /// `SHOW JOBS` and the other lists.
    Show(JobListing),
    /// `CANCEL JOB 'id'`.
    Cancel {
        /// The job.
        id: Text,
    },
    /// `CREATE [OR REPLACE] SCHEDULE ...`.
    CreateSchedule(CreateSchedule),
    /// `ALTER SCHEDULE name PAUSE` or `RESUME`.
    AlterSchedule {
        /// The schedule.
        name: Ident,
        /// Whether it fires nothing from now on.
        pauses: bool,
    },
    /// `DROP SCHEDULE [IF EXISTS] name`.
    DropSchedule {
        /// The schedule.
        name: Ident,
        /// Whether a missing schedule is no error.
        if_exists: bool,
    },
}

/// `SUBMIT JOB [KEY 'k'] [PRIORITY n] [RETRIES n] [TIMEOUT '10s'] DO ( ... )`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmitJob {
    /// The key.
    pub key: Option<Text>,
    /// The priority, and its place.
    pub priority: Option<(u64, Span)>,
    /// The number of retries, and its place.
    pub retries: Option<(u64, Span)>,
    /// The time of an attempt.
    pub timeout: Option<Text>,
    /// What it runs.
    pub body: Body,
}

/// The statements in the brackets of a DO.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The text, with the blanks that its lines begin with.
    pub text: Box<str>,
    /// Its place.
    pub span: Span,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// The moments of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub enum Moments {
    /// `EVERY '5m'`.
    Every(Text),
    /// `CRON '0 3 * * *' [ZONE 'Europe/Berlin']`.
    Cron {
        /// The expression.
        expression: Text,
        /// The time zone.
        zone: Option<Text>,
    },
}

/// `CREATE [OR REPLACE] SCHEDULE name EVERY ... [MISSED policy] DO ( ... )`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSchedule {
    /// The name.
    pub name: Ident,
    /// Whether a schedule of the name is replaced.
    pub replaces: bool,
    /// Its moments.
    pub moments: Moments,
    /// `MISSED skip`, `once` or `all`.
    pub missed: Option<Ident>,
    /// What its jobs run.
    pub body: Body,
}

/// What is listed of jobs and schedules.
#[derive(Debug, Clone, PartialEq)]
pub enum JobListing {
    /// `SHOW JOBS`.
    Jobs,
    /// `SHOW JOB 'id'`.
    Job(Text),
    /// `SHOW SCHEDULES`.
    Schedules,
    /// `SHOW SCHEDULE RUNS name`.
    Runs(Ident),
}

impl JobStatement {
    /// The keywords that open the statement.
    pub fn keyword(&self) -> &'static str {
        match self {
            JobStatement::Submit(_) => "SUBMIT JOB",
            JobStatement::Show(_) => "SHOW",
            JobStatement::Cancel { .. } => "CANCEL JOB",
            JobStatement::CreateSchedule(_) => "CREATE SCHEDULE",
            JobStatement::AlterSchedule { .. } => "ALTER SCHEDULE",
            JobStatement::DropSchedule { .. } => "DROP SCHEDULE",
        }
    }

    /// The statements that it keeps for later; none for one that keeps none.
    pub fn body(&self) -> &[Statement] {
        match self {
            JobStatement::Submit(submit) => &submit.body.statements,
            JobStatement::CreateSchedule(create) => &create.body.statements,
            _ => &[],
        }
    }
}
