//! Queries and scalar expressions in statements.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::{Query, Relational, Scalar};
use crate::sql::{self, Clauses, Converted, Converter, Input, PrefixForm};
use crate::token::{Symbol, Token, TokenKind};
use crate::{Dialect, Forms, Span};

impl Parser<'_> {
    pub(super) fn query_statement(&mut self) -> Parsed<Relational> {
        self.query(&[]).map(Relational::Query)
    }

    /// A query up to the end or to a terminator.
    pub(super) fn query(&mut self, stops: &[&str]) -> Parsed<Query> {
        let start = self.token.span.start;
        let (converted, span) = self.converted(stops, false)?;
        if converted.is_empty() {
            return Err(self.unexpected("a query"));
        }
        self.query_of(&converted, Span::new(start, span.end))
    }

    /// Parses converted tokens as a query.
    pub(in super::super) fn query_of(&self, converted: &Converted, span: Span) -> Parsed<Query> {
        let (sql, items) = sql::query(self.input(converted, span))?;
        Ok(Query { sql, span, items })
    }

    /// A query with its clauses in the order of the language; the current token begins its source, after the
    /// FROM.
    pub(super) fn query_from(&mut self, stops: &[&str]) -> Parsed<Query> {
        let start = self.token.span.start;
        let lexer = self.again();
        let reader = prefix_forms(self.source, self.forms, self.lexer.dialect());
        let converter = Converter::new(self.source, lexer, stops, false).with_prefix_forms(&*reader);
        let (converted, end) = converter.behind_from().run()?;
        let span = self.behind(&converted, start, end)?;
        let ordered = Clauses::split(converted)?.ordered(start);
        self.query_of(&ordered, span)
    }

    /// A scalar expression up to a comma, a closing bracket, the end, or a terminator.
    pub(super) fn scalar(&mut self, expected: &str, stops: &[&str]) -> Parsed<Scalar> {
        let (converted, span) = self.converted(stops, true)?;
        if converted.is_empty() {
            return Err(self.unexpected(expected));
        }
        let sql = sql::expression(self.input(&converted, span))?;
        Ok(Scalar { sql, span })
    }

    /// Converts the text from the current token on, and resumes after it.
    pub(super) fn converted(&mut self, stops: &[&str], single: bool) -> Parsed<(Converted, Span)> {
        let start = self.token.span.start;
        let reader = prefix_forms(self.source, self.forms, self.lexer.dialect());
        let converter = Converter::new(self.source, self.again(), stops, single).with_prefix_forms(&*reader);
        let (converted, end) = converter.run()?;
        let span = self.behind(&converted, start, end)?;
        Ok((converted, span))
    }

    pub(super) fn input<'a>(&'a self, converted: &'a Converted, span: Span) -> Input<'a> {
        Input { source: self.source, converted, end: span.end, inner: false }
    }

    /// Resumes after converted tokens; returns their span.
    fn behind(&mut self, converted: &Converted, start: usize, next: usize) -> Parsed<Span> {
        let ends = converted.tokens.iter().rev().filter_map(|token| sql::span(token.span));
        let last = ends.take(2).max_by_key(|span| span.end).filter(|span| span.end > start);
        let Some(last) = last else {
            return Ok(Span::at(start));
        };
        let token = Token { kind: TokenKind::Word, span: last, blank_before: true };
        self.go_on(token, next)?;
        Ok(Span::new(start, last.end))
    }
}

/// A parser of prefix forms that end at a closing parenthesis.
fn prefix_forms<'a>(source: &'a str, forms: &'a dyn Forms, dialect: Dialect) -> Box<PrefixForm<'a>> {
    Box::new(move |start| {
        let mut parser = Parser::new(source, Span::new(start, source.len()), forms, dialect).ok()?;
        let is_form = parser.token.kind == TokenKind::Word
            && !parser.peek().is(Symbol::LParen)
            && forms.form(parser.text(parser.token)).is_some();
        if !is_form {
            return None;
        }
        let form = parser.value().ok()?;
        parser.at(Symbol::RParen).then(|| (form.to_string(), parser.token.span.start))
    })
}
