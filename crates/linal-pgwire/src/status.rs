//! Errors with the SQLSTATE that clients look at.

use linal_error::Code;
use linal_server::http::ApiError;
use pgwire::error::{ErrorInfo, PgWireError};

/// An error as the client gets it.
pub fn error(error: &ApiError) -> PgWireError {
    PgWireError::UserError(Box::new(info(error, "ERROR")))
}

/// An error that ends the connection.
pub fn fatal(error: &ApiError) -> PgWireError {
    PgWireError::UserError(Box::new(info(error, "FATAL")))
}

/// An error of this protocol.
pub fn plain(state: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), state.to_owned(), message.into())))
}

fn info(error: &ApiError, severity: &str) -> ErrorInfo {
    let body = &error.body;
    let message = format!("{} ({})", body.message, body.code);
    let mut info = ErrorInfo::new(severity.to_owned(), state(error).to_owned(), message);
    info.hint = body.help.clone();
    if let (Some(line), Some(column)) = (body.line, body.column) {
        info.detail = Some(format!("line {line}, column {column}"));
    }
    info
}

/// The SQLSTATE of an error.
fn state(error: &ApiError) -> &'static str {
    let named = [
        (Code::UnknownName, "42P01"),
        (Code::UnknownFunction, "42883"),
        (Code::NameExists, "42P07"),
        (Code::NotSupported, "0A000"),
        (Code::DivisionByZero, "22012"),
        (Code::MissingParameter, "08P01"),
        (Code::Cancelled, "57014"),
        (Code::Timeout, "57014"),
        (Code::Conflict, "40001"),
        (Code::MemoryLimit, "53200"),
        (Code::QueueFull, "53300"),
        (Code::RateLimited, "53400"),
        (Code::Unavailable, "57P01"),
        (Code::Unauthenticated, "28P01"),
        (Code::Forbidden, "42501"),
        (Code::ReadOnly, "25006"),
        (Code::InternalError, "XX000"),
        (Code::NotFound, "3D000"),
    ];
    if let Some((_, state)) = named.iter().find(|(code, _)| code.name() == error.body.name) {
        return state;
    }
    // E01 is the syntax, E06 are types and values.
    match error.body.code.get(..3) {
        Some("E01") => "42601",
        Some("E06") => "42804",
        _ => "XX001",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_those_that_clients_know() {
        let of = |code| state(&ApiError::new(code, "m"));
        assert_eq!(of(Code::UnexpectedToken), "42601");
        assert_eq!(of(Code::UnknownName), "42P01");
        assert_eq!(of(Code::Forbidden), "42501");
        assert_eq!(of(Code::Conflict), "40001");
        assert_eq!(of(Code::Cancelled), "57014");
    }
}
