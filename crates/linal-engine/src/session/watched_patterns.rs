//! The functions as the parser sees them, which stops with its statement.

use linal_bind::functions::Registry;
use linal_lang::{CallPattern, CallPatterns};
use linal_tensor::Control;

/// The patterns of all functions, and what stops the statement that is parsed.
pub(super) struct WatchedPatterns<'c>(pub &'c Control);

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
