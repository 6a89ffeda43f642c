//! Jobs and schedules.

use linal::jobs::{Job, JobError, Run, Schedule};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::config::{bytes_text, duration_text};
use crate::time::text_us;

/// The body of `POST /jobs`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewJob)]
pub struct NewJobBody {
    /// One or more statements.
    pub statements: String,
    /// The database; that of `X-Linal-Database`, or `default`, without it.
    pub database: Option<String>,
    /// From 0 (default) to 9; higher ones run first.
    pub priority: Option<u8>,
    /// The same key of the same token gives the same job.
    pub key: Option<String>,
    /// How often it is tried again after a failure that can pass; 0 without it.
    pub retries: Option<u32>,
    /// The time that an attempt may take, such as `10min`.
    #[schema(value_type = Option<String>)]
    pub timeout: Option<Value>,
    /// The memory that it may use, such as `256MB`.
    #[schema(value_type = Option<String>)]
    pub memory_limit: Option<Value>,
    /// How long the result stays; `7d` without it.
    #[schema(value_type = Option<String>)]
    pub keep: Option<Value>,
}

/// A job.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobBody {
    /// What the path of the job ends with.
    pub id: String,
    /// `pending`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: &'static str,
    /// The database.
    pub database: String,
    /// The statements.
    pub statements: String,
    /// From 0 to 9.
    pub priority: u8,
    /// The key.
    pub key: Option<String>,
    /// Attempts that have begun.
    pub attempt: u32,
    /// How often it may be tried again.
    pub retries: u32,
    /// The part of its statements that has run, from 0 to 1; null where it is not known.
    pub progress: Option<f64>,
    /// When it was submitted: ISO 8601, UTC.
    pub created_at: String,
    /// When its last attempt began.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Why it, or its last attempt, has failed.
    pub error: Option<JobErrorBody>,
    /// Rows of its result.
    pub rows: Option<u64>,
}

/// Why a job has failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JobError)]
pub struct JobErrorBody {
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

impl From<JobError> for JobErrorBody {
    fn from(error: JobError) -> JobErrorBody {
        JobErrorBody {
            code: error.code,
            name: error.name,
            message: error.message,
            statement: error.statement,
            line: error.line,
            column: error.column,
            help: error.help,
        }
    }
}

impl From<Job> for JobBody {
    fn from(job: Job) -> JobBody {
        JobBody {
            id: job.id.to_string(),
            state: job.state.name(),
            database: job.database,
            statements: job.statements,
            priority: job.priority,
            key: job.key,
            attempt: job.attempt,
            retries: job.retries,
            progress: job.progress,
            created_at: text_us(job.created_us),
            started_at: job.started_us.map(text_us),
            ended_at: job.ended_us.map(text_us),
            error: job.error.map(JobErrorBody::from),
            rows: job.rows,
        }
    }
}

/// The body of `POST /schedules`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSchedule)]
pub struct NewScheduleBody {
    /// The name; case is ignored.
    pub name: String,
    /// The statements of its jobs.
    pub statements: String,
    /// The time between two jobs, such as `5m`. Either this or `cron`.
    pub every: Option<String>,
    /// A cron expression of 5 fields, or of 6 with the seconds first.
    pub cron: Option<String>,
    /// The IANA name of the time zone of `cron`; UTC without it.
    pub zone: Option<String>,
    /// As of a job.
    pub database: Option<String>,
    /// What happens to missed moments: `skip` (default), `once` or `all`.
    pub missed: Option<String>,
    /// Whether two of its jobs may run at once; not without it.
    pub overlap: Option<bool>,
    /// As of a job.
    #[schema(value_type = Option<String>)]
    pub timeout: Option<Value>,
    /// As of a job.
    #[schema(value_type = Option<String>)]
    pub memory_limit: Option<Value>,
    /// As of a job.
    pub retries: Option<u32>,
}

/// A schedule.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub struct ScheduleBody {
    /// The name.
    pub name: String,
    /// The statements of its jobs.
    pub statements: String,
    /// The time between two jobs.
    pub every: Option<String>,
    /// The cron expression.
    pub cron: Option<String>,
    /// The time zone.
    pub zone: String,
    /// The database.
    pub database: String,
    /// `skip`, `once` or `all`.
    pub missed: &'static str,
    /// Whether two of its jobs may run at once.
    pub overlap: bool,
    /// As of a job.
    pub timeout: Option<String>,
    /// As of a job.
    pub memory_limit: Option<String>,
    /// As of a job.
    pub retries: u32,
    /// Whether it fires nothing for now.
    pub paused: bool,
    /// When it was created: ISO 8601, UTC.
    pub created_at: String,
    /// The next moment; null while it is paused.
    pub next_at: Option<String>,
}

impl From<Schedule> for ScheduleBody {
    fn from(schedule: Schedule) -> ScheduleBody {
        let definition = schedule.definition;
        let cron = definition.timing.cron_text();
        ScheduleBody {
            every: definition.timing.every_text().map(str::to_owned),
            cron: cron.map(|(text, _)| text.to_owned()),
            zone: cron.map_or("UTC", |(_, zone)| zone).to_owned(),
            name: definition.name.clone(),
            statements: definition.statements.clone(),
            database: definition.database.clone(),
            missed: definition.missed.name(),
            overlap: definition.overlap,
            timeout: definition.timeout.map(duration_text),
            memory_limit: definition.memory_limit.map(bytes_text),
            retries: definition.retries,
            paused: schedule.is_paused,
            created_at: text_us(schedule.created_us),
            next_at: schedule.next_us.map(text_us),
        }
    }
}

/// A moment of a schedule.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ScheduleRun)]
pub struct RunBody {
    /// The moment: ISO 8601, UTC.
    pub scheduled_at: String,
    /// The id of its job; null for one that was passed over.
    pub job: Option<String>,
    /// The state of the job, or `skipped` for a moment that was passed over since the job before had not ended.
    pub state: &'static str,
}

impl From<Run> for RunBody {
    fn from(run: Run) -> RunBody {
        RunBody {
            scheduled_at: text_us(run.scheduled_us),
            job: run.job.map(|job| job.to_string()),
            state: run.state_name(),
        }
    }
}
