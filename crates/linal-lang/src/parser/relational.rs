//! Statements that are recognised by their opening words and otherwise left to the relational part.

use super::cursor::{Parsed, Parser};
use crate::ast::Statement;
use crate::token::{Symbol, TokenKind};
use crate::{Span, keywords};

/// Words that belong to the opening when they come second.
const OBJECTS: &[&str] = &[
    "ALL",
    "COLUMN",
    "CSV",
    "DATASET",
    "DATASETS",
    "FROM",
    "INDEX",
    "INDEXES",
    "INTO",
    "PIPELINE",
    "PIPELINES",
    "SCHEMA",
    "TABLE",
    "TENSOR",
    "TENSORS",
    "VECTOR",
    "VIEW",
];

impl Parser<'_> {
    /// Keeps the statement by its place; the current token opens it.
    pub(super) fn relational(&mut self) -> Parsed<Statement> {
        let first = self.token;
        let keyword = self.opening();
        while !self.at_end() {
            self.advance()?;
        }
        Ok(Statement::Relational { keyword, span: Span::new(first.span.start, self.previous.span.end) })
    }

    fn opening(&self) -> String {
        if self.opens_query() {
            return "SELECT".to_owned();
        }
        if self.opens_method() {
            return "ADD_COLUMN".to_owned();
        }
        let first = self.text(self.token).to_ascii_uppercase();
        let second = self.peek();
        let word = self.text(second);
        match second.kind == TokenKind::Word && keywords::contains(OBJECTS, word) {
            true => format!("{first} {}", word.to_ascii_uppercase()),
            false => first,
        }
    }

    /// `(SELECT ...) UNION ...`.
    pub(super) fn opens_query(&self) -> bool {
        let mut ahead = self.lexer;
        let mut token = self.token;
        while token.is(Symbol::LParen) {
            match ahead.next_token() {
                Ok(next) => token = next,
                Err(_) => return false,
            }
        }
        self.at(Symbol::LParen) && (self.is_word(token, "SELECT") || self.is_word(token, "WITH"))
    }

    /// `ds.add_column(...)`.
    pub(super) fn opens_method(&self) -> bool {
        let mut ahead = self.lexer;
        let mut next = || ahead.next_token().ok();
        self.token.is_name()
            && next().is_some_and(|token| token.is(Symbol::Dot))
            && next().is_some_and(|token| self.is_word(token, "add_column"))
            && next().is_some_and(|token| token.is(Symbol::LParen))
    }
}
