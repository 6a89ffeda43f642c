//! `PUT /datasets/{name}`: rows from a body become a dataset, or are added to one.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use linal::Limits;
use linal_error::Code;
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use crate::access::{AuditEntry, Right};
use crate::app::{App, quoted};
use crate::http::body::{BodyLimit, Parts};
use crate::http::{self, ApiError, ApiResult, MediaType, RequestContext};
use crate::run::{Entry, Mode, State as QueryState, StopOnDrop, import, place};
use crate::wire::{ErrorSchema, UploadBody};

/// The formats of bodies.
const READ: [MediaType; 4] = [MediaType::Csv, MediaType::Parquet, MediaType::Arrow, MediaType::Jsonl];

/// Makes or replaces a dataset, or adds to it, in one commit.
#[utoipa::path(
    put,
    path = "/datasets/{name}",
    params(
        ("name" = String, Path, description = "The dataset"),
        ("mode" = Option<String>, Query, description = "`replace` (default) or `append`"),
        ("X-Linal-Database" = Option<String>, Header, description = "The database"),
    ),
    request_body(content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.parquet"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"),
        (String = "application/jsonl"),
    )),
    responses(
        (status = 201, body = UploadBody, description = "The dataset is new"),
        (status = 200, body = UploadBody, description = "The dataset was there"),
        (status = 400, body = ErrorSchema, description = "A header or the mode cannot be read, or the body is not as its format says"),
        (status = 404, body = ErrorSchema, description = "There is no such database"),
        (status = 408, body = ErrorSchema, description = "The body did not arrive in time"),
        (status = 409, body = ErrorSchema, description = "The dataset was changed in the meantime"),
        (status = 413, body = ErrorSchema, description = "The body is too large"),
        (status = 415, body = ErrorSchema, description = "The format is not read"),
        (status = 507, body = ErrorSchema, description = "There is no room, or no memory"),
    )
)]
pub async fn upload(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<(StatusCode, Json<UploadBody>)> {
    context.principal.require(Right::Write)?;
    let mode = mode(&query)?;
    let media = http::content_type(&headers, &READ)?.ok_or_else(|| {
        ApiError::new(Code::UnsupportedMediaType, "an upload has a Content-Type, such as text/csv")
    })?;
    let limits = http::limits(&headers, &app.config, app.engine.memory_limit())?;
    if quoted(&name).is_none() {
        return Err(ApiError::bad_request("a dataset cannot have this name"));
    }
    if http::session_id(&headers)?.is_some() {
        return Err(ApiError::bad_request("an upload is a commit of its own and takes no session"));
    }
    let mut session = app.own_session(http::database(&headers)?)?;
    context.principal.require_database(session.database())?;
    session.set_limits(Limits { timeout: limits.timeout, memory: limits.memory });
    let shown = format!("PUT /datasets/{name}");
    let owner = context.principal.name.as_deref().map(str::to_owned);
    let mut entry = app.queries.begin(&context.query_id, owner, session.database(), &shown);
    let mut guard = StopOnDrop::new(entry.query.stop.clone());
    let result = async {
        let path = receive(&app, &headers, body, media).await?;
        let place = place(&app, session.database(), &entry, limits).await?;
        let (stop, query) = (entry.query.stop.clone(), entry.query.clone());
        query.run(session.memory_pool());
        let worker = app.clone();
        let (target, flag) = (name.clone(), session.cancellation());
        let imported = tokio::task::spawn_blocking(move || {
            let _place = place;
            let _attached = stop.attach(flag);
            let (is_there, body) = import(&worker, &mut session, &target, &path, mode)?;
            Ok((if is_there { StatusCode::OK } else { StatusCode::CREATED }, body))
        });
        imported.await.map_err(|_| ApiError::internal())?
    };
    let result = result.await;
    guard.disarm();
    log(&app, &context, &mut entry, &shown, &result);
    result.map(|(status, body)| (status, Json(body)))
}

fn mode(query: &HashMap<String, String>) -> ApiResult<Mode> {
    if let Some(other) = query.keys().find(|key| *key != "mode") {
        return Err(ApiError::bad_request(format!("there is no parameter `{other}`")));
    }
    match query.get("mode").map(String::as_str) {
        None | Some("replace") => Ok(Mode::Replace),
        Some("append") => Ok(Mode::Append),
        Some(_) => Err(ApiError::bad_request("mode takes replace or append")),
    }
}

/// Writes the body to a file, whose name says its format.
async fn receive(app: &App, headers: &HeaderMap, body: Body, media: MediaType) -> ApiResult<TempPath> {
    let limit = BodyLimit { bytes: app.config.max_upload, pause: app.config.read_timeout };
    let mut parts = Parts::new(headers, body, limit).await?;
    let file = app.temporary(extension(media));
    let (file, path) = file.map_err(|_| ApiError::disk_full())?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    while let Some(part) = parts.next().await? {
        file.write_all(&part).await.map_err(|_| ApiError::disk_full())?;
    }
    file.flush().await.map_err(|_| ApiError::disk_full())?;
    Ok(path)
}

fn extension(media: MediaType) -> &'static str {
    match media {
        MediaType::Parquet => ".parquet",
        MediaType::Arrow => ".arrows",
        MediaType::Jsonl => ".jsonl",
        _ => ".csv",
    }
}

fn log(
    app: &App,
    context: &RequestContext,
    entry: &mut Entry,
    shown: &str,
    result: &ApiResult<(StatusCode, UploadBody)>,
) {
    let (status, rows) = match result {
        Ok((status, body)) => (status.as_u16(), body.rows),
        Err(error) => (error.status().as_u16(), 0),
    };
    let state = match result {
        Ok(_) => QueryState::Done,
        Err(_) if entry.query.stop.reason().is_some() => QueryState::Cancelled,
        Err(_) => QueryState::Failed,
    };
    entry.query.add_rows(rows);
    entry.end(state);
    app.audit_entry(&AuditEntry {
        time: crate::time::now(),
        token: context.principal.name.as_deref(),
        database: &entry.query.body().database,
        statement: shown,
        status,
        milliseconds: context.started.elapsed().as_secs_f64() * 1e3,
        rows,
        query_id: &context.query_id,
    });
}
