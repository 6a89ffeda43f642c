//! `/schedules`: jobs that are submitted again and again.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use linal::jobs::{Missed, NewSchedule, Schedule, Timing};
use linal_error::Code;

use super::submitted::{blocking, check, json, session, size, time};
use crate::access::{Principal, Right};
use crate::app::App;
use crate::http::{ApiError, ApiResult, RequestContext};
use crate::wire::{ErrorSchema, NewScheduleBody, RunBody, ScheduleBody};

/// Runs that are listed, the newest.
const RUNS: u64 = 1000;

/// Creates a schedule.
#[utoipa::path(
    post,
    path = "/schedules",
    request_body = NewScheduleBody,
    responses(
        (status = 201, body = ScheduleBody, description = "It is created; Location is its path"),
        (status = 400, body = ErrorSchema, description = "A statement cannot be parsed, or a field is wrong"),
        (status = 403, body = ErrorSchema, description = "A right or a database that the token does not have"),
        (status = 404, body = ErrorSchema, description = "There is no such database"),
        (status = 409, body = ErrorSchema, description = "There is one of the name"),
        (status = 413, body = ErrorSchema, description = "The body is too large"),
        (status = 415, body = ErrorSchema, description = "The body is no JSON"),
    )
)]
pub async fn create(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    context.principal.require(Right::Write)?;
    let body: NewScheduleBody = json(&app, &headers, body).await?;
    let database = {
        let session = session(&app, &context, &headers, body.database.as_deref())?;
        check(&context.principal, &session, &body.statements)?;
        session.database().to_owned()
    };
    let timing = timing(&body)?;
    let new = NewSchedule {
        database,
        missed: body.missed.as_deref().map(policy).transpose()?.unwrap_or_default(),
        overlap: body.overlap.unwrap_or_default(),
        timeout: time("timeout", body.timeout.as_ref())?,
        memory_limit: size(&app, "memory_limit", body.memory_limit.as_ref())?,
        retries: body.retries.unwrap_or_default(),
        owner: context.principal.name.as_deref().map(str::to_owned),
        ..NewSchedule::new(body.name, timing, body.statements)
    };
    let queue = app.jobs.clone();
    let created = blocking(&app, move || queue.create_schedule(&new, false)).await.map_err(taken)?;
    let path = format!("/schedules/{}", encoded(&created.definition.name));
    let location = HeaderValue::try_from(path).map_err(|_| ApiError::internal())?;
    let mut response = (StatusCode::CREATED, Json(ScheduleBody::from(created))).into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

fn taken(error: ApiError) -> ApiError {
    if error.body.name == Code::NameExists.name() { error.with_status(StatusCode::CONFLICT) } else { error }
}

/// A name as a part of a path.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let each = name
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    each.collect()
}

fn timing(body: &NewScheduleBody) -> ApiResult<Timing> {
    let timing = match (&body.every, &body.cron) {
        (Some(every), None) if body.zone.is_none() => Timing::every(every),
        (Some(_), None) => return Err(ApiError::bad_request("`zone` is that of `cron`")),
        (None, Some(cron)) => Timing::cron(cron, body.zone.as_deref()),
        _ => return Err(ApiError::bad_request("a schedule has either `every` or `cron`")),
    };
    timing.map_err(|error| {
        let mapped = ApiError::new(error.code(), error.to_string());
        error.help().map_or(mapped.clone(), |help| mapped.with_help(help))
    })
}

fn policy(name: &str) -> ApiResult<Missed> {
    Missed::parse(name).ok_or_else(|| ApiError::bad_request("`missed` is skip, once or all"))
}

/// Lists the schedules of the token, or all for an admin.
#[utoipa::path(
    get,
    path = "/schedules",
    responses((status = 200, body = Vec<ScheduleBody>, description = "The schedules by name"))
)]
pub async fn list(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
) -> ApiResult<Json<Vec<ScheduleBody>>> {
    let queue = app.jobs.clone();
    let schedules = blocking(&app, move || queue.schedules()).await?;
    let owner = context.principal.job_owner();
    let visible =
        schedules.into_iter().filter(|schedule| owner.may_see(schedule.definition.owner.as_deref()));
    Ok(Json(visible.map(ScheduleBody::from).collect()))
}

/// Shows a schedule.
#[utoipa::path(
    get,
    path = "/schedules/{name}",
    params(("name" = String, Path, description = "The schedule")),
    responses(
        (status = 200, body = ScheduleBody, description = "The schedule"),
        (status = 404, body = ErrorSchema, description = "There is none of this name"),
    )
)]
pub async fn show(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
) -> ApiResult<Json<ScheduleBody>> {
    found(&app, &context.principal, &name).await.map(|schedule| Json(schedule.into()))
}

/// Drops a schedule. Its jobs stay.
#[utoipa::path(
    delete,
    path = "/schedules/{name}",
    params(("name" = String, Path, description = "The schedule")),
    responses(
        (status = 204, description = "It is dropped"),
        (status = 404, body = ErrorSchema, description = "There is none of this name"),
    )
)]
pub async fn remove(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    context.principal.require(Right::Write)?;
    found(&app, &context.principal, &name).await?;
    let queue = app.jobs.clone();
    blocking(&app, move || queue.drop_schedule(&name, true)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops a schedule from firing.
#[utoipa::path(
    post,
    path = "/schedules/{name}/pause",
    params(("name" = String, Path, description = "The schedule")),
    responses(
        (status = 200, body = ScheduleBody, description = "It fires nothing"),
        (status = 404, body = ErrorSchema, description = "There is none of this name"),
    )
)]
pub async fn pause(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
) -> ApiResult<Json<ScheduleBody>> {
    set_paused(&app, &context.principal, name, true).await
}

/// Lets a schedule fire again. Moments while it was paused are not missed.
#[utoipa::path(
    post,
    path = "/schedules/{name}/resume",
    params(("name" = String, Path, description = "The schedule")),
    responses(
        (status = 200, body = ScheduleBody, description = "It fires"),
        (status = 404, body = ErrorSchema, description = "There is none of this name"),
    )
)]
pub async fn resume(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
) -> ApiResult<Json<ScheduleBody>> {
    set_paused(&app, &context.principal, name, false).await
}

async fn set_paused(
    app: &App,
    principal: &Principal,
    name: String,
    is_paused: bool,
) -> ApiResult<Json<ScheduleBody>> {
    principal.require(Right::Write)?;
    found(app, principal, &name).await?;
    let queue = app.jobs.clone();
    let schedule = blocking(app, move || queue.pause_schedule(&name, is_paused)).await.map_err(in_path)?;
    Ok(Json(schedule.into()))
}

/// Lists the moments of a schedule that have fired, or were passed over, the newest first.
#[utoipa::path(
    get,
    path = "/schedules/{name}/runs",
    params(("name" = String, Path, description = "The schedule")),
    responses(
        (status = 200, body = Vec<RunBody>, description = "The runs"),
        (status = 404, body = ErrorSchema, description = "There is none of this name"),
    )
)]
pub async fn runs(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
) -> ApiResult<Json<Vec<RunBody>>> {
    found(&app, &context.principal, &name).await?;
    let queue = app.jobs.clone();
    let runs = blocking(&app, move || queue.runs(&name, RUNS)).await.map_err(in_path)?;
    Ok(Json(runs.into_iter().map(RunBody::from).collect()))
}

/// A name that is unknown in a path is 404.
fn in_path(error: ApiError) -> ApiError {
    let is_unknown = error.body.name == Code::UnknownName.name();
    if is_unknown { ApiError::new(Code::NotFound, error.body.message.clone()) } else { error }
}

/// The schedule of a name that a token may see.
async fn found(app: &App, principal: &Principal, name: &str) -> ApiResult<Schedule> {
    let (queue, wanted) = (app.jobs.clone(), name.to_owned());
    let schedule = blocking(app, move || queue.schedule(&wanted)).await.map_err(in_path)?;
    if principal.job_owner().may_see(schedule.definition.owner.as_deref()) {
        return Ok(schedule);
    }
    Err(ApiError::not_found("schedule", name))
}
