//! Whether Enter runs the input or begins another line.

use linal::{Completeness, is_complete};
use reedline::{ValidationResult, Validator};

/// Asks for more lines until the statements are complete. An empty line runs them as they are, so that a user
/// can always leave a statement.
pub struct WholeStatements;

impl Validator for WholeStatements {
    fn validate(&self, text: &str) -> ValidationResult {
        let gave_up = text.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty());
        match is_complete(text) {
            Completeness::Incomplete if !gave_up => ValidationResult::Incomplete,
            _ => ValidationResult::Complete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs() {
        let cases = [
            ("SHOW a", true),
            ("LET b = a +", false),
            ("LET b = a +\n", true),
            ("MATRIX m = [[1, 2],", false),
            ("MATRIX m = [[1, 2],\n[3, 4]]", true),
            ("SHOW )", true),
            ("SHOW \"a ( b\"", true),
            ("", true),
        ];
        for (text, whole) in cases {
            assert_eq!(
                matches!(WholeStatements.validate(text), ValidationResult::Complete),
                whole,
                "{text:?}"
            );
        }
    }
}
