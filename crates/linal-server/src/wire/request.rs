//! The bodies of requests. A fuzz target includes this file, which knows nothing of the engine.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Checked;

/// The JSON body of `POST /execute`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecuteBody {
    /// One or more statements.
    pub statements: String,
    /// The values of `$1`, `$2` (a list) or of `$name` (an object).
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Parameters>,
}

/// The values of parameters.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Parameters {
    /// Those of `$1`, `$2`, ...
    Positional(Vec<Value>),
    /// Those of `$name`.
    Named(BTreeMap<String, Value>),
}

/// The statements of a body of `POST /execute`, and their parameters: the body is JSON, or the statements as text.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn decoded(bytes: Bytes, is_json: bool) -> Result<(String, Checked), String> {
    if !is_json {
        let text = String::from_utf8(bytes.into()).map_err(|_| "the body is no UTF-8".to_owned())?;
        return Ok((text, Checked::Positional(Vec::new())));
    }
    // A list would fill the fields in their order.
    let body: ExecuteBody = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => serde_json::from_slice(&bytes)
            .map_err(|error| format!("the body is not as it must be: {error}"))?,
        _ => return Err("the body is no JSON object with `statements`".to_owned()),
    };
    let parameters = body.parameters.map(Checked::new).transpose()?;
    Ok((body.statements, parameters.unwrap_or(Checked::Positional(Vec::new()))))
}
