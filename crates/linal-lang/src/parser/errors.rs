//! The errors of the parser.

use super::cursor::{Parsed, Parser};
use crate::token::{Symbol, Token, TokenKind};
use crate::unexpected_token::{self, UnexpectedToken};
use crate::{Code, Span, SyntaxError, keywords};
use linal_error::suggest;

impl Parser<'_> {
    /// The error "expected ..., found ..." at the current token.
    pub(super) fn unexpected(&self, expected: &str) -> SyntaxError {
        self.unexpected_token().error(expected)
    }

    /// The same with another kind; an invalid token keeps the kind of its own error.
    pub(super) fn unexpected_as(&self, kind: Code, expected: &str) -> SyntaxError {
        self.unexpected_token().error_as(kind, expected)
    }

    /// The error for a token that is none of some keywords, with the nearest one.
    pub(super) fn unexpected_keyword(&self, expected: &str, keywords: &[&'static str]) -> SyntaxError {
        let error = self.unexpected(expected);
        if self.token.kind != TokenKind::Word || error.help.is_some() {
            return error;
        }
        match suggest::did_you_mean(self.text(self.token), keywords.iter().copied()) {
            Some(help) => error.with_help(help),
            None => error,
        }
    }

    /// Consumes the keyword, or fails with it as what was expected, and suggests it for a misspelt word.
    pub(super) fn expect_keyword(&mut self, word: &'static str) -> Parsed<Token> {
        if self.at_word(word) {
            self.advance()
        } else {
            Err(self.unexpected_keyword(&format!("`{word}`"), &[word]))
        }
    }

    fn unexpected_token(&self) -> UnexpectedToken<'_> {
        UnexpectedToken {
            source: self.source,
            token: self.token,
            previous: self.previous.span,
            next: self.peek().span,
        }
    }

    /// The error where an expression must begin.
    pub(super) fn no_expression(&self) -> SyntaxError {
        let needs_operand = matches!(self.previous.kind, TokenKind::Symbol(symbol)
            if !matches!(symbol, Symbol::Comma | Symbol::LParen | Symbol::LBracket | Symbol::RParen | Symbol::RBracket));
        // Before the first token nothing needs an expression.
        if !needs_operand || self.text(self.previous).is_empty() {
            return self.unexpected("an expression");
        }
        let error = self.unexpected(&format!("an expression after `{}`", self.text(self.previous)));
        if self.at_end() {
            error.with_help(
                "the statement is unfinished; indent its next line deeper, or begin that line with a word that opens no statement",
            )
        } else {
            error
        }
    }

    /// A token as messages name it.
    pub(super) fn describe(&self, token: Token) -> String {
        unexpected_token::describe(self.source, token)
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
        self.unexpected_token().double_slash()
    }

    /// The error for text after the end of a statement.
    pub(super) fn trailing(&self) -> SyntaxError {
        let error = self.unexpected_as(Code::TrailingText, "the end of the statement");
        if error.help.is_none() && error.is(Code::TrailingText) {
            match self.trailing_help() {
                Some(help) => error.with_help(help),
                None => error,
            }
        } else {
            error
        }
    }

    fn trailing_help(&self) -> Option<String> {
        let between = Span::new(self.previous.span.end, self.token.span.start).text(self.source);
        let word = (self.token.kind == TokenKind::Word).then(|| self.text(self.token))?;
        if keywords::opens_statement(word) {
            return Some(if between.contains('\n') {
                "a line that is indented deeper continues the statement above: indent both equally".to_owned()
            } else {
                "put `;` or a line end between two statements".to_owned()
            });
        }
        self.form_help()
    }

    /// Help for `SUMM a` or `CLIP a`: two adjacent operands of which the first is no prefix form.
    fn form_help(&self) -> Option<String> {
        let function = (self.previous.kind == TokenKind::Word).then(|| self.text(self.previous))?;
        match self.patterns.pattern(function) {
            Some(pattern) => Some(format!("the function is written `{pattern}`")),
            None => suggest::did_you_mean(function, self.patterns.names()),
        }
    }
}
