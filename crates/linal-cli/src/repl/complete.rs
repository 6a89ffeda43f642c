//! Completion of keywords, functions, settings and names in scope.

use reedline::{Completer, CompletionResult, Span, Suggestion};

use super::vocabulary::{Vocabulary, Word};

/// Completes the word before the cursor.
pub struct WordCompleter {
    vocabulary: Vocabulary,
}

impl WordCompleter {
    pub fn new(vocabulary: Vocabulary) -> WordCompleter {
        WordCompleter { vocabulary }
    }

    fn suggestions(&self, line: &str, pos: usize) -> Vec<Suggestion> {
        let before = line.get(..pos).unwrap_or(line);
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let prefix = &before[start..];
        // Without a prefix every word would match, and within a string or a comment none does.
        if prefix.is_empty() || in_text(before) {
            return Vec::new();
        }
        let lower = prefix.chars().all(|c| !c.is_uppercase());
        let span = Span::new(start, before.len());
        self.vocabulary.beginning(prefix).into_iter().map(|word| suggestion(word, lower, span)).collect()
    }
}

impl Completer for WordCompleter {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        CompletionResult::fresh(self.suggestions(line, pos))
    }
}

/// Whether the cursor is in a string or a comment.
fn in_text(before: &str) -> bool {
    use linal::TokenClass::{Comment, String};
    let last = linal::tokens(before).last();
    last.is_some_and(|(span, class)| matches!(class, Comment | String) && span.end == before.len())
}

/// Keywords follow the case of the prefix; names keep their own.
fn suggestion(word: Word, lower: bool, span: Span) -> Suggestion {
    let of_language = word.text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let own_name = !word.note.is_empty() && word.note.starts_with(|c: char| c.is_ascii_lowercase());
    let value = if lower && of_language && !own_name { word.text.to_lowercase() } else { word.text };
    Suggestion {
        value,
        description: Some(word.note).filter(|note| !note.is_empty()),
        span,
        append_whitespace: false,
        ..Suggestion::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[&str]) {
        let fixed = [("SHOW", ""), ("SUM", "SUM a [AXIS axis]"), ("SHAPE", ""), ("timeout", "setting")];
        let vocabulary = Vocabulary::of(&fixed, &[("Signal", "f64 [3]"), ("S2", "f64 []")]);
        let found: Vec<String> = WordCompleter::new(vocabulary)
            .suggestions(line, line.len())
            .into_iter()
            .map(|s| s.value)
            .collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn words_before_the_cursor() {
        check("S", &["Signal", "S2", "SHOW", "SUM", "SHAPE"]);
        check("show s", &["Signal", "S2", "show", "sum", "shape"]);
        check("LET x = a+SU", &["SUM"]);
        check("set time", &["timeout"]);
        check("SHOW ", &[]);
        check("SHOW 'S", &[]);
        check("# S", &[]);
        check("SHOW größe_s", &[]);
    }
}
