//! The LINAL language: text to syntax tree, with spans.
//!
//! This crate knows no Arrow, no catalog, and no function's meaning. The life of a script in it:
//!
//! 1. [`substitute`] puts script variables (`${name}`) in place and remembers where they stood.
//! 2. [`split`] yields the statements one at a time as spans of the text, and goes on behind a mistake.
//! 3. [`parse_statement`] reads one of them to an [`ast::Statement`]. How functions may be written without
//!    parentheses comes from their owner through [`Forms`].
//! 4. A mistake is a [`SyntaxError`] with a span of the original text, which [`diagnostic::render`] shows.
//! 5. Every tree prints as text that reads back as the same tree.
//!
//! ```
//! use linal_lang::{Form, Forms, parse_statement, split};
//!
//! struct Table(Vec<Form>);
//!
//! impl Forms for Table {
//!     fn form(&self, name: &str) -> Option<&Form> {
//!         self.0.iter().find(|form| form.name().eq_ignore_ascii_case(name))
//!     }
//!     fn names(&self) -> Vec<&str> {
//!         self.0.iter().map(Form::name).collect()
//!     }
//! }
//!
//! let forms = Table(vec![Form::parse("SCALE a BY s").expect("a pattern")]);
//! let script = "LET half = SCALE v BY 0.5\nSHOW half";
//! let mut printed = Vec::new();
//! for fragment in split(script) {
//!     let statement = parse_statement(script, fragment?.span, &forms)?;
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
mod error;
mod form;
mod highlight;
mod lexer;
mod parser;
mod place;
mod printer;
mod span;
mod split;
mod substitute;
mod token;

pub use ansi::ansi_names;
pub use error::SyntaxError;
pub use form::{Form, Forms, Param};
pub use highlight::{TokenClass, tokens};
pub use lexer::Dialect;
pub use linal_error::Code;
pub use parser::{MAX_DEPTH, parse_expression, parse_statement, parse_statement_in};
pub use span::{LineIndex, Position, Span};
pub use split::{Completeness, Fragment, Split, is_complete, split};
pub use substitute::{Substituted, substitute};
