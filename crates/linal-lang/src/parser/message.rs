//! What the parser says when it meets what it did not expect.

use super::cursor::Parser;
use crate::place::{self, Place};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Code, Span, SyntaxError, keywords};
use linal_error::suggest;

impl Parser<'_> {
    /// "expected ..., found ..." at the current token.
    pub(super) fn unexpected(&self, expected: &str) -> SyntaxError {
        self.place().unexpected(expected)
    }

    /// The same under another kind; what is no token at all keeps its own.
    pub(super) fn unexpected_as(&self, kind: Code, expected: &str) -> SyntaxError {
        self.place().unexpected_as(kind, expected)
    }

    fn place(&self) -> Place<'_> {
        Place { source: self.source, token: self.token, previous: self.previous.span, next: self.peek().span }
    }

    /// The error for a place where an expression must begin.
    pub(super) fn no_expression(&self) -> SyntaxError {
        let wants = matches!(self.previous.kind, TokenKind::Symbol(symbol)
            if !matches!(symbol, Symbol::Comma | Symbol::LParen | Symbol::LBracket | Symbol::RParen | Symbol::RBracket));
        // Before the first token there is nothing that wants an expression.
        if !wants || self.text(self.previous).is_empty() {
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
        place::describe(self.source, token)
    }

    pub(super) fn reserved(&self, expected: &str) -> SyntaxError {
        let word = self.text(self.token);
        SyntaxError::new(
            Code::ReservedName,
            self.token.span,
            format!("expected {expected}, found the reserved word `{word}`"),
        )
        .with_help(format!("write it in backticks to use it as a name: `{word}`"))
    }

    pub(super) fn double_slash(&self) -> SyntaxError {
        self.place().double_slash()
    }

    /// The error for something after the end of a statement.
    pub(super) fn trailing(&self) -> SyntaxError {
        let error = self.unexpected_as(Code::TrailingText, "the end of the statement");
        match error.help.is_none() && error.is(Code::TrailingText) {
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
            None => suggest::did_you_mean(function, self.forms.names()),
        }
    }
}
