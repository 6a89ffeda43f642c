//! `/health/live`, `/health/ready`, `/metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use crate::access::Right;
use crate::app::App;
use crate::http::{ApiResult, RequestContext};
use crate::wire::{ErrorSchema, HealthBody};

/// Whether the process works at all. It takes no token.
#[utoipa::path(
    get,
    path = "/health/live",
    responses((status = 200, body = HealthBody, description = "It works"))
)]
pub async fn live() -> Json<HealthBody> {
    Json(HealthBody { status: "ok" })
}

/// Whether new work is taken. It takes no token.
#[utoipa::path(
    get,
    path = "/health/ready",
    responses(
        (status = 200, body = HealthBody, description = "It is taken"),
        (status = 503, body = HealthBody, description = "It is not, for this reason"),
    )
)]
pub async fn ready(State(app): State<App>) -> Response {
    let refused = |status, seconds: u64| {
        let headers = [(header::RETRY_AFTER, seconds.to_string())];
        (StatusCode::SERVICE_UNAVAILABLE, headers, Json(HealthBody { status })).into_response()
    };
    if app.is_draining() {
        refused("draining", 5)
    } else if app.engine.refuses_writes().is_some() {
        refused("store_refuses_writes", 60)
    } else {
        Json(HealthBody { status: "ok" }).into_response()
    }
}

/// Counters in the text format of Prometheus; it takes the right `admin`.
#[utoipa::path(
    get,
    path = "/metrics",
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "The counters"),
        (status = 403, body = ErrorSchema, description = "The token does not have the right"),
    )
)]
pub async fn metrics(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
) -> ApiResult<Response> {
    context.principal.require(Right::Admin)?;
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((content_type, app.metrics.text(&app)).into_response())
}
