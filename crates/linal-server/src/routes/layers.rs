//! What every request goes through before its handler.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use linal_error::Code;

use crate::access::{Principal, check_origin};
use crate::app::App;
use crate::http::{ApiError, ApiResult, RequestContext, Rest};

/// The id of a request, for the layers within.
#[derive(Clone, Debug)]
struct QueryId(String);

/// Paths that are answered without a token, and while the server drains.
fn is_health(path: &str) -> bool {
    path.starts_with("/health/")
}

/// Gives the request an id, checks the size of its headers, and counts it.
pub async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = app.next_query_id();
    let method = request.method().as_str().to_owned();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    request.extensions_mut().insert(QueryId(id.clone()));
    // A client that asks before it sends has sent nothing, and reading would invite it to.
    let asks = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let rest = Rest::new(body);
    let request = Request::from_parts(parts, Body::new(rest.clone()));
    let mut response = match check_size(&request, app.config.max_headers) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    if !asks {
        rest.discard().await;
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-linal-query-id"), value);
    }
    let (elapsed, status) = (started.elapsed(), response.status().as_u16());
    app.metrics.request(&route, &method, status, elapsed);
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    tracing::info!(query = %id, %method, %route, status, milliseconds, "request");
    response
}

fn check_size(request: &Request, most: usize) -> ApiResult<()> {
    let of = |headers: &HeaderMap| -> usize {
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
    };
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if of(request.headers()) + path > most {
        let message = format!("the headers of the request are larger than {most} bytes");
        return Err(ApiError::new(Code::HeadersTooLarge, message));
    }
    Ok(())
}

/// Refuses new work while the server drains, and finds out who asks.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if is_health(request.uri().path()) {
        return next.run(request).await;
    }
    let started = Instant::now();
    let id = request.extensions().get::<QueryId>().map(|id| id.0.clone()).unwrap_or_default();
    let checked = if app.is_draining() {
        Err(ApiError::new(Code::Unavailable, "the server is about to stop and takes no new work"))
    } else {
        admitted(&app, request.headers())
    };
    match checked {
        Ok(principal) => {
            request.extensions_mut().insert(RequestContext { query_id: id, principal, started });
            next.run(request).await
        }
        Err(error) => {
            refused(&app, &request, &id, &error);
            error.into_response()
        }
    }
}

/// Who asks, if the request may come in at all.
fn admitted(app: &App, headers: &HeaderMap) -> ApiResult<Principal> {
    let principal = app.access.authenticate(headers)?;
    check_origin(headers, &app.config.cors, principal.name.is_none())?;
    Ok(principal)
}

/// Writes a refused request to the audit log.
fn refused(app: &App, request: &Request, id: &str, error: &ApiError) {
    let path = format!("{} {}", request.method(), request.uri().path());
    let database = crate::http::database(request.headers()).ok().flatten().unwrap_or("");
    app.audit_refusal(&path, database, id, error);
}

/// The errors of the framework about a path or a query are texts; ours are JSON.
pub async fn as_json(response: Response) -> Response {
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_text = media.is_some_and(|media| media.starts_with("text/plain"));
    if is_text && response.status() == StatusCode::BAD_REQUEST {
        return ApiError::bad_request("the path or the query of the request is malformed").into_response();
    }
    response
}

/// Answers are what their Content-Type says, and nothing else may be guessed.
pub async fn without_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The answer for a path that no route has.
pub async fn no_route(uri: Uri) -> ApiError {
    ApiError::not_found("route", uri.path()).with_help("GET /openapi.json lists the routes")
}

/// The answer for a method that a route does not have.
pub async fn no_method(method: Method, uri: Uri) -> ApiError {
    let message = format!("{} does not take the method {method}", uri.path());
    ApiError::new(Code::MethodNotAllowed, message)
}

/// The answer for a panic of a handler, which is a bug.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = %text, "a bug in linal");
    ApiError::internal().into_response()
}
