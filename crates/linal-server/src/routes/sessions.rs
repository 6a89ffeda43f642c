//! `/sessions`: state that is kept between requests.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};

use crate::app::App;
use crate::http::{self, ApiResult, RequestContext};
use crate::wire::{ErrorSchema, SessionBody};

/// Makes a session, which keeps tensors, settings, `USE` and an open transaction between requests.
#[utoipa::path(
    post,
    path = "/sessions",
    params(("X-Linal-Database" = Option<String>, Header, description = "Its database at first")),
    responses(
        (status = 201, body = SessionBody, description = "The session"),
        (status = 400, body = ErrorSchema, description = "A header cannot be read"),
        (status = 404, body = ErrorSchema, description = "There is no such database"),
        (status = 429, body = ErrorSchema, description = "There are as many as there may be"),
    )
)]
pub async fn create(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
) -> ApiResult<(StatusCode, Json<SessionBody>)> {
    let session = app.session(http::database(&headers)?)?;
    context.principal.require_database(session.database())?;
    let id = app.sessions.add(session, context.principal.name.clone())?;
    let expires_in = app.config.session_idle.as_secs();
    Ok((StatusCode::CREATED, Json(SessionBody { id, expires_in })))
}

/// Shows how long a session stays.
#[utoipa::path(
    get,
    path = "/sessions/{id}",
    params(("id" = String, Path, description = "The session")),
    responses(
        (status = 200, body = SessionBody, description = "The session"),
        (status = 404, body = ErrorSchema, description = "It is not there, or has ended"),
    )
)]
pub async fn show(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
) -> ApiResult<Json<SessionBody>> {
    let left = app.sessions.left(&id, context.principal.name.as_deref())?;
    let expires_in = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Ok(Json(SessionBody { id, expires_in }))
}

/// Ends a session with its tensors and its open transaction; what runs in it is cancelled.
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    params(("id" = String, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 404, body = ErrorSchema, description = "It is not there, or has ended"),
    )
)]
pub async fn remove(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    app.sessions.remove(&id, context.principal.name.as_deref())?;
    Ok(StatusCode::NO_CONTENT)
}
