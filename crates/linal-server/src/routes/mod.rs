//! The routes, a file for each resource.

mod databases;
mod datasets;
mod delivery;
mod docs;
mod execute;
mod health;
mod jobs;
mod layers;
mod queries;
mod schedules;
mod sessions;
mod submitted;
mod transfer;
mod upload;

use axum::Router;
use axum::http::{HeaderName, Method, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;

/// All routes, within the layers that every request goes through: identity and size of headers, CORS, tokens,
/// and the answer for a panic.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/execute", post(execute::execute))
        .route("/sessions", post(sessions::create))
        .route("/sessions/{id}", get(sessions::show).delete(sessions::remove))
        .route("/databases", get(databases::list))
        .route("/datasets", get(datasets::list))
        .route("/datasets/{name}", get(datasets::show).put(upload::upload))
        .route("/datasets/{name}/data", get(datasets::data))
        .route("/delivery/datasets/{name}/{file}", get(delivery::file))
        .route("/jobs", get(jobs::list).post(jobs::create))
        .route("/jobs/{id}", get(jobs::show).delete(jobs::remove))
        .route("/jobs/{id}/result", get(jobs::result))
        .route("/schedules", get(schedules::list).post(schedules::create))
        .route("/schedules/{name}", get(schedules::show).delete(schedules::remove))
        .route("/schedules/{name}/pause", post(schedules::pause))
        .route("/schedules/{name}/resume", post(schedules::resume))
        .route("/schedules/{name}/runs", get(schedules::runs))
        .route("/queries", get(queries::list))
        .route("/queries/{id}", axum::routing::delete(queries::cancel))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::page))
        .fallback(layers::no_route)
        .method_not_allowed_fallback(layers::no_method);
    let cors = cors(&app);
    routes
        .layer(map_response(layers::as_json))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(app.clone(), layers::guard))
        .layer(cors)
        .layer(map_response(layers::without_sniffing))
        .layer(from_fn_with_state(app.clone(), layers::identify))
        .with_state(app)
}

/// The pages of which origins may use the service; none unless the configuration names them.
fn cors(app: &App) -> CorsLayer {
    let origins = &app.config.cors;
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| origin.parse().ok()))
    };
    let own = ["x-linal-database", "x-linal-session", "x-linal-timeout", "x-linal-memory-limit"];
    let standard = [header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE];
    let headers = own.map(HeaderName::from_static).into_iter().chain(standard);
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(headers.collect::<Vec<_>>())
        .expose_headers([HeaderName::from_static("x-linal-query-id"), header::LOCATION])
}
