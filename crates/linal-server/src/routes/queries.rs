//! `/queries`: what runs, and how it is stopped.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};

use crate::access::Right;
use crate::app::App;
use crate::http::{ApiError, ApiResult, RequestContext};
use crate::run::Reason;
use crate::wire::{ErrorSchema, QueryBody};

/// Lists the running and recent requests: those of the token, or all for an admin.
#[utoipa::path(
    get,
    path = "/queries",
    responses((status = 200, body = Vec<QueryBody>, description = "The active ones first, then the newest"))
)]
pub async fn list(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
) -> Json<Vec<QueryBody>> {
    let (owner, sees_all) = (context.principal.name.as_deref(), context.principal.has(Right::Admin));
    let visible = app.queries.all().into_iter().filter(|query| query.is_visible(owner, sees_all));
    Json(visible.map(|query| query.body()).collect())
}

/// Cancels a request; one that has ended stays as it is.
#[utoipa::path(
    delete,
    path = "/queries/{id}",
    params(("id" = String, Path, description = "The value of X-Linal-Query-Id")),
    responses(
        (status = 202, body = QueryBody, description = "It is being cancelled, or has ended"),
        (status = 404, body = ErrorSchema, description = "It is not known"),
    )
)]
pub async fn cancel(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<QueryBody>)> {
    let (owner, sees_all) = (context.principal.name.as_deref(), context.principal.has(Right::Admin));
    let found = app.queries.find(&id).filter(|query| query.is_visible(owner, sees_all));
    let query = found.ok_or_else(|| ApiError::not_found("query", &id))?;
    if query.is_active() {
        query.stop.request(Reason::Cancelled);
    }
    Ok((StatusCode::ACCEPTED, Json(query.body())))
}
