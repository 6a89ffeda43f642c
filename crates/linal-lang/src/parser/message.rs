//! What the parser says when it meets what it did not expect.

use super::cursor::Parser;
use crate::token::{Symbol, Token, TokenKind};
use crate::{Span, SyntaxError, SyntaxErrorKind, keywords, suggest};

/// Longest piece of the text that a message quotes, in characters.
const QUOTED: usize = 40;

impl Parser<'_> {
    /// "expected ..., found ..." at the current token.
    pub(super) fn unexpected(&self, expected: &str) -> SyntaxError {
        self.unexpected_as(SyntaxErrorKind::UnexpectedToken, expected)
    }

    /// The same under another kind; what is no token at all keeps its own.
    pub(super) fn unexpected_as(&self, kind: SyntaxErrorKind, expected: &str) -> SyntaxError {
        let token = self.token;
        let message = format!("expected {expected}, found {}", self.describe(token));
        match token.kind {
            TokenKind::Bad(kind) => self.bad_token(token, kind),
            TokenKind::End if kind == SyntaxErrorKind::UnexpectedToken => {
                SyntaxError::new(SyntaxErrorKind::UnexpectedEnd, Span::at(self.previous.span.end), message)
            }
            TokenKind::End => SyntaxError::new(kind, Span::at(self.previous.span.end), message),
            TokenKind::Symbol(Symbol::DoubleSlash) => self.double_slash(),
            TokenKind::Symbol(Symbol::Other) => {
                other_spelling(SyntaxError::new(kind, token.span, message), self.text(token))
            }
            _ => SyntaxError::new(kind, token.span, message),
        }
    }

    /// The error for a place where an expression must begin.
    pub(super) fn no_expression(&self) -> SyntaxError {
        let wants = matches!(self.previous.kind, TokenKind::Symbol(symbol)
            if !matches!(symbol, Symbol::Comma | Symbol::LParen | Symbol::LBracket | Symbol::RParen | Symbol::RBracket));
        if !wants {
            return self.unexpected("an expression");
        }
        let error = self.unexpected(&format!("an expression after `{}`", self.text(self.previous)));
        match self.at_end() {
            true => error.with_help(
                "the statement is unfinished; what goes on in the next line is indented deeper, or begins like no statement",
            ),
            false => error,
        }
    }

    /// A token as a message names it.
    pub(super) fn describe(&self, token: Token) -> String {
        let quoted = shorten(self.text(token));
        match token.kind {
            TokenKind::End => "the end of the statement".to_owned(),
            TokenKind::Str => format!("the string {quoted}"),
            TokenKind::QuotedName => format!("the name {quoted}"),
            _ => format!("`{quoted}`"),
        }
    }

    pub(super) fn reserved(&self, expected: &str) -> SyntaxError {
        let word = self.text(self.token);
        SyntaxError::new(
            SyntaxErrorKind::ReservedName,
            self.token.span,
            format!("expected {expected}, found the reserved word `{word}`"),
        )
        .with_help(format!("write it in backticks to use it as a name: `{word}`"))
    }

    pub(super) fn double_slash(&self) -> SyntaxError {
        let left = shorten(self.text(self.previous));
        let right = shorten(self.text(self.peek()));
        SyntaxError::new(SyntaxErrorKind::DoubleSlash, self.token.span, "`//` is not an operator")
            .with_help(format!("write `{left} / {right}` to divide, or a blank before `//` for a comment"))
    }

    /// The error for something after the end of a statement.
    pub(super) fn trailing(&self) -> SyntaxError {
        let error = self.unexpected_as(SyntaxErrorKind::TrailingText, "the end of the statement");
        match error.help.is_none() && error.kind == SyntaxErrorKind::TrailingText {
            true => match self.trailing_help() {
                Some(help) => error.with_help(help),
                None => error,
            },
            false => error,
        }
    }

    fn trailing_help(&self) -> Option<String> {
        let between = Span::new(self.previous.span.end, self.token.span.start).text(self.source);
        let word = (self.token.kind == TokenKind::Word).then(|| self.text(self.token))?;
        if keywords::opens_statement(word) {
            return Some(match between.contains('\n') {
                true => "a line that is indented deeper goes on with the statement above: indent both alike"
                    .to_owned(),
                false => "put `;` or a line end between two statements".to_owned(),
            });
        }
        self.form_help()
    }

    /// What to do about `SUMM a` or `CLIP a`: two things side by side of which the first is no prefix form.
    fn form_help(&self) -> Option<String> {
        let function = (self.previous.kind == TokenKind::Word).then(|| self.text(self.previous))?;
        match self.forms.form(function) {
            Some(form) => Some(format!("the function is written `{form}`")),
            None => {
                suggest::nearest(function, self.forms.names()).map(|name| format!("did you mean `{name}`?"))
            }
        }
    }

    fn bad_token(&self, token: Token, kind: SyntaxErrorKind) -> SyntaxError {
        let quoted = shorten(self.text(token));
        match kind {
            SyntaxErrorKind::BadNumber => bad_number(token, self.text(token)),
            SyntaxErrorKind::BadIdentifier => {
                SyntaxError::new(kind, token.span, "a name in backticks cannot be empty")
            }
            _ => {
                SyntaxError::new(kind, token.span, format!("the character {:?} has no meaning here", quoted))
            }
        }
    }
}

/// The error for digits that are no number.
pub(super) fn bad_number(token: Token, text: &str) -> SyntaxError {
    let error = SyntaxError::new(
        SyntaxErrorKind::BadNumber,
        token.span,
        format!("`{}` is not a number", shorten(text)),
    );
    if let Some(help) = cut_number(text) {
        return error.with_help(help);
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match unit.chars().all(char::is_alphabetic) && unit.len() < text.len() && !unit.is_empty() {
        true => error.with_help(format!("a name cannot begin with a digit; write `'{text}'` for a text")),
        false => error,
    }
}

/// What is missing of a number that was left in the middle.
fn cut_number(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if lower == "0x" {
        return Some("hexadecimal digits follow `0x`, as in `0x1F`");
    }
    let mantissa = lower.trim_end_matches(['+', '-']).strip_suffix('e')?;
    mantissa.parse::<f64>().is_ok().then_some("the digits of the exponent are missing; write `1e3` for 1000")
}

/// Cuts what a message quotes to one short line.
pub(super) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None if line.len() < text.len() => format!("{line}..."),
        None => line.to_owned(),
    }
}

fn other_spelling(error: SyntaxError, sign: &str) -> SyntaxError {
    match sign {
        "!" => error.with_help("write NOT"),
        "&" => error.with_help("write AND"),
        "|" => error.with_help("write OR"),
        "$" => error.with_help("a script variable is written `${name}`"),
        _ => error,
    }
}
