//! A script to its statements, one at a time and without parsing them.
//!
//! A statement ends at `;` or at the end of a line. It goes on over the line's end while a bracket is open,
//! while its last token cannot end a statement, when the next line starts with a token that cannot start one,
//! or when the next line is indented deeper than the statement's first line.

mod boundary;
mod brackets;
mod complete;
mod outline;
mod splitter;

pub use complete::{Completeness, is_complete};
pub use splitter::{Fragment, Split, split};
