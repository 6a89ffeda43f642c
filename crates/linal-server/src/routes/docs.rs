//! `GET /openapi.json` and `GET /docs`.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use super::{databases, datasets, delivery, execute, health, jobs, queries, schedules, sessions, upload};
use crate::wire;

/// The description of the service, made from the handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "linal", description = "A tensor-first analytical engine"),
    paths(
        execute::execute,
        sessions::create,
        sessions::show,
        sessions::remove,
        databases::list,
        datasets::list,
        datasets::show,
        datasets::data,
        upload::upload,
        delivery::file,
        jobs::create,
        jobs::list,
        jobs::show,
        jobs::result,
        jobs::remove,
        schedules::create,
        schedules::list,
        schedules::show,
        schedules::remove,
        schedules::pause,
        schedules::resume,
        schedules::runs,
        queries::list,
        queries::cancel,
        health::live,
        health::ready,
        health::metrics,
        openapi,
        page,
    ),
    components(schemas(wire::ErrorSchema, wire::AnswerSchema, wire::ResultSchema, wire::ErrorBody)),
    security(("token" = []), ()),
)]
struct Description;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut description = Description::openapi();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    description.components.get_or_insert_default().security_schemes.insert("token".to_owned(), bearer.into());
    description.to_json().unwrap_or_default()
});

/// The description of the service as OpenAPI.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, body = serde_json::Value, description = "The description"))
)]
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// A page to read the description and to try the routes. It loads nothing from elsewhere.
#[utoipa::path(
    get,
    path = "/docs",
    responses((status = 200, body = String, content_type = "text/html", description = "The page"))
)]
pub async fn page() -> Html<&'static str> {
    Html(include_str!("../../assets/docs.html"))
}
