//! Errors as statuses of gRPC.

use linal_error::Code as LinalCode;
use linal_server::http::ApiError;
use tonic::{Code, Status};

/// The status of an error. Its message has what the body of an answer of HTTP would have.
pub fn status(error: &ApiError) -> Status {
    let body = &error.body;
    let place = match (body.line, body.column) {
        (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
        _ => String::new(),
    };
    let help = body.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
    Status::new(code(error), format!("{} {}: {}{place}{help}", body.code, body.name, body.message))
}

/// The code of a status of HTTP. Cancelled and unsupported statements have codes of their own in gRPC.
fn code(error: &ApiError) -> Code {
    let is = |code: LinalCode| error.body.name == code.name();
    match error.status().as_u16() {
        _ if is(LinalCode::Cancelled) => Code::Cancelled,
        _ if is(LinalCode::NotSupported) => Code::Unimplemented,
        _ if is(LinalCode::NameExists) => Code::AlreadyExists,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        408 => Code::DeadlineExceeded,
        409 => Code::Aborted,
        413 | 429 | 431 | 507 => Code::ResourceExhausted,
        500 => Code::Internal,
        503 => Code::Unavailable,
        _ => Code::InvalidArgument,
    }
}

/// A malformed request.
pub fn malformed(message: impl Into<String>) -> Status {
    status(&ApiError::bad_request(message))
}

/// The status of a bug.
pub fn internal(error: &dyn std::fmt::Display) -> Status {
    tracing::error!(%error, "a bug in linal");
    status(&ApiError::internal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_grpc() {
        let of = |code| status(&ApiError::new(code, "m")).code();
        assert_eq!(of(LinalCode::UnknownName), Code::InvalidArgument);
        assert_eq!(of(LinalCode::NotSupported), Code::Unimplemented);
        assert_eq!(of(LinalCode::Unauthenticated), Code::Unauthenticated);
        assert_eq!(of(LinalCode::Forbidden), Code::PermissionDenied);
        assert_eq!(of(LinalCode::Cancelled), Code::Cancelled);
        assert_eq!(of(LinalCode::Conflict), Code::Aborted);
        assert_eq!(of(LinalCode::Timeout), Code::DeadlineExceeded);
        assert_eq!(of(LinalCode::QueueFull), Code::ResourceExhausted);
        assert_eq!(of(LinalCode::MemoryLimit), Code::ResourceExhausted);
        assert_eq!(of(LinalCode::Unavailable), Code::Unavailable);
        assert_eq!(of(LinalCode::InternalError), Code::Internal);
    }

    #[test]
    fn a_message_says_what_helps() {
        let mut error = ApiError::new(LinalCode::UnknownName, "there is no `x`").with_help("there is `y`");
        (error.body.line, error.body.column) = (Some(1), Some(8));
        let expected = "E0304 unknown_name: there is no `x` (line 1, column 8); there is `y`";
        assert_eq!(status(&error).message(), expected);
    }
}
