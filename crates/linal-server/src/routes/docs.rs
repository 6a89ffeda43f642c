//! `GET /openapi.json` and `GET /docs`.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
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
    let mut description = serde_json::to_value(&description).unwrap_or_default();
    add_common(&mut description);
    description.to_string()
});

/// What every route but those of health may answer, before its handler is asked.
const COMMON: [(&str, &str); 5] = [
    ("401", "There is no token, or it is not valid"),
    ("403", "The token does not have the right, or the request is of another site's page"),
    ("429", "The token has spent its rate"),
    ("431", "The headers are too large"),
    ("503", "The server is about to stop, or its store refuses writes"),
];

/// Adds the answers that all routes have to their own.
fn add_common(description: &mut Value) {
    let Some(paths) = description["paths"].as_object_mut() else { return };
    let operations = paths
        .iter_mut()
        .filter(|(path, _)| !path.starts_with("/health/"))
        .flat_map(|(_, methods)| methods.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        for (status, text) in COMMON {
            let schema = json!({ "$ref": "#/components/schemas/Error" });
            let answer =
                json!({ "description": text, "content": { "application/json": { "schema": schema } } });
            responses.entry(status).or_insert(answer);
        }
    }
}

/// The description of the service as OpenAPI.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, body = Value, description = "The description"))
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
