//! `GET /delivery/datasets/{name}/{file}`: the files of the package that `DELIVER` has written.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio_util::io::ReaderStream;

use super::transfer;
use crate::app::App;
use crate::http::{ApiError, ApiResult, Format, RequestContext};
use crate::run::Stop;
use crate::wire::ErrorSchema;

/// The files of a package.
const FILES: [(&str, Format); 5] = [
    ("manifest.json", Format::Json),
    ("schema.json", Format::Json),
    ("stats.json", Format::Json),
    ("lineage.json", Format::Json),
    ("data.parquet", Format::Parquet),
];

/// Gives a file of the package of a dataset, which the statement `DELIVER` writes.
#[utoipa::path(
    get,
    path = "/delivery/datasets/{name}/{file}",
    params(
        ("name" = String, Path, description = "The dataset"),
        ("file" = String, Path, description = "manifest.json, schema.json, stats.json, lineage.json or data.parquet"),
    ),
    responses(
        (status = 200, content(
            (serde_json::Value = "application/json"),
            (Vec<u8> = "application/vnd.apache.parquet"),
        ), description = "The file"),
        (status = 400, body = ErrorSchema, description = "A header cannot be read"),
        (status = 404, body = ErrorSchema, description = "There is no package, or it has no such file"),
    )
)]
pub async fn file(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
    Path((name, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    // Only these names reach the disk.
    let (known, format) = FILES
        .into_iter()
        .find(|(known, _)| *known == file)
        .ok_or_else(|| ApiError::not_found("file of a package", &file))?;
    let (session, _using) = transfer::lease(&app, &context, &headers, &Stop::default()).await?;
    let folder = session.package_folder(&name);
    let path = folder.join(known);
    let missing =
        || ApiError::not_found("package of the dataset", &name).with_help("the statement DELIVER writes it");
    if !path.is_file() {
        return Err(missing());
    }
    // What a client gets is what was written, or nothing.
    let verified =
        tokio::task::spawn_blocking(move || linal::directory::verify_package(&folder, known)).await;
    verified.map_err(|_| missing())?.map_err(|error| ApiError::of_engine(&error))?;
    let file = tokio::fs::File::open(&path).await.map_err(|_| missing())?;
    let length = file.metadata().await.map_err(|_| missing())?.len();
    let mut response = Body::from_stream(ReaderStream::with_capacity(file, 64 << 10)).into_response();
    let content_type = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}
