//! The status of each code of an error.

use axum::http::StatusCode;
use linal_error::Code;

/// The status of an answer whose error has this code. What is not listed is a mistake of the statement.
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::ReadOnly => StatusCode::FORBIDDEN,
        Code::NotFound | Code::NoResult => StatusCode::NOT_FOUND,
        Code::ResultExpired => StatusCode::GONE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::Timeout => StatusCode::REQUEST_TIMEOUT,
        Code::Conflict | Code::Cancelled | Code::SessionBusy | Code::JobEnded => StatusCode::CONFLICT,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::QueueFull | Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Code::InternalError | Code::DamagedDatabase => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Unavailable | Code::WritesRefused | Code::DatabaseLocked | Code::Interrupted => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::MemoryLimit | Code::SpillLimit | Code::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_of_statements_are_400() {
        let others: Vec<&str> = Code::ALL
            .iter()
            .filter(|code| (**code as u16) < 800 && status_of(**code) != StatusCode::BAD_REQUEST)
            .map(|code| code.name())
            .collect();
        let expected = [
            "database_locked",
            "read_only",
            "damaged_database",
            "writes_refused",
            "memory_limit",
            "timeout",
            "cancelled",
            "spill_limit",
            "disk_full",
            "conflict",
        ];
        assert_eq!(others, expected);
    }
}
