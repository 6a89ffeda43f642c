//! The errors for a token that the parser did not expect.

use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError};

/// Longest excerpt of the text that a message quotes, in characters.
const MAX_EXCERPT: usize = 40;

/// An unexpected token with its context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnexpectedToken<'a> {
    /// The source text.
    pub source: &'a str,
    /// The token.
    pub token: Token,
    /// The token before it.
    pub previous: Span,
    /// The token after it.
    pub next: Span,
}

impl UnexpectedToken<'_> {
    /// The error "expected ..., found ...".
    pub(crate) fn error(&self, expected: &str) -> SyntaxError {
        self.error_as(Code::UnexpectedToken, expected)
    }

    /// The same with another kind; an invalid token keeps the kind of its own error.
    pub(crate) fn error_as(&self, kind: Code, expected: &str) -> SyntaxError {
        let token = self.token;
        let message = format!("expected {expected}, found {}", describe(self.source, token));
        let end = Span::at(self.previous.end);
        match token.kind {
            TokenKind::Bad(kind) => self.bad_token(kind),
            TokenKind::End if kind == Code::UnexpectedToken => {
                SyntaxError::new(Code::UnexpectedEnd, end, message)
            }
            TokenKind::End => SyntaxError::new(kind, end, message),
            TokenKind::Symbol(Symbol::DoubleSlash) => self.double_slash(),
            TokenKind::Symbol(Symbol::Other) => {
                with_spelling_help(SyntaxError::new(kind, token.span, message), token.span.text(self.source))
            }
            _ => SyntaxError::new(kind, token.span, message),
        }
    }

    pub(crate) fn double_slash(&self) -> SyntaxError {
        let left = shorten(self.previous.text(self.source));
        let right = shorten(self.next.text(self.source));
        SyntaxError::new(Code::DoubleSlash, self.token.span, "`//` is not an operator")
            .with_help(format!("write `{left} / {right}` to divide, or a blank before `//` for a comment"))
    }

    fn bad_token(&self, kind: Code) -> SyntaxError {
        let text = self.token.span.text(self.source);
        let span = self.token.span;
        match kind {
            Code::BadNumber => bad_number(self.token, text),
            Code::BadIdentifier => SyntaxError::new(kind, span, "a name in backticks cannot be empty"),
            _ => {
                SyntaxError::new(kind, span, format!("the character {:?} has no meaning here", shorten(text)))
            }
        }
    }
}

/// A token as messages name it.
pub(crate) fn describe(source: &str, token: Token) -> String {
    let quoted = shorten(token.span.text(source));
    match token.kind {
        TokenKind::End => "the end of the statement".to_owned(),
        TokenKind::Str => format!("the string {quoted}"),
        TokenKind::QuotedName => format!("the name {quoted}"),
        _ => format!("`{quoted}`"),
    }
}

/// The error for an invalid number literal.
pub(crate) fn bad_number(token: Token, text: &str) -> SyntaxError {
    let error = SyntaxError::new(Code::BadNumber, token.span, format!("`{}` is not a number", shorten(text)));
    if let Some(help) = incomplete_number_help(text) {
        return error.with_help(help);
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if unit.chars().all(char::is_alphabetic) && unit.len() < text.len() && !unit.is_empty() {
        error.with_help(format!("a name cannot begin with a digit; write `'{text}'` for a string"))
    } else {
        error
    }
}

/// Help for a number literal that ends too early.
fn incomplete_number_help(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if lower == "0x" {
        return Some("hexadecimal digits follow `0x`, as in `0x1F`");
    }
    let mantissa = lower.trim_end_matches(['+', '-']).strip_suffix('e')?;
    mantissa.parse::<f64>().is_ok().then_some("the digits of the exponent are missing; write `1e3` for 1000")
}

/// Truncates a quoted excerpt to one short line.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(MAX_EXCERPT) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None if line.len() < text.len() => format!("{line}..."),
        None => line.to_owned(),
    }
}

fn with_spelling_help(error: SyntaxError, symbol: &str) -> SyntaxError {
    match symbol {
        "!" => error.with_help("write NOT"),
        "&" => error.with_help("write AND"),
        "|" => error.with_help("write OR"),
        "$" => error.with_help("a script variable is written `${name}`"),
        _ => error,
    }
}
