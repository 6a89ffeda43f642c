//! The error of an answer.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer::ResultSchema;

/// Why a request or one of its statements failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// The stable number, such as `E0304`.
    pub code: &'static str,
    /// The stable name of the number, such as `unknown_name`.
    pub name: &'static str,
    /// A sentence.
    pub message: String,
    /// Which statement of the request, from 1; null when none is to blame.
    pub statement: Option<usize>,
    /// The line in the request's text, from 1.
    pub line: Option<usize>,
    /// The column in the line, in characters from 1.
    pub column: Option<usize>,
    /// What may help.
    pub help: Option<String>,
}

/// The body of an answer that is an error.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorSchema {
    /// What is wrong.
    pub error: ErrorBody,
    /// The results of the statements before, if statements have run.
    pub results: Option<Vec<ResultSchema>>,
}
