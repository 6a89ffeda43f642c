//! The parts of lists, structs and maps that are written as text: `[a, 'b c']`, `{a: 1, 'b': [2]}`, `{k=v}`, and JSON.

/// A part of a nested value: its text without quotes, or NULL.
pub type Part = Option<String>;

/// The elements of a list; `None` for a text that is no list.
pub fn split_list(text: &str) -> Option<Vec<Part>> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    items(inner)?.into_iter().map(part).collect()
}

/// The names and values of a struct or a map; values without names for a row, `(1, a)`. `None` for a text that is neither.
pub fn split_fields(text: &str) -> Option<Vec<(Part, Part)>> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        return items(inner)?.into_iter().map(|item| Some((None, part(item)?))).collect();
    }
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    items(inner)?
        .into_iter()
        .map(|item| {
            let at = scan(item, |c, depth| depth == 0 && matches!(c, ':' | '=')).ok()??;
            Some((part(&item[..at])?, part(&item[at + 1..])?))
        })
        .collect()
}

/// The texts between commas that stand outside of brackets and quotes.
fn items(inner: &str) -> Option<Vec<&str>> {
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut items = Vec::new();
    let mut rest = inner;
    while let Some(at) = scan(rest, |c, depth| depth == 0 && c == ',').ok()? {
        items.push(&rest[..at]);
        rest = &rest[at + 1..];
    }
    items.push(rest);
    Some(items)
}

/// The place of the first character outside of quotes for which `is_end` holds at its depth of brackets.
///
/// # Errors
/// Brackets or quotes that are not closed.
fn scan(text: &str, is_end: impl Fn(char, usize) -> bool) -> Result<Option<usize>, ()> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut escaped = false;
    let mut begins = true;
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        if is_end(c, depth) {
            return Ok(Some(at));
        }
        match c {
            // Within a word a quote is an ordinary character.
            '\'' | '"' if begins => quote = Some(c),
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.checked_sub(1).ok_or(())?,
            _ => {}
        }
        begins = c.is_whitespace() || matches!(c, ',' | ':' | '=' | '[' | '{' | '(');
    }
    if depth == 0 && quote.is_none() { Ok(None) } else { Err(()) }
}

/// The value of a part: NULL, the content of quotes, or the text itself.
fn part(text: &str) -> Option<Part> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.eq_ignore_ascii_case("null") {
        return Some(None);
    }
    if text.starts_with('"')
        && let Ok(content) = serde_json::from_str::<String>(text)
    {
        return Some(Some(content));
    }
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    match quote.and_then(|quote| text[1..].strip_suffix(quote)) {
        Some(content) => Some(Some(without_backslashes(content))),
        None => Some(Some(text.to_string())),
    }
}

fn without_backslashes(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut chars = content.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_structs_have_parts() {
        let text = |text: &str| Some(text.to_string());
        assert_eq!(split_list("[]"), Some(vec![]));
        assert_eq!(split_list(" [a b, 'c, d', NULL, \"x\\ny\", [1, 2]]"), {
            Some(vec![text("a b"), text("c, d"), None, text("x\ny"), text("[1, 2]")])
        });
        assert_eq!(split_list("[it's, b]"), Some(vec![text("it's"), text("b")]));
        for bad in ["", "1", "[1", "[1,]", "[[1]", "['a]", "{a: 1}"] {
            assert_eq!(split_list(bad), None, "{bad}");
        }
        assert_eq!(split_fields("{a: 1, 'b c': {x: [1, 2]}}"), {
            Some(vec![(text("a"), text("1")), (text("b c"), text("{x: [1, 2]}"))])
        });
        assert_eq!(split_fields("{k=v}"), Some(vec![(text("k"), text("v"))]));
        assert_eq!(split_fields("(1, a)"), Some(vec![(None, text("1")), (None, text("a"))]));
        for bad in ["", "{a}", "{a: 1", "{: 1}", "[1]"] {
            assert_eq!(split_fields(bad), None, "{bad}");
        }
    }
}
