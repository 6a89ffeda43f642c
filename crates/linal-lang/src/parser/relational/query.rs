//! Queries and scalar expressions in statements.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::{Query, Relational, Scalar};
use crate::sql::{self, Clauses, Converted, Converter, Input, PrefixForm};
use crate::token::{Symbol, Token, TokenKind};
use crate::{CallPatterns, Dialect, Span};

impl Parser<'_> {
    pub(super) fn query_statement(&mut self) -> Parsed<Relational> {
        self.query(&[]).map(Relational::Query)
    }

    /// A query up to the end or to a terminator.
    pub(super) fn query(&mut self, terminators: &[&str]) -> Parsed<Query> {
        let start = self.token.span.start;
        let (converted, span) = self.converted(terminators, false)?;
        if converted.is_empty() {
            return Err(self.unexpected("a query"));
        }
        self.parse_query(&converted, Span::new(start, span.end))
    }

    /// Parses converted tokens as a query.
    pub(in super::super) fn parse_query(&self, converted: &Converted, span: Span) -> Parsed<Query> {
        let (sql, items) = sql::query(self.input(converted, span))?;
        Ok(Query { sql, span, items })
    }

    /// A query with its clauses in the order of the language; the current token begins its source, after the
    /// FROM.
    pub(super) fn query_from(&mut self, terminators: &[&str]) -> Parsed<Query> {
        let start = self.token.span.start;
        let lexer = self.lexer_at_token();
        let reader = prefix_forms(self.source, self.patterns, self.lexer.dialect());
        let converter = Converter::new(self.source, lexer, terminators, false).with_prefix_forms(&*reader);
        let (converted, end) = converter.after_from().run()?;
        let span = self.resume_after_converted(&converted, start, end)?;
        let ordered = Clauses::split(converted)?.ordered(start);
        self.parse_query(&ordered, span)
    }

    /// A scalar expression up to a comma, a closing bracket, the end, or a terminator.
    pub(super) fn scalar(&mut self, expected: &str, terminators: &[&str]) -> Parsed<Scalar> {
        let (converted, span) = self.converted(terminators, true)?;
        if converted.is_empty() {
            return Err(self.unexpected(expected));
        }
        let sql = sql::expression(self.input(&converted, span))?;
        Ok(Scalar { sql, span })
    }

    /// Converts the text from the current token on, and resumes after it.
    pub(super) fn converted(
        &mut self,
        terminators: &[&str],
        ends_at_comma: bool,
    ) -> Parsed<(Converted, Span)> {
        let start = self.token.span.start;
        let reader = prefix_forms(self.source, self.patterns, self.lexer.dialect());
        let converter = Converter::new(self.source, self.lexer_at_token(), terminators, ends_at_comma)
            .with_prefix_forms(&*reader);
        let (converted, end) = converter.run()?;
        let span = self.resume_after_converted(&converted, start, end)?;
        Ok((converted, span))
    }

    /// As [`Parser::converted`], where the current token follows a FROM, which the result begins with.
    pub(super) fn converted_after_from(&mut self, terminators: &[&str]) -> Parsed<(Converted, Span)> {
        self.converted_after(terminators, |converter| converter.after_from())
    }

    /// As [`Parser::converted`], where the current token begins a projection; the result begins with SELECT.
    pub(super) fn converted_after_select(&mut self, terminators: &[&str]) -> Parsed<(Converted, Span)> {
        self.converted_after(terminators, |converter| converter.after_select())
    }

    fn converted_after(
        &mut self,
        terminators: &[&str],
        opened: for<'c> fn(Converter<'c>) -> Converter<'c>,
    ) -> Parsed<(Converted, Span)> {
        let start = self.token.span.start;
        let reader = prefix_forms(self.source, self.patterns, self.lexer.dialect());
        let converter = Converter::new(self.source, self.lexer_at_token(), terminators, false)
            .with_prefix_forms(&*reader);
        let (converted, end) = opened(converter).run()?;
        let span = self.resume_after_converted(&converted, start, end)?;
        Ok((converted, span))
    }

    pub(super) fn input<'a>(&'a self, converted: &'a Converted, span: Span) -> Input<'a> {
        Input { source: self.source, converted, end: span.end, parenthesised: false }
    }

    /// Resumes after converted tokens; returns their span.
    fn resume_after_converted(&mut self, converted: &Converted, start: usize, next: usize) -> Parsed<Span> {
        let ends = converted.tokens.iter().rev().filter_map(|token| sql::span(token.span));
        let last = ends.take(2).max_by_key(|span| span.end).filter(|span| span.end > start);
        let Some(last) = last else {
            return Ok(Span::at(start));
        };
        let token = Token { kind: TokenKind::Word, span: last, blank_before: true };
        self.resume_at(token, next)?;
        Ok(Span::new(start, last.end))
    }
}

/// A parser of prefix forms that end at a closing parenthesis.
fn prefix_forms<'a>(
    source: &'a str,
    patterns: &'a dyn CallPatterns,
    dialect: Dialect,
) -> Box<PrefixForm<'a>> {
    Box::new(move |start| {
        let mut parser = Parser::new(source, Span::new(start, source.len()), patterns, dialect).ok()?;
        let is_form = parser.token.kind == TokenKind::Word
            && !parser.peek().is(Symbol::LParen)
            && patterns.pattern(parser.text(parser.token)).is_some();
        if !is_form {
            return None;
        }
        let form = parser.value().ok()?;
        parser.at(Symbol::RParen).then(|| (form.to_string(), parser.token.span.start))
    })
}
