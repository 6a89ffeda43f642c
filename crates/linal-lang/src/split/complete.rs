//! Whether the input so far is a complete statement, for a multi-line prompt.

use super::splitter::{Ending, split};

/// What a prompt does with the input so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Run it.
    Complete,
    /// Ask for another line.
    Incomplete,
    /// Run it and show the error: no further line can correct it.
    Invalid,
}

/// Whether a text is complete: no bracket is open, and its last token can end a statement. Its statements are
/// not parsed.
pub fn is_complete(text: &str) -> Completeness {
    let mut statements = split(text);
    let mut verdict = Completeness::Complete;
    while let Some(statement) = statements.next() {
        let open = statements.ending() == Ending::Incomplete;
        match statement {
            Err(_) if !open => return Completeness::Invalid,
            _ if open => verdict = Completeness::Incomplete,
            _ => {}
        }
    }
    verdict
}
