//! Who asks: `authorization: Bearer TOKEN`, or a name and the token as the password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use linal_error::Code;
use linal_server::App;
use linal_server::access::Principal;
use linal_server::http::{ApiError, ApiResult};
use tonic::Status;
use tonic::metadata::MetadataMap;

use crate::status::status;

/// What a handshake gives out instead of a token on a server that takes none.
pub const NO_TOKEN: &str = "none";

/// Finds out who asks. A server that is about to stop lets nobody in. A refusal is in the audit log.
///
/// # Errors
/// `UNAUTHENTICATED` without a valid token, `RESOURCE_EXHAUSTED` when its rate is spent, `UNAVAILABLE` while the
/// server drains.
pub fn principal(app: &App, metadata: &MetadataMap) -> Result<Principal, Status> {
    admitted(app, metadata).map_err(|error| {
        let database = metadata.get("x-linal-database").and_then(|value| value.to_str().ok()).unwrap_or("");
        app.audit_refusal("Flight SQL", database, &app.next_query_id(), &error);
        status(&error)
    })
}

fn admitted(app: &App, metadata: &MetadataMap) -> ApiResult<Principal> {
    if app.is_draining() {
        let message = "the server is about to stop and takes no new work";
        return Err(ApiError::new(Code::Unavailable, message));
    }
    app.access.bearer(token(metadata)?.as_deref())
}

/// The token of a request, if it has one.
///
/// # Errors
/// 401 for a header that cannot be read.
pub fn token(metadata: &MetadataMap) -> ApiResult<Option<String>> {
    let Some(value) = metadata.get("authorization") else { return Ok(None) };
    let text = value.to_str().map_err(|_| unreadable())?;
    let (scheme, value) = text.split_once(' ').ok_or_else(unreadable)?;
    let value = value.trim();
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => value.to_owned(),
        "basic" => password(value).ok_or_else(unreadable)?,
        _ => return Err(unreadable()),
    };
    let is_none = token.is_empty() || token == NO_TOKEN;
    Ok((!is_none).then_some(token))
}

/// The password of `user:password` in base64.
fn password(value: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

fn unreadable() -> ApiError {
    ApiError::new(Code::Unauthenticated, "the header authorization cannot be read")
        .with_help("it is `Bearer TOKEN`, or a user name with the token as the password")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> ApiResult<Option<String>> {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", value.parse().unwrap());
        token(&metadata)
    }

    #[test]
    fn tokens_are_bearers_or_passwords() {
        assert_eq!(of("Bearer linal_x").unwrap().as_deref(), Some("linal_x"));
        assert_eq!(of("bearer none").unwrap(), None);
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(of(&basic("anybody:linal_x:y")).unwrap().as_deref(), Some("linal_x:y"));
        assert_eq!(of(&basic("anybody:")).unwrap(), None);
        for wrong in ["linal_x", "Digest x", "Basic !", "Basic eA=="] {
            assert_eq!(of(wrong).unwrap_err().status().as_u16(), 401, "{wrong}");
        }
        assert_eq!(token(&MetadataMap::new()).unwrap(), None);
    }
}
