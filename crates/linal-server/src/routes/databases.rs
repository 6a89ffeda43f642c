//! `GET /databases`.

use axum::extract::State;
use axum::{Extension, Json};

use crate::app::App;
use crate::http::{ApiError, ApiResult, RequestContext};
use crate::wire::DatabaseBody;

/// Lists the databases that the token may use.
#[utoipa::path(
    get,
    path = "/databases",
    responses((status = 200, body = Vec<DatabaseBody>, description = "The databases"))
)]
pub async fn list(
    State(app): State<App>,
    Extension(context): Extension<RequestContext>,
) -> ApiResult<Json<Vec<DatabaseBody>>> {
    let names = app.session(None)?.databases().map_err(|error| ApiError::of_engine(&error))?;
    let visible = names.into_iter().filter(|name| context.principal.may_use(name));
    Ok(Json(visible.map(|name| DatabaseBody { name }).collect()))
}
