//! `GET /datasets`, `GET /datasets/{name}`, `GET /datasets/{name}/data`.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use linal::{DatasetInfo, Parameters, Session};
use linal_error::Code;
use tokio_util::io::ReaderStream;

use super::execute::FORMATS;
use super::transfer::{self, Statements};
use crate::app::{App, literal, quoted};
use crate::http::{self, ApiError, ApiResult, Format, RequestContext};
use crate::run::Stop;
use crate::wire::{AnswerSchema, ColumnBody, DatasetBody, ErrorSchema};

/// Lists the datasets of the database.
#[utoipa::path(
    get,
    path = "/datasets",
    params(("X-Linal-Database" = Option<String>, Header, description = "The database")),
    responses(
        (status = 200, body = Vec<DatasetBody>, description = "The datasets"),
        (status = 400, body = ErrorSchema, description = "A header cannot be read"),
        (status = 404, body = ErrorSchema, description = "There is no such database"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
) -> ApiResult<Json<Vec<DatasetBody>>> {
    let (session, _using) = transfer::lease(&app, &context, &headers, &Stop::default()).await?;
    let datasets = session.datasets().map_err(|error| ApiError::of_engine(&error))?;
    Ok(Json(datasets.into_iter().map(body).collect()))
}

/// Describes a dataset.
#[utoipa::path(
    get,
    path = "/datasets/{name}",
    params(("name" = String, Path, description = "The dataset")),
    responses(
        (status = 200, body = DatasetBody, description = "The dataset"),
        (status = 400, body = ErrorSchema, description = "A header cannot be read"),
        (status = 404, body = ErrorSchema, description = "There is none of the name, or no such database"),
    )
)]
pub async fn show(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Json<DatasetBody>> {
    let (session, _using) = transfer::lease(&app, &context, &headers, &Stop::default()).await?;
    find(&session, &name).map(body).map(Json)
}

/// Gives the rows of a dataset, of now or of a version.
#[utoipa::path(
    get,
    path = "/datasets/{name}/data",
    params(
        ("name" = String, Path, description = "The dataset"),
        ("version" = Option<u64>, Query, description = "A version of it"),
    ),
    responses(
        (status = 200, content(
            (AnswerSchema = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (String = "application/jsonl"),
            (String = "text/plain"),
            (Vec<u8> = "application/vnd.apache.parquet"),
        ), description = "The rows"),
        (status = 400, body = ErrorSchema, description = "A header or the version cannot be read"),
        (status = 404, body = ErrorSchema, description = "There is no such dataset, version or database"),
        (status = 406, body = ErrorSchema, description = "No format of Accept is given here"),
        (status = "4XX", body = ErrorSchema, description = "A limit"),
        (status = "5XX", body = ErrorSchema, description = "No memory, or no room on the disk"),
    )
)]
pub async fn data(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let offered: Vec<Format> = FORMATS.into_iter().chain([Format::Parquet]).collect();
    let format = http::negotiate(&headers, &offered)?;
    let limits = http::limits(&headers, &app.config, app.engine.memory_limit())?;
    let version = version(&query)?;
    let database = http::database(&headers)?.unwrap_or("default").to_owned();
    let owner = context.principal.name.as_deref().map(str::to_owned);
    let shown = format!("GET /datasets/{name}/data");
    let entry = app.queries.begin(&context.query_id, owner, &database, &shown);
    let (session, using) = transfer::lease(&app, &context, &headers, &entry.query.stop).await?;
    let text = select(&session, &name, version)?;
    if format == Format::Parquet {
        drop((entry, using));
        return parquet(app, session.database().to_owned(), text).await;
    }
    let (parameters, principal) = (Parameters::NONE, context.principal.clone());
    let statements =
        Statements { text: text.into(), parameters, shown: shown.into(), charge: None, format, principal };
    let response = transfer::run(app, context, (session, using), entry, limits, statements).await;
    response.map(|response| missing_version(response, version))
}

/// A dataset of the session's database.
///
/// # Errors
/// 404 when there is none.
pub fn find(session: &Session, name: &str) -> ApiResult<DatasetInfo> {
    let found = session.dataset_info(name).map_err(|error| ApiError::of_engine(&error))?;
    found.ok_or_else(|| ApiError::not_found("dataset", name))
}

fn body(dataset: DatasetInfo) -> DatasetBody {
    let columns = dataset.columns.into_iter().map(|column| ColumnBody {
        name: column.name,
        kind: column.type_name,
        nullable: column.nullable,
    });
    DatasetBody {
        name: dataset.name,
        rows: dataset.rows as u64,
        version: dataset.version,
        columns: columns.collect(),
    }
}

fn version(query: &HashMap<String, String>) -> ApiResult<Option<u64>> {
    if let Some(other) = query.keys().find(|key| *key != "version") {
        return Err(ApiError::bad_request(format!("there is no parameter `{other}`")));
    }
    let parsed = query.get("version").map(|text| text.parse());
    parsed.transpose().map_err(|_| ApiError::bad_request("version takes an integer"))
}

fn select(session: &Session, name: &str, version: Option<u64>) -> ApiResult<String> {
    find(session, name)?;
    let quoted = quoted(name).ok_or_else(|| ApiError::not_found("dataset", name))?;
    let at = version.map_or_else(String::new, |version| format!(" AT VERSION {version}"));
    Ok(format!("SELECT * FROM {quoted}{at}"))
}

/// A version is part of the path: without it, the status is 404.
fn missing_version(mut response: Response, version: Option<u64>) -> Response {
    let is_mistake = response.status() == axum::http::StatusCode::BAD_REQUEST;
    if version.is_some() && is_mistake {
        *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    }
    response
}

/// The rows as Parquet: the file is written first, since its end says where its parts are.
async fn parquet(app: App, database: String, select: String) -> ApiResult<Response> {
    let place = app.scheduler.place(&database).await?;
    let path = app.temporary(".parquet");
    let path = path.map_err(|_| ApiError::disk_full())?.into_temp_path();
    let worker = app.clone();
    let written = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut session = worker.own_session(Some(&database))?;
        let statement = format!("COPY ({select}) TO {}", literal(&path));
        match session.execute(&statement) {
            Ok(_) => Ok(path),
            Err(error) if error.is(Code::UnknownVersion) => {
                Err(ApiError::new(Code::NotFound, error.message()))
            }
            Err(error) => Err(ApiError::of_engine(&error)),
        }
    });
    let path = written.await.map_err(|_| ApiError::internal())??;
    let file = tokio::fs::File::open(&path).await.map_err(|_| ApiError::internal())?;
    let length = file.metadata().await.map_err(|_| ApiError::internal())?.len();
    // The open file stays readable without its name.
    drop(path);
    let mut response = Body::from_stream(ReaderStream::with_capacity(file, 64 << 10)).into_response();
    let content_type = HeaderValue::from_static(Format::Parquet.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}
