//! The scanner: a cursor that scans the next token and knows nothing of the grammar.

use super::quoted;
use super::trivia::{self, Trivia};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};

/// The meaning of `"x"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// A string, as in scripts.
    #[default]
    Linal,
    /// A name, as in standard SQL and as clients of the SQL protocol expect.
    Ansi,
}

/// A cursor over a text. It is small and `Copy`: look ahead with a copy.
#[derive(Debug, Clone, Copy)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> Lexer<'a> {
    /// Scans the part of `source` under `span`; token spans count from the start of `source`.
    pub fn new(source: &'a str, span: Span) -> Self {
        let end = floor_boundary(source, span.end);
        Self {
            text: &source[..end],
            at: floor_boundary(source, span.start.min(end)),
            dialect: Dialect::Linal,
        }
    }

    /// The dialect of the text.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The same lexer with another dialect.
    pub(crate) fn with_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Byte offset of the next token or trivia.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The text up to the end of the span.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Moves to another offset of the same text.
    pub(crate) fn seek(&mut self, offset: usize) {
        self.at = floor_boundary(self.text, offset);
    }

    /// Skips blanks and comments.
    pub(crate) fn skip_trivia(&mut self) -> Result<Trivia, SyntaxError> {
        let (at, trivia) = trivia::skip(self.text, self.at)?;
        self.at = at;
        Ok(trivia)
    }

    /// Scans the next token. At the end of the text it yields [`TokenKind::End`] repeatedly.
    ///
    /// # Errors
    ///
    /// An unterminated string, quoted name or comment. The cursor then stands at its start.
    pub fn next_token(&mut self) -> Result<Token, SyntaxError> {
        let start_of_text = self.at == 0;
        let trivia = self.skip_trivia()?;
        self.token(trivia.any || start_of_text)
    }

    /// Scans a token that begins at the cursor.
    pub(crate) fn token(&mut self, blank_before: bool) -> Result<Token, SyntaxError> {
        let start = self.at;
        let (kind, end) = self.scan(start)?;
        self.at = end;
        Ok(Token { kind, span: Span::new(start, end), blank_before })
    }

    /// Skips digits, dots, commas and blanks: a fast path for callers that look for brackets, strings and
    /// comments only.
    pub(crate) fn skip_numbers(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b',' | b' ')).count();
    }

    fn scan(&self, start: usize) -> Result<(TokenKind, usize), SyntaxError> {
        let bytes = self.text.as_bytes();
        let Some(&first) = bytes.get(start) else {
            return Ok((TokenKind::End, start));
        };
        Ok(match first {
            b'e' | b'E' if bytes.get(start + 1) == Some(&b'\'') => {
                (TokenKind::Str, quoted::escaped_end(self.text, start)?)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word(start),
            b'0'..=b'9' => self.number(start),
            b'.' if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) => self.number(start),
            b'"' if self.dialect == Dialect::Ansi => self.quoted_name(start, first)?,
            b'\'' | b'"' => (TokenKind::Str, self.quoted(start, first, Code::UnterminatedString)?),
            b'`' => self.quoted_name(start, first)?,
            b'$' => match quoted::dollar_delimiter(self.text, start) {
                Some(delimiter) => (TokenKind::Str, quoted::dollar_end(self.text, start, delimiter)?),
                None => self.symbol(start),
            },
            _ => self.symbol(start),
        })
    }

    fn word(&self, start: usize) -> (TokenKind, usize) {
        // Most words are ASCII throughout, and bytes are quicker to scan than characters.
        let bytes = &self.text.as_bytes()[start..];
        let ascii = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if ascii > 0 && bytes.get(ascii).is_none_or(u8::is_ascii) {
            return (TokenKind::Word, start + ascii);
        }
        let rest = &self.text[start..];
        let first = rest.chars().next().unwrap_or(' ');
        if !(first.is_alphabetic() || first == '_') {
            return (TokenKind::Bad(Code::UnexpectedCharacter), start + first.len_utf8());
        }
        let length = rest.find(|c: char| !is_word_char(c)).unwrap_or(rest.len());
        (TokenKind::Word, start + length)
    }

    /// The end of a quoted text; a doubled quote escapes one, and there is no other escape.
    fn quoted(&self, start: usize, quote: u8, kind: Code) -> Result<usize, SyntaxError> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while let Some(length) = bytes[at..].iter().position(|byte| *byte == quote) {
            at += length + 1;
            if bytes.get(at) != Some(&quote) {
                return Ok(at);
            }
            at += 1;
        }
        Err(unterminated(self.text, start, quote as char, kind))
    }

    fn quoted_name(&self, start: usize, quote: u8) -> Result<(TokenKind, usize), SyntaxError> {
        let end = self.quoted(start, quote, Code::BadIdentifier)?;
        match end - start {
            2 => Ok((TokenKind::Bad(Code::BadIdentifier), end)),
            _ => Ok((TokenKind::QuotedName, end)),
        }
    }

    fn number(&self, start: usize) -> (TokenKind, usize) {
        let bytes = self.text.as_bytes();
        let (kind, end) = match bytes.get(start + 1) {
            Some(b'x' | b'X') if bytes[start] == b'0' => hex(bytes, start),
            _ => decimal(bytes, start),
        };
        // `2x`, `1__0` and `1.5.2` are one invalid number, not two adjacent tokens.
        let glued = self.text[end..]
            .find(|c: char| !is_word_char(c) && c != '.')
            .map_or(self.text.len(), |n| end + n);
        if glued == end { (kind, end) } else { (TokenKind::Bad(Code::BadNumber), glued) }
    }

    fn symbol(&self, start: usize) -> (TokenKind, usize) {
        let bytes = self.text.as_bytes();
        let second = bytes.get(start + 1).copied().unwrap_or(0);
        let (symbol, length) = match (bytes[start], second) {
            (b'*', b'*') => (Symbol::StarStar, 2),
            (b'/', b'/') => (Symbol::DoubleSlash, 2),
            (b'=', b'=') => (Symbol::EqEq, 2),
            (b'=', b'>') => (Symbol::Arrow, 2),
            (b'!', b'=') => (Symbol::NotEq, 2),
            (b'<', b'>') => (Symbol::LtGt, 2),
            (b'<', b'=') => (Symbol::LtEq, 2),
            (b'>', b'=') => (Symbol::GtEq, 2),
            (first, _) => (single(first), 1),
        };
        if symbol == Symbol::Other && bytes[start].is_ascii_control() {
            (TokenKind::Bad(Code::UnexpectedCharacter), start + 1)
        } else {
            (TokenKind::Symbol(symbol), start + length)
        }
    }
}

fn single(byte: u8) -> Symbol {
    match byte {
        b'(' => Symbol::LParen,
        b')' => Symbol::RParen,
        b'[' => Symbol::LBracket,
        b']' => Symbol::RBracket,
        b'{' => Symbol::LBrace,
        b'}' => Symbol::RBrace,
        b',' => Symbol::Comma,
        b';' => Symbol::Semicolon,
        b':' => Symbol::Colon,
        b'.' => Symbol::Dot,
        b'+' => Symbol::Plus,
        b'-' => Symbol::Minus,
        b'*' => Symbol::Star,
        b'/' => Symbol::Slash,
        b'%' => Symbol::Percent,
        b'^' => Symbol::Caret,
        b'@' => Symbol::At,
        b'=' => Symbol::Eq,
        b'<' => Symbol::Lt,
        b'>' => Symbol::Gt,
        _ => Symbol::Other,
    }
}

fn hex(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    match digits(bytes, start + 2, u8::is_ascii_hexdigit) {
        end if end == start + 2 => (TokenKind::Bad(Code::BadNumber), end),
        end => (TokenKind::Hex, end),
    }
}

fn decimal(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let mut kind = TokenKind::Int;
    let mut end = digits(bytes, start, u8::is_ascii_digit);
    if bytes.get(end) == Some(&b'.') {
        kind = TokenKind::Float;
        end = digits(bytes, end + 1, u8::is_ascii_digit);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(bytes, end + 1 + sign, u8::is_ascii_digit);
        let bare = exponent == end + 1 + sign;
        kind = if bare { TokenKind::Bad(Code::BadNumber) } else { TokenKind::Float };
        end = exponent;
    }
    (kind, end)
}

/// The end of a run of digits; single underscores may separate digits.
fn digits(bytes: &[u8], start: usize, is_digit: fn(&u8) -> bool) -> usize {
    let mut at = start;
    loop {
        match bytes.get(at) {
            Some(byte) if is_digit(byte) => at += 1,
            Some(b'_') if at > start && bytes[at - 1] != b'_' && bytes.get(at + 1).is_some_and(is_digit) => {
                at += 1
            }
            _ => return at,
        }
    }
}

/// Whether a character may be part of a bare name.
pub(crate) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn unterminated(text: &str, start: usize, quote: char, kind: Code) -> SyntaxError {
    let line = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let what = if quote == '`' { "quoted name" } else { "string" };
    SyntaxError::new(kind, Span::new(start, line), format!("this {what} has no closing {quote}")).with_help(
        format!("write {quote}{quote} for a {quote} within it; backslash is an ordinary character"),
    )
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
