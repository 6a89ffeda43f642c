//! Prepared statements, and `KILL`.

use super::cursor::{Parsed, Parser};
use super::statement::parse_statement;
use crate::Span;
use crate::ast::{Argument, Ident, Statement};
use crate::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// `PREPARE p AS statement`.
    pub(super) fn prepare_statement(&mut self, whole: Span) -> Parsed<Statement> {
        self.advance()?;
        let name = self.ident("a name for the prepared statement")?;
        self.expect_keyword("AS")?;
        if self.at_end() {
            return Err(self.unexpected("the statement to prepare"));
        }
        let rest = Span::new(self.token.span.start, whole.end).text(self.source);
        let text = rest.trim_end_matches(|sign: char| sign == ';' || sign.is_whitespace());
        let span = Span::new(self.token.span.start, self.token.span.start + text.len());
        let statement = Box::new(parse_statement(self.source, span, self.patterns)?);
        if matches!(
            *statement,
            Statement::Prepare { .. } | Statement::Execute { .. } | Statement::Deallocate { .. }
        ) {
            return Err(self.unexpected("a statement that is not about prepared statements itself"));
        }
        let text = text.into();
        while !self.at_end() {
            self.advance()?;
        }
        Ok(Statement::Prepare { name, text, statement })
    }

    /// `EXECUTE p`, `EXECUTE p(1, 'a')`, `EXECUTE p(name => 1)` or `EXECUTE p(name := 1)`.
    pub(super) fn execute_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let name = self.ident("the prepared statement to run")?;
        let mut arguments = Vec::new();
        if self.take(Symbol::LParen)? && !self.take(Symbol::RParen)? {
            loop {
                arguments.push(self.parameter_value()?);
                if !self.take(Symbol::Comma)? {
                    break;
                }
            }
            if !self.take(Symbol::RParen)? {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(Statement::Execute { name, arguments })
    }

    /// `e`, `name => e` or `name := e`.
    fn parameter_value(&mut self) -> Parsed<Argument> {
        let sign = self.peek();
        let is_named = self.token.is_name() && (sign.is(Symbol::Arrow) || sign.is(Symbol::Colon));
        let name = if is_named { Some(self.ident("the name of a parameter")?) } else { None };
        if is_named && !self.take_assignment()? {
            return Err(self.unexpected("`:=`"));
        }
        Ok(Argument { name, value: self.value()? })
    }

    /// `:=` or `=>`.
    pub(super) fn take_assignment(&mut self) -> Parsed<bool> {
        let is_assignment = self.at(Symbol::Colon) && {
            let next = self.peek();
            next.is(Symbol::Eq) && !next.blank_before
        };
        if is_assignment {
            self.advance()?;
            self.advance()?;
            return Ok(true);
        }
        self.take(Symbol::Arrow)
    }

    /// `DEALLOCATE [PREPARE] p` or `DEALLOCATE ALL`.
    pub(super) fn deallocate_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        if self.at_word("PREPARE") && self.peek().kind != TokenKind::End {
            self.advance()?;
        }
        if self.take_word("ALL")? {
            return Ok(Statement::Deallocate { name: None });
        }
        Ok(Statement::Deallocate { name: Some(self.ident("the prepared statement to forget")?) })
    }

    /// `KILL 'id'`; an id without quotes is the rest of the statement as written.
    pub(super) fn kill_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        if self.at_end() {
            return Err(self.unexpected("the id of a query, as SHOW QUERIES has it"));
        }
        let first = self.advance()?;
        if first.kind == TokenKind::Str && self.at_end() {
            let name = crate::lexer::string(self.source, first);
            return Ok(Statement::Kill { id: Ident { name, span: first.span } });
        }
        while !self.at_end() {
            self.advance()?;
        }
        let span = Span::new(first.span.start, self.previous.span.end);
        Ok(Statement::Kill { id: Ident { name: span.text(self.source).into(), span } })
    }
}
