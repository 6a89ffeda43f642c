//! `EXPLAIN [ANALYZE] [VERBOSE] [PLAN]`.

use super::cursor::{Parsed, Parser};
use crate::Span;
use crate::ast::Statement;
use crate::ast::relational::Relational;
use crate::keywords;
use crate::sql::Converter;
use crate::token::{Symbol, Token, TokenKind};

impl Parser<'_> {
    /// `EXPLAIN [ANALYZE] [VERBOSE] [PLAN] statement`, or the name of a dataset instead of the statement.
    pub(super) fn explain_statement(&mut self, span: Span) -> Parsed<Statement> {
        self.advance()?;
        let (mut analyze, mut verbose) = (false, false);
        let more = |token: Token| token.kind != TokenKind::End;
        loop {
            if self.take_word_before("ANALYZE", more)? {
                analyze = true;
            } else if self.take_word_before("VERBOSE", more)? {
                verbose = true;
            } else if !self.take_word_before("PLAN", more)? {
                break;
            }
        }
        if self.at_word("EXPLAIN") {
            return Err(self.unexpected("a statement or the name of a dataset"));
        }
        let statement = if self.is_dataset_name() { self.select_all()? } else { self.statement(span)? };
        Ok(Statement::Explain { analyze, verbose, statement: Box::new(statement) })
    }

    /// Whether only `name` or `db.name` is left, and the name is no statement by itself.
    fn is_dataset_name(&self) -> bool {
        // A dataset whose name is a whole statement is written in quotes.
        if self.token.kind == TokenKind::Word && keywords::is_statement(self.text(self.token)) {
            return false;
        }
        let mut lexer = self.lexer;
        let mut next = || lexer.next_token().map_or(self.token, |token| token);
        if !self.token.is_name() || self.is_reserved(self.token) {
            return false;
        }
        let second = next();
        let third = next();
        let dotted = second.is(Symbol::Dot) && third.is_name() && next().kind == TokenKind::End;
        second.kind == TokenKind::End || dotted
    }

    /// `SELECT *` from the name.
    fn select_all(&mut self) -> Parsed<Statement> {
        let start = self.token.span.start;
        let lexer = self.lexer_at_token();
        let (table, _) = Converter::new(self.source, lexer, &[], false).after_from().run()?;
        let mut tokens = crate::sql::Converted::default();
        tokens.push(crate::sql::keyword("SELECT"), Span::at(start));
        tokens.push(sqlparser::tokenizer::Token::Mul, Span::at(start));
        tokens.append(table);
        self.object_name("the name of a dataset")?;
        let query = self.parse_query(&tokens, Span::new(start, self.previous.span.end))?;
        Ok(Statement::Relational(Box::new(Relational::Query(query))))
    }
}
