//! The parameters that a text has.

use linal::tokens;

/// The names of the parameters of a text without the `$`, in order: numbers, or names as they were written first.
pub fn parameter_names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut sign = None;
    for (span, _) in tokens(text) {
        let token = span.text(text);
        let is_next = sign == Some(span.start);
        sign = (token == "$").then_some(span.end);
        let is_name = token.starts_with(|first: char| first.is_alphanumeric() || first == '_');
        if is_next && is_name && !names.iter().any(|known| known.eq_ignore_ascii_case(token)) {
            names.push(token.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_outside_of_texts_and_comments() {
        assert_eq!(parameter_names("SELECT $2, '$3', $1 -- $4\n + $2"), ["2", "1"]);
        assert_eq!(parameter_names("SELECT $from, $to, $FROM, `$x`"), ["from", "to"]);
        assert!(parameter_names("SELECT 1, '${x}' $ 1").is_empty());
    }
}
