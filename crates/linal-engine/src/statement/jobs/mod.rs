//! Jobs and schedules: `SUBMIT JOB`, `CANCEL JOB`, `CREATE SCHEDULE`, `ALTER SCHEDULE`, `DROP SCHEDULE`, and their lists.
//!
//! They change the queue at once, beside the transactions of sessions.

mod list;

use std::time::Duration;

use linal_dataset::{Cell, Error, Result, RowSet};
use linal_error::Code;
use linal_jobs::Queue;
use linal_jobs::model::{Job, Missed, NewJob, NewSchedule};
use linal_jobs::parse_duration;
use linal_jobs::timing::Timing;
use linal_lang::Span;
use linal_lang::ast::{CreateSchedule, Ident, JobListing, JobStatement, Moments, SubmitJob, Text};
use linal_store::ColumnType;

use crate::jobs::error;
use crate::outcome::Outcome;
use crate::session::Session;

/// Executes a statement about jobs or schedules.
pub(super) fn run(session: &Session, statement: &JobStatement) -> Result<Outcome> {
    if let JobStatement::Show(listing) = statement {
        return show(session, &queue(session)?, listing);
    }
    if let Some(durable) = &session.engine.durable {
        durable.check_writable()?;
    }
    let queue = queue(session)?;
    match statement {
        JobStatement::Submit(job) => submit(session, &queue, job),
        JobStatement::Cancel { id } => cancel(session, &queue, id),
        JobStatement::CreateSchedule(schedule) => create(session, &queue, schedule),
        JobStatement::AlterSchedule { name, pauses } => alter(session, &queue, name, *pauses),
        JobStatement::DropSchedule { name, if_exists } => drop_schedule(session, &queue, name, *if_exists),
        JobStatement::Show(listing) => show(session, &queue, listing),
    }
}

fn queue(session: &Session) -> Result<Queue> {
    session.engine.jobs.get(session.engine.durable.as_ref())
}

fn submit(session: &Session, queue: &Queue, job: &SubmitJob) -> Result<Outcome> {
    none_may_be_open(session, "SUBMIT JOB")?;
    let small = |value: Option<(u64, Span)>, what: &str, most: u32| match value {
        None => Ok(0),
        Some((number, span)) => u32::try_from(number)
            .ok()
            .filter(|number| *number <= most)
            .ok_or_else(|| Error::new(Code::BadArgument, format!("{what} is between 0 and {most}")).at(span)),
    };
    let new = NewJob {
        database: session.database.to_string(),
        owner: session.job_owner.name.as_deref().map(str::to_owned),
        key: job.key.as_ref().map(|key| key.text.to_string()),
        priority: small(job.priority, "a priority", 9)? as u8,
        retries: small(job.retries, "the number of retries", 1000)?,
        timeout: job.timeout.as_ref().map(time).transpose()?,
        ..NewJob::new(&*job.body.text)
    };
    let job = queue.submit(&new).map_err(error)?.job;
    let columns = [("id", ColumnType::String), ("state", ColumnType::String)];
    let row = vec![Cell::String(job.id.to_string()), Cell::String(job.state.name().to_owned())];
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &[row])))
}

fn time(text: &Text) -> Result<Duration> {
    parse_duration(&text.text).filter(|time| !time.is_zero()).ok_or_else(|| {
        Error::new(Code::BadArgument, format!("`{}` is no time", text.text))
            .at(text.span)
            .with_help("write '500ms', '10s', '5m' or '2h'")
    })
}

/// Jobs are on disk when the statement has answered, and a ROLLBACK would not take them back.
fn none_may_be_open(session: &Session, statement: &str) -> Result<()> {
    if session.transaction.is_none() {
        return Ok(());
    }
    let message = format!("{statement} cannot be part of a transaction");
    Err(Error::new(Code::TransactionOpen, message).with_help("COMMIT or ROLLBACK ends it"))
}

/// The job of an id that the session may see.
fn job(session: &Session, queue: &Queue, id: &Text) -> Result<Job> {
    let unknown = || Error::new(Code::UnknownName, format!("there is no job `{}`", id.text)).at(id.span);
    let number: i64 = id.text.parse().map_err(|_| unknown())?;
    let found = queue.job(number).map_err(error)?;
    found.filter(|job| session.job_owner.may_see(job.owner.as_deref())).ok_or_else(unknown)
}

fn cancel(session: &Session, queue: &Queue, id: &Text) -> Result<Outcome> {
    let job = job(session, queue, id)?;
    let job = queue.cancel(job.id).map_err(|failed| error(failed).at(id.span))?;
    let done = if job.state.has_ended() { "cancelled" } else { "cancelling" };
    Ok(Outcome::Done(format!("{done} job {}", job.id)))
}

fn create(session: &Session, queue: &Queue, create: &CreateSchedule) -> Result<Outcome> {
    none_may_be_open(session, "CREATE SCHEDULE")?;
    let timing = match &create.moments {
        Moments::Every(text) => Timing::every(&text.text).map_err(|failed| error(failed).at(text.span))?,
        Moments::Cron { expression, zone } => {
            let place = zone.as_ref().map_or(expression.span, |zone| expression.span.to(zone.span));
            Timing::cron(&expression.text, zone.as_ref().map(|zone| &*zone.text))
                .map_err(|failed| error(failed).at(place))?
        }
    };
    let missed = create.missed.as_ref().map(policy).transpose()?.unwrap_or_default();
    let owner = session.job_owner.name.as_deref().map(str::to_owned);
    if create.replaces {
        check_owner(session, queue, &create.name)?;
    }
    let new = NewSchedule {
        database: session.database.to_string(),
        missed,
        owner,
        ..NewSchedule::new(&*create.name.name, timing, &*create.body.text)
    };
    queue.create_schedule(&new, create.replaces).map_err(|failed| error(failed).at(create.name.span))?;
    Ok(Outcome::Done(format!("created schedule {}", create.name.name)))
}

fn policy(word: &Ident) -> Result<Missed> {
    let unknown = || {
        Error::new(Code::BadArgument, format!("there is no policy `{}` for missed moments", word.name))
            .at(word.span)
            .suggest(&word.name, ["skip", "once", "all"])
            .or_help("the policies are skip, once and all")
    };
    Missed::parse(&word.name).ok_or_else(unknown)
}

/// A schedule of somebody else is not replaced.
fn check_owner(session: &Session, queue: &Queue, name: &Ident) -> Result<()> {
    match queue.schedule(&name.name) {
        Ok(known) if !session.job_owner.may_see(known.definition.owner.as_deref()) => {
            let message = format!("the schedule `{}` belongs to somebody else", name.name);
            Err(Error::new(Code::NameExists, message).at(name.span))
        }
        Ok(_) => Ok(()),
        Err(unknown) if unknown.code() == Code::UnknownName => Ok(()),
        Err(failed) => Err(error(failed)),
    }
}

/// Checks that the session may see a schedule; one that it may not see is not there.
fn check_visible(session: &Session, queue: &Queue, name: &Ident) -> Result<()> {
    let known = queue.schedule(&name.name).map_err(|failed| error(failed).at(name.span))?;
    if session.job_owner.may_see(known.definition.owner.as_deref()) {
        return Ok(());
    }
    Err(Error::new(Code::UnknownName, format!("there is no schedule `{}`", name.name)).at(name.span))
}

fn alter(session: &Session, queue: &Queue, name: &Ident, pauses: bool) -> Result<Outcome> {
    check_visible(session, queue, name)?;
    queue.pause_schedule(&name.name, pauses).map_err(|failed| error(failed).at(name.span))?;
    let done = if pauses { "paused" } else { "resumed" };
    Ok(Outcome::Done(format!("{done} schedule {}", name.name)))
}

fn drop_schedule(session: &Session, queue: &Queue, name: &Ident, if_exists: bool) -> Result<Outcome> {
    match check_visible(session, queue, name) {
        Err(unknown) if if_exists && unknown.is(Code::UnknownName) => {
            return Ok(Outcome::Done(format!("there was no schedule {}", name.name)));
        }
        checked => checked?,
    }
    queue.drop_schedule(&name.name, if_exists).map_err(|failed| error(failed).at(name.span))?;
    Ok(Outcome::Done(format!("dropped schedule {}", name.name)))
}

fn show(session: &Session, queue: &Queue, listing: &JobListing) -> Result<Outcome> {
    let owner = &session.job_owner;
    match listing {
        JobListing::Jobs => list::jobs(&list::visible(owner, queue)?),
        JobListing::Job(id) => list::jobs(&[job(session, queue, id)?]),
        JobListing::Schedules => {
            let mut schedules = queue.schedules().map_err(error)?;
            schedules.retain(|schedule| owner.may_see(schedule.definition.owner.as_deref()));
            list::schedules(&schedules)
        }
        JobListing::Runs(name) => {
            check_visible(session, queue, name)?;
            list::runs(&queue.runs(&name.name, list::RUNS).map_err(error)?)
        }
    }
}
