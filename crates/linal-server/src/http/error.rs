//! Errors of requests, and their answers.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use linal_error::Code;
use serde_json::json;

use super::status::status_of;
use crate::wire::ErrorBody;

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// A request that fails: a status and what its body says.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    /// The body.
    pub body: Box<ErrorBody>,
    /// Seconds after which it is worth another try.
    retry_after: Option<u64>,
}

impl ApiError {
    /// An error with the status of its code.
    pub fn new(code: Code, message: impl Into<String>) -> ApiError {
        let body = ErrorBody {
            code: code.number(),
            name: code.name(),
            message: message.into(),
            statement: None,
            line: None,
            column: None,
            help: None,
        };
        ApiError { status: status_of(code), body: Box::new(body), retry_after: retry_after(code) }
    }

    /// An error of the engine outside of the statements of a request.
    pub fn of_engine(error: &linal::Error) -> ApiError {
        let mapped = ApiError::new(error.code(), error.message());
        match error.help() {
            Some(help) => mapped.with_help(help),
            None => mapped,
        }
    }

    /// Adds what may help.
    pub fn with_help(mut self, help: impl Into<String>) -> ApiError {
        self.body.help = Some(help.into());
        self
    }

    /// Notes which statement of a request it is of, from 1 on.
    pub fn of_statement(mut self, number: usize) -> ApiError {
        self.body.statement = Some(number);
        self
    }

    /// A bug, of which only the log says more.
    pub fn internal() -> ApiError {
        ApiError::new(Code::InternalError, "a bug in linal; the log of the server has more")
    }

    /// The disk has no room.
    pub fn disk_full() -> ApiError {
        let error = ApiError::new(Code::Io, "the server has no room for a file");
        error.with_status(StatusCode::INSUFFICIENT_STORAGE)
    }

    /// Replaces the status.
    pub fn with_status(self, status: StatusCode) -> ApiError {
        ApiError { status, ..self }
    }

    /// There is no such thing as a path names.
    pub fn not_found(what: &str, name: &str) -> ApiError {
        ApiError::new(Code::NotFound, format!("there is no {what} `{name}`"))
    }

    /// A malformed request.
    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(Code::BadRequest, message)
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The value of `Retry-After`, if the answer has one.
    pub fn retry_after(&self) -> Option<u64> {
        let passes = self.status == StatusCode::SERVICE_UNAVAILABLE;
        self.retry_after.or(passes.then_some(STOPPING))
    }
}

/// Seconds after which another server may have taken the place of one that stops.
const STOPPING: u64 = 5;

/// What passes soon enough that a client should try again, in seconds.
fn retry_after(code: Code) -> Option<u64> {
    match code {
        Code::QueueFull | Code::RateLimited => Some(1),
        Code::Unavailable => Some(STOPPING),
        Code::WritesRefused => Some(60),
        _ => None,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after();
        let mut response = (self.status, Json(json!({ "error": self.body }))).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
