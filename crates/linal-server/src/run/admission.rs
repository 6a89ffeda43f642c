//! What comes before and after the statements of every request: the place in the queue, and the line of the log.

use std::time::Duration;

use axum::http::StatusCode;
use linal_error::Code;

use super::queries::Entry;
use super::scheduler::Place;
use super::stop::{Reason, Stop};
use super::worker::Ended;
use crate::access::{AuditEntry, Principal};
use crate::app::App;
use crate::http::{ApiError, ApiResult, Limits, RequestContext};

/// Writes a request to the audit log.
pub fn log(
    app: &App,
    context: &RequestContext,
    principal: &Principal,
    database: &str,
    statement: &str,
    ended: Ended,
) {
    app.audit_entry(&AuditEntry {
        time: crate::time::now(),
        token: principal.name.as_deref(),
        database,
        statement,
        status: ended.status,
        milliseconds: context.started.elapsed().as_secs_f64() * 1e3,
        rows: ended.rows,
        query_id: &context.query_id,
    });
}

/// Waits for a place, no longer than the request may take, and not when it is stopped.
///
/// # Errors
/// 429 when the queue is full, 408 when the time is over, 409 or 503 when the request is stopped.
pub async fn place(app: &App, database: &str, entry: &Entry, limits: Limits) -> ApiResult<Place> {
    let most = limits.timeout.unwrap_or(Duration::MAX);
    let stop = &entry.query.stop;
    tokio::select! {
        biased;
        _ = stop.stopped() => Err(cancelled(stop)),
        place = app.scheduler.place(database) => place,
        () = tokio::time::sleep(most) => {
            let message = "the time of the request was over before a statement could run";
            Err(ApiError::new(Code::Timeout, message))
        }
    }
}

/// The error of a request that was stopped while it waited.
pub fn cancelled(stop: &Stop) -> ApiError {
    let error = ApiError::new(Code::Cancelled, "the statement was cancelled while it waited");
    match stop.reason() {
        Some(Reason::Shutdown) => error.with_status(StatusCode::SERVICE_UNAVAILABLE),
        _ => error,
    }
}
