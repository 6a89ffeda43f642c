//! Strings with other quotes than `'`: `E'..'` with escapes, and `$$..$$` and `$tag$..$tag$`, which have none.

use crate::{Code, Span, SyntaxError};
use std::borrow::Cow;

/// The end of `E'..'` that begins at `start`: a backslash escapes the character behind it.
///
/// # Errors
///
/// A string without its closing quote.
pub(super) fn escaped_end(text: &str, start: usize) -> Result<usize, SyntaxError> {
    let bytes = text.as_bytes();
    let mut at = start + 2;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err(unclosed(text, start, "'").with_help("`\\'` and `''` are a quote within it"))
}

/// The opening delimiter of a dollar-quoted string, `$$` or `$tag$`.
pub(super) fn dollar_delimiter(text: &str, start: usize) -> Option<&str> {
    let rest = text.get(start..)?.strip_prefix('$')?;
    let length = rest.find('$')?;
    let tag = &rest[..length];
    let is_name = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !tag.starts_with(|first: char| first.is_ascii_digit());
    is_name.then(|| &text[start..start + length + 2])
}

/// The end of the string that a delimiter opens at `start`.
///
/// # Errors
///
/// A string without its closing delimiter.
pub(super) fn dollar_end(text: &str, start: usize, delimiter: &str) -> Result<usize, SyntaxError> {
    let body = start + delimiter.len();
    match text[body..].find(delimiter) {
        Some(length) => Ok(body + length + delimiter.len()),
        None => Err(unclosed(text, start, delimiter)),
    }
}

fn unclosed(text: &str, start: usize, quote: &str) -> SyntaxError {
    let line = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let message = format!("this string has no closing {quote}");
    SyntaxError::new(Code::UnterminatedString, Span::new(start, line), message)
}

/// The value of a string that begins with `E'` or `$`; `None` for other strings.
pub(super) fn value(written: &str) -> Option<Cow<'_, str>> {
    if let Some(delimiter) =
        dollar_delimiter(written, 0).filter(|delimiter| written.len() >= 2 * delimiter.len())
    {
        return Some(Cow::Borrowed(&written[delimiter.len()..written.len() - delimiter.len()]));
    }
    let body = written.strip_prefix(['e', 'E'])?.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(Cow::Owned(unescaped(body)))
}

/// PostgreSQL's escapes. A backslash before any other character stands for that character.
fn unescaped(body: &str) -> String {
    let mut value = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(next) = rest.chars().next() {
        rest = &rest[next.len_utf8()..];
        match next {
            '\'' => {
                rest = rest.strip_prefix('\'').unwrap_or(rest);
                value.push('\'');
            }
            '\\' => rest = escape(rest, &mut value),
            other => value.push(other),
        }
    }
    value
}

/// Appends the character of an escape, which stands behind its backslash; returns the rest.
fn escape<'a>(rest: &'a str, value: &mut String) -> &'a str {
    let Some(next) = rest.chars().next() else { return rest };
    let after = &rest[next.len_utf8()..];
    let (found, rest) = match next {
        'b' => ('\u{8}', after),
        'f' => ('\u{c}', after),
        'n' => ('\n', after),
        'r' => ('\r', after),
        't' => ('\t', after),
        'x' => numbered(after, 16, 1, 2).unwrap_or((next, after)),
        'u' => numbered(after, 16, 4, 4).unwrap_or((next, after)),
        'U' => numbered(after, 16, 8, 8).unwrap_or((next, after)),
        '0'..='7' => numbered(rest, 8, 1, 3).unwrap_or((next, after)),
        other => (other, after),
    };
    value.push(found);
    rest
}

/// The character whose number begins a text, in `least` to `most` digits, and the text behind it.
fn numbered(text: &str, radix: u32, least: usize, most: usize) -> Option<(char, &str)> {
    let length = text.chars().take(most).take_while(|digit| digit.is_digit(radix)).count();
    let number = u32::from_str_radix(text.get(..length)?, radix).ok().filter(|_| length >= least)?;
    char::from_u32(number).map(|found| (found, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::{dollar_delimiter, value};

    #[test]
    fn values_of_strings() {
        let cases = [
            (r"E'a\nb'", "a\nb"),
            (r"e'it\'s'", "it's"),
            (r"E'it''s'", "it's"),
            (r"E'\x41\102\u0043\U00000044'", "ABCD"),
            (r"E'\\ \q'", r"\ q"),
            ("$$it's$$", "it's"),
            ("$a$ $$ $a$", " $$ "),
            ("$$$$", ""),
        ];
        for (written, expected) in cases {
            assert_eq!(value(written).as_deref(), Some(expected), "{written}");
        }
        assert_eq!(value("'plain'"), None);
        assert_eq!(dollar_delimiter("$1$", 0), None);
        assert_eq!(dollar_delimiter("${a}$", 0), None);
    }
}
