//! Prints statements about jobs and schedules.

use super::statement::exists;
use crate::ast::{Body, CreateSchedule, JobListing, JobStatement, Moments, SubmitJob};
use std::fmt::{self, Display, Formatter};

impl Display for JobStatement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            JobStatement::Submit(submit) => submit.fmt(f),
            JobStatement::Show(listing) => write!(f, "SHOW {listing}"),
            JobStatement::Cancel { id } => write!(f, "CANCEL JOB {id}"),
            JobStatement::CreateSchedule(create) => create.fmt(f),
            JobStatement::AlterSchedule { name, pauses } => {
                write!(f, "ALTER SCHEDULE {name} {}", if *pauses { "PAUSE" } else { "RESUME" })
            }
            JobStatement::DropSchedule { name, if_exists } => {
                write!(f, "DROP SCHEDULE {}{name}", exists(*if_exists))
            }
        }
    }
}

fn option(f: &mut Formatter<'_>, word: &str, value: Option<&impl Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, "{word} {value} "))
}

impl Display for SubmitJob {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SUBMIT JOB ")?;
        option(f, "KEY", self.key.as_ref())?;
        option(f, "PRIORITY", self.priority.as_ref().map(|(number, _)| number))?;
        option(f, "RETRIES", self.retries.as_ref().map(|(number, _)| number))?;
        option(f, "TIMEOUT", self.timeout.as_ref())?;
        self.body.fmt(f)
    }
}

impl Display for Body {
    /// Statements end with `;`, which a line end does not survive in every place.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("DO (")?;
        for (at, statement) in self.statements.iter().enumerate() {
            write!(f, "{}{statement}", if at == 0 { "" } else { "; " })?;
        }
        f.write_str(")")
    }
}

impl Display for CreateSchedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let replaces = if self.replaces { "OR REPLACE " } else { "" };
        write!(f, "CREATE {replaces}SCHEDULE {} {} ", self.name, self.moments)?;
        option(f, "MISSED", self.missed.as_ref())?;
        self.body.fmt(f)
    }
}

impl Display for Moments {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Moments::Every(time) => write!(f, "EVERY {time}"),
            Moments::Cron { expression, zone: None } => write!(f, "CRON {expression}"),
            Moments::Cron { expression, zone: Some(zone) } => write!(f, "CRON {expression} ZONE {zone}"),
        }
    }
}

impl Display for JobListing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            JobListing::Jobs => f.write_str("JOBS"),
            JobListing::Job(id) => write!(f, "JOB {id}"),
            JobListing::Schedules => f.write_str("SCHEDULES"),
            JobListing::Runs(name) => write!(f, "SCHEDULE RUNS {name}"),
        }
    }
}
