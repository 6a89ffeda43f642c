//! `EXPLAIN [ANALYZE] [PLAN]` of anything but LET.

use super::super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::Statement;
use crate::ast::relational::Relational;
use crate::sql::Converter;
use crate::token::TokenKind;
use sqlparser::tokenizer::Token;

impl Parser<'_> {
    /// The current token is EXPLAIN.
    pub(in super::super) fn explain_relational(&mut self, span: Span) -> Parsed<Statement> {
        self.advance()?;
        let mut analyze = false;
        let more = |token: crate::token::Token| token.kind != TokenKind::End;
        loop {
            if self.take_word_before("ANALYZE", more)? {
                analyze = true;
            } else if !self.take_word_before("PLAN", more)? {
                break;
            }
        }
        if self.at_word("EXPLAIN") {
            return Err(self.unexpected("a statement or the name of a dataset"));
        }
        let statement = match self.is_only_a_name() {
            true => self.whole_dataset()?,
            false => self.statement(span)?,
        };
        let explain = Relational::Explain { analyze, statement: Box::new(statement) };
        Ok(Statement::Relational(Box::new(explain)))
    }

    /// Whether `name` or `db.name` is all that is left.
    fn is_only_a_name(&self) -> bool {
        let mut lexer = self.lexer;
        let mut next = || lexer.next_token().map_or(self.token, |token| token);
        if !self.token.is_name() || self.is_reserved(self.token) {
            return false;
        }
        let second = next();
        let third = next();
        let dotted = second.is(crate::token::Symbol::Dot) && third.is_name() && next().kind == TokenKind::End;
        second.kind == TokenKind::End || dotted
    }

    /// `SELECT *` from the name that is left.
    fn whole_dataset(&mut self) -> Parsed<Statement> {
        let start = self.token.span.start;
        let lexer = self.again();
        let (table, _) = Converter::new(self.source, lexer, &[], false).behind_from().run()?;
        let mut tokens = crate::sql::Converted::default();
        tokens.push(crate::sql::word("SELECT"), Span::at(start));
        tokens.push(Token::Mul, Span::at(start));
        tokens.append(table);
        self.object_name("the name of a dataset")?;
        let query = self.query_of(&tokens, Span::new(start, self.previous.span.end))?;
        Ok(Statement::Relational(Box::new(Relational::Query(query))))
    }
}
