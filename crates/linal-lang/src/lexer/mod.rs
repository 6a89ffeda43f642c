//! Text to tokens, one at a time.

mod quoted;
mod scan;
mod trivia;
mod value;

pub use scan::Dialect;
pub(crate) use scan::{Lexer, is_word_char};
pub(crate) use value::{float, integer, name, overflow, string, unquote_doubled};
