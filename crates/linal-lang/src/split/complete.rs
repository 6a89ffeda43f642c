//! Whether what was typed so far is a whole statement, for a prompt that reads several lines.

use super::splitter::{Ending, split};

/// What a prompt does with the text typed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Run it.
    Complete,
    /// Ask for another line.
    Incomplete,
    /// Run it and show the error: no further line can mend it.
    Invalid,
}

/// Whether a text is whole: nothing in it is open, and its last token can end a statement.
/// Whether its statements are right otherwise is not looked at.
pub fn is_complete(text: &str) -> Completeness {
    let mut statements = split(text);
    let mut verdict = Completeness::Complete;
    while let Some(statement) = statements.next() {
        let open = statements.ending() == Ending::Open;
        match statement {
            Err(_) if !open => return Completeness::Invalid,
            _ if open => verdict = Completeness::Incomplete,
            _ => {}
        }
    }
    verdict
}
