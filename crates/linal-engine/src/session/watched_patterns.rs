//! The functions as the parser sees them, which stops with its statement.

use linal_bind::functions::Registry;
use linal_dataset::Error;
use linal_error::Code;
use linal_lang::{CallPattern, CallPatterns, SyntaxError};
use linal_tensor::Control;

/// The patterns of all functions, and what stops the statement that is parsed.
pub(super) struct WatchedPatterns<'c>(pub &'c Control);

impl WatchedPatterns<'_> {
    /// An error of the parser, or what has stopped it.
    pub fn explained(&self, error: SyntaxError) -> Error {
        match self.0.poll() {
            Err(ended) if error.code == Code::Cancelled => Error::from(ended).at(error.span),
            _ => Error::from(error),
        }
    }
}

impl CallPatterns for WatchedPatterns<'_> {
    fn pattern(&self, name: &str) -> Option<&CallPattern> {
        Registry::global().pattern(name)
    }

    fn names(&self) -> Vec<&str> {
        Registry::global().names().collect()
    }

    fn is_interrupted(&self) -> bool {
        self.0.poll().is_err()
    }
}
