//! The error of an answer, as an error of a local run looks.

use linal::{Code, Error, Span};
use serde_json::Value;

/// The text of the body of an error, for statements that were sent.
pub fn rendered(statements: &str, body: &str) -> String {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let error = &parsed["error"];
    let Some(message) = error["message"].as_str() else { return format!("linal: {body}\n") };
    let code =
        error["code"].as_str().and_then(|number| Code::ALL.iter().find(|code| code.number() == number));
    let Some(code) = code else { return format!("linal: {message}\n") };
    let mut built = Error::new(*code, message);
    if let Some(help) = error["help"].as_str() {
        built = built.with_help(help);
    }
    if let Some(offset) = offset(statements, error["line"].as_u64(), error["column"].as_u64()) {
        built = built.at(Span::at(offset));
    }
    built.render(statements, None, false)
}

/// The byte at a line and a column, both from 1.
fn offset(text: &str, line: Option<u64>, column: Option<u64>) -> Option<usize> {
    let (line, column) = (usize::try_from(line?).ok()?, usize::try_from(column?).ok()?);
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = text.get(start..)?;
    let within = rest.char_indices().nth(column.checked_sub(1)?).map_or(rest.len(), |(at, _)| at);
    Some(start + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_look_as_local_ones() {
        let body = r#"{"error": {"code": "E0304", "name": "unknown_name", "message": "there is no `x`", "statement": 2,
            "line": 2, "column": 6, "help": "did you mean `y`?"}}"#;
        let text = rendered("LET ä = 1\nSHOW x", body);
        assert!(text.starts_with("error[E0304] unknown_name: there is no `x`"), "{text}");
        assert!(text.contains("2 | SHOW x") && text.contains("did you mean `y`?"), "{text}");
        assert_eq!(rendered("", "502 Bad Gateway"), "linal: 502 Bad Gateway\n");
        assert_eq!(offset("ab\ncd", Some(2), Some(2)), Some(4));
        assert_eq!(offset("ab", Some(9), Some(9)), Some(2));
    }
}
