//! Statements of other databases that the language does not have, each with the reason.

use super::super::super::cursor::Parser;
use crate::{Code, SyntaxError};

/// Opening words, with the message and the help.
const STATEMENTS: [(&str, &str, &str); 6] = [
    (
        "SAVEPOINT",
        "a transaction has no savepoints",
        "a failed statement leaves the transaction open and undoes only itself; ROLLBACK undoes all of it",
    ),
    (
        "RELEASE",
        "a transaction has no savepoints",
        "a failed statement leaves the transaction open and undoes only itself; ROLLBACK undoes all of it",
    ),
    (
        "DECLARE",
        "there are no cursors",
        "a query returns its rows at once; clients of the service and of Python read them batch by batch",
    ),
    ("CLOSE", "there are no cursors", "a query returns its rows at once"),
    ("MOVE", "there are no cursors", "a query returns its rows at once"),
    (
        "PRAGMA",
        "there is no PRAGMA",
        "`SET name = value` sets, `SHOW SETTINGS` lists, DESCRIBE shows columns",
    ),
];

impl Parser<'_> {
    /// The error of a statement that the language does not have, for a reason.
    pub(in super::super::super) fn unsupported_statement(&self) -> Option<SyntaxError> {
        let (_, message, help) = STATEMENTS.into_iter().find(|(word, ..)| self.at_word(word))?;
        Some(SyntaxError::new(Code::NotSupported, self.token.span, message).with_help(help))
    }
}
