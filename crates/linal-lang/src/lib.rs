//! The LINAL language: text to syntax tree, with spans.
//!
//! This crate knows neither Arrow, nor the catalog, nor the meaning of a function. It processes a script in
//! these steps:
//!
//! 1. [`substitute`] replaces script variables (`${name}`) and keeps a map back to the original offsets.
//! 2. [`split`] yields the statements one at a time as spans of the text, and recovers after a syntax error.
//! 3. [`parse_statement`] parses one of them to an [`ast::Statement`]. The caller says through
//!    [`CallPatterns`] how
//!    functions may be written without parentheses.
//! 4. A syntax error is a [`SyntaxError`] with a span of the original text, which [`diagnostic::render`]
//!    shows.
//! 5. Every tree prints as text that parses to the same tree.
//!
//! ```
//! use linal_lang::{CallPattern, CallPatterns, parse_statement, split};
//!
//! struct Table(Vec<CallPattern>);
//!
//! impl CallPatterns for Table {
//!     fn pattern(&self, name: &str) -> Option<&CallPattern> {
//!         self.0.iter().find(|pattern| pattern.name().eq_ignore_ascii_case(name))
//!     }
//!     fn names(&self) -> Vec<&str> {
//!         self.0.iter().map(CallPattern::name).collect()
//!     }
//! }
//!
//! let patterns = Table(vec![CallPattern::parse("SCALE a BY s").expect("a pattern")]);
//! let script = "LET half = SCALE v BY 0.5\nSHOW half";
//! let mut printed = Vec::new();
//! for fragment in split(script) {
//!     let statement = parse_statement(script, fragment?.span, &patterns)?;
//!     printed.push(statement.to_string());
//! }
//! assert_eq!(printed, ["LET half = SCALE(v, s => 0.5)", "SHOW half"]);
//! # Ok::<(), linal_lang::SyntaxError>(())
//! ```

pub mod ast;
pub mod diagnostic;
pub mod keywords;
pub mod sql;

mod ansi;
mod call_pattern;
mod error;
mod highlight;
mod lexer;
mod parser;
mod printer;
mod span;
mod split;
mod substitute;
mod token;
mod unexpected_token;

pub use ansi::ansi_names;
pub use call_pattern::{CallPattern, CallPatterns, Param};
pub use error::SyntaxError;
pub use highlight::{TokenClass, tokens};
pub use lexer::Dialect;
pub use linal_error::Code;
pub use parser::{MAX_DEPTH, parse_expression, parse_statement, parse_statement_in};
pub use span::{LineIndex, Position, Span};
pub use split::{Completeness, Fragment, Split, is_complete, split};
pub use substitute::{Substituted, substitute};
