//! What jobs and schedules share: statements that are checked when they are submitted, and their limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use linal::jobs::parse_duration;
use linal::settings::parse_bytes;
use linal::{LineIndex, Session, split};
use linal_error::Code;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::{Principal, check_statement};
use crate::app::App;
use crate::config::bytes_text;
use crate::http::body::{BodyLimit, whole};
use crate::http::{self, ApiError, ApiResult, MediaType, RequestContext};

/// Reads a body of JSON.
///
/// # Errors
/// 415 for another type; 413; 400 for JSON that is not as it must be.
pub async fn json<T: DeserializeOwned>(app: &App, headers: &HeaderMap, body: Body) -> ApiResult<T> {
    http::content_type(headers, &[MediaType::Json])?;
    let limit = BodyLimit { bytes: app.config.max_body as u64, pause: app.config.read_timeout };
    let whole = whole(headers, body, limit, &app.engine.memory_pool()).await?;
    serde_json::from_slice(&whole.bytes)
        .map_err(|error| ApiError::bad_request(format!("the body is not as it must be: {error}")))
}

/// A session in the database of a submission: that of the body, of the header, or `default`.
///
/// # Errors
/// 404 for an unknown database; 403 for one that the token does not have.
pub fn session(
    app: &App,
    context: &RequestContext,
    headers: &HeaderMap,
    database: Option<&str>,
) -> ApiResult<Session> {
    let session = app.session(database.or(http::database(headers)?))?;
    context.principal.require_database(session.database())?;
    Ok(session)
}

/// Checks the syntax of statements that run later, and the rights that they take.
///
/// # Errors
/// 400 with the number and the place of the first that cannot be parsed; 403.
pub fn check(principal: &Principal, session: &Session, text: &str) -> ApiResult<()> {
    let mut number = 0;
    for fragment in split(text) {
        number += 1;
        let parsed = fragment
            .map_err(linal::Error::from)
            .and_then(|fragment| session.parse(text, fragment.span).map(|_| fragment.span));
        let span = parsed.map_err(|error| placed(&error, text, number))?;
        check_statement(principal, session, text, span)?;
    }
    if number == 0 {
        return Err(ApiError::bad_request("there are no statements"));
    }
    Ok(())
}

fn placed(error: &linal::Error, text: &str, number: usize) -> ApiError {
    let mut mapped = ApiError::of_engine(error);
    mapped.body.statement = Some(number);
    if let Some(span) = error.span() {
        let position = LineIndex::new(text).position(span.start.min(text.len()), text);
        (mapped.body.line, mapped.body.column) = (Some(position.line), Some(position.column));
    }
    mapped
}

/// A time of a body: a text such as `10s`, or a number of seconds.
///
/// # Errors
/// 400 for what is no time.
pub fn time(name: &str, value: Option<&Value>) -> ApiResult<Option<Duration>> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let text = text(value);
    let time = parse_duration(&text);
    time.map(Some).ok_or_else(|| ApiError::bad_request(format!("`{name}` takes a time such as 10s")))
}

/// A size of a body: a text such as `256MB`, or a number of bytes.
///
/// # Errors
/// 400 for what is no size, and for one above the limit of the server.
pub fn size(app: &App, name: &str, value: Option<&Value>) -> ApiResult<Option<u64>> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let bytes = parse_bytes(&text(value))
        .ok_or_else(|| ApiError::bad_request(format!("`{name}` takes a size such as 256MB")))?;
    let most = app.engine.memory_limit();
    if bytes > most {
        let most = bytes_text(most as u64);
        let message = format!("`{name}` is above the limit of the server, which is {most}");
        return Err(ApiError::new(Code::LimitTooHigh, message));
    }
    Ok(Some(bytes as u64))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Calls a function that waits for the disk, beside the threads of the runtime.
///
/// # Errors
/// Those of the function, as answers; 500 for a panic.
pub async fn blocking<T: Send + 'static>(
    app: &App,
    call: impl FnOnce() -> linal::jobs::QueueResult<T> + Send + 'static,
) -> ApiResult<T> {
    let called = app.runtime.spawn_blocking(call).await.map_err(|_| ApiError::internal())?;
    called.map_err(|error| {
        let mapped = ApiError::new(error.code(), app.without_paths(&error.to_string()));
        match error.help() {
            Some(help) => mapped.with_help(help),
            None => mapped,
        }
    })
}
