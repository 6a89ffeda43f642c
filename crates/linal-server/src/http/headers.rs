//! The headers of requests that linal defines.

use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use linal::settings::parse_bytes;
use linal_error::Code;

use super::{ApiError, ApiResult};
use crate::access::Principal;
use crate::config::{Config, bytes_text, duration_text, parse_time};

/// What the outermost layer has found out of a request.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The value of `X-Linal-Query-Id`.
    pub query_id: String,
    /// Who asks.
    pub principal: Principal,
    /// When the headers were read.
    pub started: Instant,
}

/// The limits of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// `X-Linal-Timeout`, for each statement and for the time that it waits.
    pub timeout: Option<Duration>,
    /// `X-Linal-Memory-Limit`, in bytes.
    pub memory: Option<usize>,
}

/// The text of a header.
///
/// # Errors
/// 400 for one that is repeated or is no text.
pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> ApiResult<Option<&'h str>> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ApiError::bad_request(format!("the header {name} is repeated")));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim())),
        Err(_) => Err(ApiError::bad_request(format!("the header {name} is no ASCII text"))),
    }
}

/// `X-Linal-Database`.
///
/// # Errors
/// As [`text`].
pub fn database(headers: &HeaderMap) -> ApiResult<Option<&str>> {
    let name = text(headers, "x-linal-database")?;
    if name.is_some_and(str::is_empty) {
        return Err(ApiError::bad_request("the header X-Linal-Database is empty"));
    }
    Ok(name)
}

/// `X-Linal-Session`.
///
/// # Errors
/// As [`text`].
pub fn session_id(headers: &HeaderMap) -> ApiResult<Option<&str>> {
    text(headers, "x-linal-session")
}

/// `X-Linal-Timeout` and `X-Linal-Memory-Limit`. `memory` is the limit of the server in bytes.
///
/// # Errors
/// 400 for a value that is malformed, or above the limit of the server.
pub fn limits(headers: &HeaderMap, config: &Config, memory: usize) -> ApiResult<Limits> {
    let mut limits = Limits::default();
    if let Some(value) = text(headers, "x-linal-timeout")? {
        let time = parse_time(value).ok_or_else(|| malformed("X-Linal-Timeout", "a time such as 5s"))?;
        if let Some(most) = config.timeout.filter(|most| time > *most) {
            return Err(too_high("X-Linal-Timeout", &duration_text(most)));
        }
        limits.timeout = Some(time);
    }
    if let Some(value) = text(headers, "x-linal-memory-limit")? {
        let wanted = "a size such as 256MB";
        let bytes = parse_bytes(value).ok_or_else(|| malformed("X-Linal-Memory-Limit", wanted))?;
        if bytes > memory {
            return Err(too_high("X-Linal-Memory-Limit", &bytes_text(memory as u64)));
        }
        limits.memory = Some(bytes);
    }
    Ok(limits)
}

fn malformed(header: &str, wanted: &str) -> ApiError {
    ApiError::bad_request(format!("{header} takes {wanted}"))
}

fn too_high(header: &str, most: &str) -> ApiError {
    let message = format!("{header} is above the limit of the server, which is {most}");
    ApiError::new(Code::LimitTooHigh, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn of(name: &'static str, value: &'static str) -> ApiResult<Limits> {
        let name = HeaderName::from_static(name);
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
        limits(&headers, &Config::default(), 1000)
    }

    #[test]
    fn limits_are_read_and_bounded() {
        assert_eq!(of("x-linal-timeout", "5s").unwrap().timeout, Some(Duration::from_secs(5)));
        assert_eq!(of("x-linal-memory-limit", "1kB").unwrap().memory, Some(1000));
        for (name, value) in [
            ("x-linal-timeout", "soon"),
            ("x-linal-timeout", "31s"),
            ("x-linal-timeout", ""),
            ("x-linal-memory-limit", "1001"),
            ("x-linal-memory-limit", "-1"),
        ] {
            assert_eq!(of(name, value).unwrap_err().status().as_u16(), 400, "{name}: {value}");
        }
        assert_eq!(of("accept", "*/*").unwrap(), Limits::default());
    }
}
