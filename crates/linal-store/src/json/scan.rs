//! The parts of a valid JSON text.

use std::borrow::Cow;

/// Whether a text is one JSON value.
pub fn is_valid(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// DuckDB's name of the kind of a value: `OBJECT`, `ARRAY`, `VARCHAR`, `UBIGINT`, `BIGINT`, `DOUBLE`, `BOOLEAN` or `NULL`.
pub fn kind(text: &str) -> &'static str {
    let text = text.trim_ascii();
    match text.bytes().next() {
        Some(b'{') => "OBJECT",
        Some(b'[') => "ARRAY",
        Some(b'"') => "VARCHAR",
        Some(b't' | b'f') => "BOOLEAN",
        Some(b'n') | None => "NULL",
        _ if text.parse::<u64>().is_ok() => "UBIGINT",
        _ if text.parse::<i64>().is_ok() => "BIGINT",
        _ => "DOUBLE",
    }
}

/// The text of a value: the content of a string, the JSON of any other, `None` for null.
pub fn string_of(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim_ascii();
    match text.bytes().next() {
        Some(b'n') | None => None,
        Some(b'"') => Some(content(text)),
        _ => Some(minified(text)),
    }
}

/// The content of a string.
pub(super) fn content(text: &str) -> Cow<'_, str> {
    let plain = text.get(1..text.len().saturating_sub(1)).filter(|inner| !inner.contains('\\'));
    match plain {
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Owned(serde_json::from_str(text).unwrap_or_default()),
    }
}

/// The text without blanks between its tokens.
pub fn minified(text: &str) -> Cow<'_, str> {
    let text = text.trim_ascii();
    let mut outside = true;
    let mut escaped = false;
    let is_blank = |byte: u8, outside: bool| outside && byte.is_ascii_whitespace();
    let mut has_blanks = false;
    let mut bytes = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        if is_blank(byte, outside) {
            has_blanks = true;
            continue;
        }
        bytes.push(byte);
        if outside {
            outside = byte != b'"';
        } else if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            outside = true;
        }
    }
    if has_blanks { Cow::Owned(String::from_utf8(bytes).unwrap_or_default()) } else { Cow::Borrowed(text) }
}

/// The elements of an array; `None` for any other value.
pub fn elements(text: &str) -> Option<Vec<&str>> {
    let inner = text.trim_ascii().strip_prefix('[')?.strip_suffix(']')?;
    Some(items(inner))
}

/// The keys of an object as written, in quotes, with their values; `None` for any other value.
pub fn entries(text: &str) -> Option<Vec<(&str, &str)>> {
    let inner = text.trim_ascii().strip_prefix('{')?.strip_suffix('}')?;
    let entry = |item: &'_ str| -> Option<usize> { position(item, b':') };
    items(inner)
        .into_iter()
        .map(|item| entry(item).map(|at| (item[..at].trim_ascii(), item[at + 1..].trim_ascii())))
        .collect()
}

/// The texts between commas.
fn items(inner: &str) -> Vec<&str> {
    if inner.trim_ascii().is_empty() {
        return Vec::new();
    }
    let mut items = Vec::new();
    let mut rest = inner;
    while let Some(at) = position(rest, b',') {
        items.push(rest[..at].trim_ascii());
        rest = &rest[at + 1..];
    }
    items.push(rest.trim_ascii());
    items
}

/// Whether a text has brackets in more than this many others.
pub fn is_deeper(text: &str, most: usize) -> bool {
    let mut depth = 0usize;
    let mut deepest = 0;
    outside_of_strings(text, |byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        deepest > most
    });
    deepest > most
}

/// The place of the first such byte outside of strings and brackets.
fn position(text: &str, wanted: u8) -> Option<usize> {
    let mut depth = 0usize;
    outside_of_strings(text, |byte| {
        match byte {
            _ if byte == wanted && depth == 0 => return true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        false
    })
}

/// The place of the first byte outside of strings that is the one.
fn outside_of_strings(text: &str, mut is_it: impl FnMut(u8) -> bool) -> Option<usize> {
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            if escaped {
                escaped = false;
            } else if byte == b'\\' {
                escaped = true;
            } else if byte == b'"' {
                in_string = false;
            }
            continue;
        }
        if is_it(byte) {
            return Some(at);
        }
        in_string = byte == b'"';
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_for_the_depth_outside_of_strings() {
        assert!(!is_deeper(r#"[1, "[[[", {"a\"[": 2}, []]"#, 2));
        assert!(is_deeper(r#"[1, {"a": [2]}, []]"#, 2));
        assert!(is_deeper(&"[".repeat(100_000), 200));
    }
}
