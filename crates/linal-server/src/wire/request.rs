//! The bodies of requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

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
