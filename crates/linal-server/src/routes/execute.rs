//! `POST /execute`: runs statements.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::transfer::{self, Statements};
use crate::app::App;
use crate::http::body::{BodyLimit, Whole, whole};
use crate::http::{self, ApiError, ApiResult, Format, MediaType, RequestContext};
use crate::wire::{AnswerSchema, ErrorSchema, ExecuteBody, decoded};

/// The formats of answers, the default first.
pub const FORMATS: [Format; 5] = [Format::Json, Format::Csv, Format::Arrow, Format::Jsonl, Format::Text];

/// Runs one or more statements.
///
/// The body is the statements as text, or JSON. The first statement that fails ends the request; the results
/// before it are in the answer.
#[utoipa::path(
    post,
    path = "/execute",
    request_body(content((String = "text/plain"), (ExecuteBody = "application/json"))),
    params(
        ("X-Linal-Database" = Option<String>, Header, description = "The database; `default` without it"),
        ("X-Linal-Session" = Option<String>, Header, description = "A session of POST /sessions"),
        ("X-Linal-Timeout" = Option<String>, Header, description = "Time of each statement, such as `5s`"),
        ("X-Linal-Memory-Limit" = Option<String>, Header, description = "Memory, such as `256MB`"),
    ),
    responses(
        (status = 200, content(
            (AnswerSchema = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (String = "application/jsonl"),
            (String = "text/plain"),
        ), description = "The results"),
        (status = "4XX", body = ErrorSchema, description = "A mistake, a limit, or no permission"),
        (status = "5XX", body = ErrorSchema, description = "A bug, no memory, or a server that stops"),
    )
)]
pub async fn execute(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    let format = http::negotiate(&headers, &FORMATS)?;
    let media = http::content_type(&headers, &[MediaType::Text, MediaType::Json])?;
    let limits = http::limits(&headers, &app.config, app.engine.memory_limit())?;
    let limit = BodyLimit { bytes: app.config.max_body as u64, pause: app.config.read_timeout };
    let Whole { bytes, charge } = whole(&headers, body, limit, &app.engine.memory_pool()).await?;
    let (text, parameters) = decoded(bytes, media == Some(MediaType::Json)).map_err(ApiError::bad_request)?;
    let text: Arc<str> = text.into();
    let database = http::database(&headers)?.unwrap_or("default");
    let owner = context.principal.name.as_deref().map(str::to_owned);
    let entry = app.queries.begin(&context.query_id, owner, database, &text);
    let session = transfer::lease(&app, &context, &headers, &entry.query.stop).await?;
    let principal = context.principal.clone();
    let parameters = parameters.into_engine(&session.0).map_err(|error| ApiError::of_engine(&error))?;
    let statements = Statements { shown: text.clone(), text, parameters, charge, format, principal };
    transfer::run(app, context, session, entry, limits, statements).await
}
