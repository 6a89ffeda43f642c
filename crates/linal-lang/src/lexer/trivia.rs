//! Blanks and comments between tokens, and the line ends within them.

use crate::{Code, Span, SyntaxError};

/// What separates two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Trivia {
    /// Whether there is any.
    pub any: bool,
    /// Whether a line ends in it.
    pub newline: bool,
    /// Byte offset of the last line start outside a comment, when a line ends.
    pub line_start: Option<usize>,
}

/// Skips blanks and comments from `at` to the first byte of a token or the end of the text.
///
/// # Errors
///
/// An unterminated block comment.
pub(crate) fn skip(text: &str, mut at: usize) -> Result<(usize, Trivia), SyntaxError> {
    let bytes = text.as_bytes();
    let mut trivia = Trivia::default();
    while let Some(&byte) = bytes.get(at) {
        let next = match byte {
            b'\n' => {
                trivia.newline = true;
                trivia.line_start = Some(at + 1);
                at + 1
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => at + 1,
            b'#' => line_end(bytes, at),
            b'-' if is_dash_comment(bytes, at) => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_comment(text, at, &mut trivia)?,
            b'/' if is_slash_comment(text, at) => line_end(bytes, at),
            0x80.. => match text[at..].chars().next().filter(|c| is_blank(*c)) {
                Some(blank) => at + blank.len_utf8(),
                None => break,
            },
            _ => break,
        };
        trivia.any = true;
        at = next;
    }
    Ok((at, trivia))
}

/// Unicode blanks, and the byte order mark that some editors write.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// `--` is a comment only before a blank or the end of the line, so that `5--3` is 8.
fn is_dash_comment(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1) == Some(&b'-') && bytes.get(at + 2).is_none_or(|byte| byte.is_ascii_whitespace())
}

/// `//` is a comment only after a blank or at the start of a line, so that `a//b` does not silently lose its
/// end.
fn is_slash_comment(text: &str, at: usize) -> bool {
    text.as_bytes().get(at + 1) == Some(&b'/') && text[..at].chars().next_back().is_none_or(is_blank)
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

/// Block comments nest, as in PostgreSQL.
fn block_comment(text: &str, start: usize, trivia: &mut Trivia) -> Result<usize, SyntaxError> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = start;
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                trivia.newline |= pair[0] == b'\n';
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Ok(at);
        }
    }
    let error =
        SyntaxError::new(Code::UnterminatedComment, Span::new(start, start + 2), "this `/*` has no `*/`");
    Err(match depth {
        0 | 1 => error,
        _ => error.with_help("comments nest: each `/*` needs its own `*/`"),
    })
}
