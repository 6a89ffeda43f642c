//! `/jobs`: statements that run later, whatever becomes of the client.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use linal::Outcome;
use linal::jobs::{Job, JobFilter, JobState, NewJob, read_result};
use linal::render::RenderOptions;
use linal_error::Code;
use tokio::sync::oneshot;

use super::execute::FORMATS;
use super::submitted::{blocking, check, json, session, size, time};
use super::transfer::response;
use crate::access::Principal;
use crate::app::App;
use crate::http::{self, ApiError, ApiResult, RequestContext};
use crate::render::{self, End, Output, Told, Writer};
use crate::run::{Stop, StopOnDrop, poll};
use crate::wire::{AnswerSchema, ErrorSchema, JobBody, NewJobBody};

/// Jobs that are listed without a limit.
const LISTED: u64 = 1000;

/// How long a DELETE waits for a running job to end.
const CANCELLING: Duration = Duration::from_millis(500);

/// Submits a job. It is on disk when this answers.
///
/// Its statements are parsed and compared with the rights of the token now, and again when they run.
#[utoipa::path(
    post,
    path = "/jobs",
    request_body = NewJobBody,
    responses(
        (status = 202, body = JobBody, description = "It is submitted; Location is its path"),
        (status = 200, body = JobBody, description = "The job of the same key"),
        (status = 400, body = ErrorSchema, description = "A statement cannot be parsed, or a field is wrong"),
        (status = 403, body = ErrorSchema, description = "A right or a database that the token does not have"),
        (status = 404, body = ErrorSchema, description = "There is no such database"),
        (status = 413, body = ErrorSchema, description = "The body is too large"),
        (status = 415, body = ErrorSchema, description = "The body is no JSON"),
        (status = 429, body = ErrorSchema, description = "As many jobs as may wait are waiting"),
    )
)]
pub async fn create(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    let body: NewJobBody = json(&app, &headers, body).await?;
    let database = {
        let session = session(&app, &context, &headers, body.database.as_deref())?;
        check(&context.principal, &session, &body.statements)?;
        session.database().to_owned()
    };
    let defaults = NewJob::new(body.statements);
    let new = NewJob {
        database,
        priority: body.priority.unwrap_or(defaults.priority),
        key: body.key,
        owner: context.principal.name.as_deref().map(str::to_owned),
        retries: body.retries.unwrap_or(defaults.retries),
        timeout: time("timeout", body.timeout.as_ref())?,
        memory_limit: size(&app, "memory_limit", body.memory_limit.as_ref())?,
        keep: time("keep", body.keep.as_ref())?.unwrap_or(defaults.keep),
        ..defaults
    };
    let queue = app.jobs.clone();
    let submitted = blocking(&app, move || queue.submit(&new)).await?;
    let status = if submitted.is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    let location =
        HeaderValue::try_from(format!("/jobs/{}", submitted.job.id)).map_err(|_| ApiError::internal())?;
    let mut response = (status, Json(JobBody::from(submitted.job))).into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Lists the jobs of the token, or all for an admin, the newest first.
#[utoipa::path(
    get,
    path = "/jobs",
    params(
        ("state" = Option<String>, Query, description = "Those in a state"),
        ("limit" = Option<u64>, Query, description = "At most so many; 1000 without it"),
    ),
    responses(
        (status = 200, body = Vec<JobBody>, description = "The jobs"),
        (status = 400, body = ErrorSchema, description = "The state or the limit is none"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Query(query): Query<HashMap<String, String>>,
) -> ApiResult<Json<Vec<JobBody>>> {
    let wrong = |name: &str, value: &str| ApiError::bad_request(format!("`{value}` is no {name} of jobs"));
    let state = query.get("state").map(|text| JobState::parse(text).ok_or_else(|| wrong("state", text)));
    let limit = query.get("limit").map(|text| text.parse::<u64>().map_err(|_| wrong("number", text)));
    let owner = context.principal.job_owner();
    let name = owner.name.as_deref().map(str::to_owned);
    let filter = JobFilter {
        state: state.transpose()?,
        owner: (!owner.sees_all).then_some(name),
        limit: Some(limit.transpose()?.unwrap_or(LISTED)),
    };
    let queue = app.jobs.clone();
    let jobs = blocking(&app, move || queue.jobs(&filter)).await?;
    Ok(Json(jobs.into_iter().map(JobBody::from).collect()))
}

/// Shows a job.
#[utoipa::path(
    get,
    path = "/jobs/{id}",
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 200, body = JobBody, description = "The job"),
        (status = 404, body = ErrorSchema, description = "There is none of this id"),
    )
)]
pub async fn show(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
) -> ApiResult<Json<JobBody>> {
    let job = found(&app, &context.principal, &id).await?;
    Ok(Json(job.into()))
}

/// The last result of a job that has ended well.
#[utoipa::path(
    get,
    path = "/jobs/{id}/result",
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 200, content(
            (AnswerSchema = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (String = "application/jsonl"),
            (String = "text/plain"),
        ), description = "The result"),
        (status = 404, body = ErrorSchema, description = "There is no such job, or it has not ended well"),
        (status = 400, body = ErrorSchema, description = "It has more rows than may be returned"),
        (status = 406, body = ErrorSchema, description = "No format of Accept is given here"),
        (status = 410, body = ErrorSchema, description = "Its time is over"),
    )
)]
pub async fn result(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let format = http::negotiate(&headers, &FORMATS)?;
    let job = found(&app, &context.principal, &id).await?;
    let queue = app.jobs.clone();
    let file = blocking(&app, move || queue.result(job.id)).await?;
    let place = app.scheduler.place(&job.database).await?;
    let stop = Stop::default();
    let mut guard = StopOnDrop::new(stop.clone());
    let (sender, receiver) = oneshot::channel();
    let content_type = format.content_type();
    let (places, of) = (app.clone(), job.database.clone());
    let place = (place, Box::new(move || places.take_place(&of)) as render::Retake);
    let mut output = Output::new(content_type, sender, app.runtime.clone(), app.config.send_timeout, place);
    let query_id = context.query_id.clone();
    let read = app.clone();
    app.runtime.clone().spawn_blocking(move || {
        let started = Instant::now();
        let outcome = read_result(file).map_err(|error| ApiError::of_engine(&error));
        let outcome = outcome.and_then(|outcome| bounded(&read, outcome));
        let elapsed_ms = started.elapsed().as_secs_f64() * 1e3;
        let end = End { elapsed_ms, query_id: &query_id };
        // A client that has gone does not miss its answer.
        let _ = match outcome {
            Ok(outcome) => write(Writer::new(format), outcome, &end, &stop, output),
            Err(error) => {
                output.place = None;
                output.replace(render::stopped(&error, &end))
            }
        };
    });
    let head = receiver.await.map_err(|_| ApiError::internal())?;
    if matches!(head, render::Head::Whole { .. }) {
        guard.disarm();
    }
    Ok(response(head, guard))
}

/// The result, if it may be returned.
fn bounded(app: &App, outcome: Outcome) -> ApiResult<Outcome> {
    let rows = if let Outcome::Rows(rows) = &outcome { rows.num_rows() as u64 } else { 0 };
    match app.config.max_rows_returned.filter(|most| rows > *most) {
        None => Ok(outcome),
        Some(most) => {
            let message = format!("the result has {rows} rows, and {most} may be returned");
            Err(ApiError::new(Code::RowLimit, message))
        }
    }
}

fn write(
    mut writer: Writer,
    outcome: Outcome,
    end: &End<'_>,
    stop: &Stop,
    mut output: Output,
) -> std::io::Result<()> {
    let told = Told { notices: &[], options: &RenderOptions::default(), poll: &|| poll(stop) };
    writer.outcome(outcome, &told, &mut output)?;
    writer.finish(end, &|| poll(stop), &mut output)?;
    output.place = None;
    output.finish()
}

/// Cancels a job: one that waits at once, a running one within a tenth of a second.
#[utoipa::path(
    delete,
    path = "/jobs/{id}",
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 200, body = JobBody, description = "It is cancelled"),
        (status = 202, body = JobBody, description = "It is being cancelled"),
        (status = 404, body = ErrorSchema, description = "There is none of this id"),
        (status = 409, body = ErrorSchema, description = "It has ended already"),
    )
)]
pub async fn remove(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<JobBody>)> {
    let job = found(&app, &context.principal, &id).await?;
    let queue = app.jobs.clone();
    let mut job = blocking(&app, move || queue.cancel(job.id)).await?;
    let start = Instant::now();
    while !job.state.has_ended() && start.elapsed() < CANCELLING {
        tokio::time::sleep(Duration::from_millis(5)).await;
        job = found(&app, &context.principal, &id).await?;
    }
    let status = if job.state.has_ended() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(job.into())))
}

/// The job of an id that a token may see.
async fn found(app: &App, principal: &Principal, id: &str) -> ApiResult<Job> {
    let missing = || ApiError::not_found("job", id);
    let number: i64 = id.parse().map_err(|_| missing())?;
    let queue = app.jobs.clone();
    let job = blocking(app, move || queue.job(number)).await?;
    job.filter(|job| principal.job_owner().may_see(job.owner.as_deref())).ok_or_else(missing)
}
