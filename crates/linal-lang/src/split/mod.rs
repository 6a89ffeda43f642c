//! Splits a script into statements, one at a time and without parsing them.
//!
//! A statement ends at `;` or at the end of a line. Within the brackets of a statement that keeps others (`SUBMIT JOB`,
//! `CREATE SCHEDULE`), neither ends it. It continues on the next line while a bracket is open,
//! while its last token cannot end a statement, when the next line begins with a token that cannot begin one,
//! or when the next line is indented deeper than the first line of the statement.

mod boundary;
mod brackets;
mod complete;
mod splitter;
mod statement_state;

pub use complete::{Completeness, is_complete};
pub use splitter::{Fragment, Split, split};
