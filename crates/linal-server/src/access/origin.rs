//! Requests that a page of another site makes in the browser of somebody who can reach the server.
//!
//! A page may send a POST with a text to any address without asking, and only not read the answer. It cannot
//! choose the header `Origin`, which says where it comes from; and it cannot choose `Host`, which says the name
//! that its address had, so that a name of its own that leads here is recognised.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use linal_error::Code;

use crate::http::{ApiError, ApiResult};

/// Checks that a request comes from no page, from a page of this server, or from one of a named origin.
/// `is_open` says that no token protects the server, so that its own name must be one of this machine.
///
/// # Errors
/// 403 for another page.
pub fn check_origin(headers: &HeaderMap, allowed: &[String], is_open: bool) -> ApiResult<()> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST);
    if is_open && host.is_some_and(|host| !is_local(host)) {
        return Err(forbidden("a server without tokens is used by the name localhost or its address"));
    }
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let is_own = origin.split_once("://").map(|(_, rest)| rest) == host;
    let is_named = allowed.iter().any(|known| known == "*" || known == origin);
    if is_own || is_named {
        return Ok(());
    }
    Err(forbidden("the page is of another origin")
        .with_help("the key `cors` of the configuration names origins"))
}

fn forbidden(message: &str) -> ApiError {
    ApiError::new(Code::Forbidden, message)
}

/// Whether a host, with or without its port, is an address or a name of this machine.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.is_empty() || name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn pages_of_other_sites_are_refused() {
        let check = |host: &'static str, origin: Option<&'static str>, is_open| {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            check_origin(&headers, &["https://app.example".to_owned()], is_open).is_ok()
        };
        assert!(check("127.0.0.1:8080", None, true) && check("localhost", None, true));
        assert!(check("[::1]:8080", None, true) && check("db.example", None, false));
        assert!(check("localhost:8080", Some("http://localhost:8080"), true));
        assert!(check("db.example", Some("https://app.example"), false));
        assert!(!check("localhost:8080", Some("http://evil.example"), true));
        assert!(
            !check("localhost:8080", Some("null"), true) && !check("db.example", Some("https://x"), false)
        );
        // A name of another site that leads to this machine.
        assert!(!check("evil.example:8080", Some("http://evil.example:8080"), true));
        assert!(!check("evil.example:8080", None, true));
    }
}
