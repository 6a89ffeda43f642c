//! Jobs, schedules and runs as rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use linal_dataset::{Result, RowSet, arrow_error};
use linal_jobs::model::{Job, Run, Schedule};
use linal_jobs::{JobFilter, Queue};

use crate::jobs::{JobOwner, error};
use crate::outcome::Outcome;

/// Runs that are listed, the newest.
pub(super) const RUNS: u64 = 1000;

/// The jobs that an owner sees, the newest first.
pub(super) fn visible(owner: &JobOwner, queue: &Queue) -> Result<Vec<Job>> {
    let name = || owner.name.as_deref().map(str::to_owned);
    let filter = JobFilter { owner: (!owner.sees_all).then(name), ..JobFilter::default() };
    queue.jobs(&filter).map_err(error)
}

pub(super) fn jobs(jobs: &[Job]) -> Result<Outcome> {
    let of = |job: &Job| {
        job.error.as_ref().map(|error| format!("{} {}: {}", error.code, error.name, error.message))
    };
    rows(vec![
        ("id", texts(jobs, |job| Some(job.id.to_string()))),
        ("state", texts(jobs, |job| Some(job.state.name().to_owned()))),
        ("database", texts(jobs, |job| Some(job.database.clone()))),
        ("statements", texts(jobs, |job| Some(job.statements.clone()))),
        ("priority", integers(jobs, |job| Some(job.priority.into()))),
        ("key", texts(jobs, |job| job.key.clone())),
        ("attempt", integers(jobs, |job| Some(job.attempt.into()))),
        ("progress", Arc::new(Float64Array::from_iter(jobs.iter().map(|job| job.progress)))),
        ("created_at", times(jobs, |job| Some(job.created_us))),
        ("started_at", times(jobs, |job| job.started_us)),
        ("ended_at", times(jobs, |job| job.ended_us)),
        ("error", texts(jobs, of)),
        ("rows", integers(jobs, |job| job.rows.and_then(|rows| i64::try_from(rows).ok()))),
    ])
}

pub(super) fn schedules(schedules: &[Schedule]) -> Result<Outcome> {
    let cron = |schedule: &Schedule| {
        schedule.definition.timing.cron_text().map(|(text, zone)| (text.to_owned(), zone.to_owned()))
    };
    let bools = |of: fn(&Schedule) -> bool| -> ArrayRef {
        Arc::new(BooleanArray::from_iter(schedules.iter().map(|schedule| Some(of(schedule)))))
    };
    rows(vec![
        ("name", texts(schedules, |schedule| Some(schedule.definition.name.clone()))),
        ("every", texts(schedules, |schedule| schedule.definition.timing.every_text().map(str::to_owned))),
        ("cron", texts(schedules, |schedule| cron(schedule).map(|(text, _)| text))),
        ("zone", texts(schedules, |schedule| cron(schedule).map(|(_, zone)| zone))),
        ("database", texts(schedules, |schedule| Some(schedule.definition.database.clone()))),
        ("missed", texts(schedules, |schedule| Some(schedule.definition.missed.name().to_owned()))),
        ("overlap", bools(|schedule| schedule.definition.overlap)),
        ("paused", bools(|schedule| schedule.is_paused)),
        ("next_at", times(schedules, |schedule| schedule.next_us)),
        ("statements", texts(schedules, |schedule| Some(schedule.definition.statements.clone()))),
    ])
}

pub(super) fn runs(runs: &[Run]) -> Result<Outcome> {
    rows(vec![
        ("scheduled_at", times(runs, |run| Some(run.scheduled_us))),
        ("job", texts(runs, |run| run.job.map(|job| job.to_string()))),
        ("state", texts(runs, |run| Some(run.state_name().to_owned()))),
    ])
}

fn texts<T>(items: &[T], of: impl Fn(&T) -> Option<String>) -> ArrayRef {
    Arc::new(StringArray::from_iter(items.iter().map(of)))
}

fn integers<T>(items: &[T], of: impl Fn(&T) -> Option<i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(items.iter().map(of)))
}

fn times<T>(items: &[T], of: impl Fn(&T) -> Option<i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(items.iter().map(of)))
}

fn rows(columns: Vec<(&str, ArrayRef)>) -> Result<Outcome> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(arrow_error)?;
    Ok(Outcome::Rows(RowSet::new(schema, vec![batch])))
}
