//! `UPDATE` and `DELETE`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Ident;
use crate::ast::relational::{Delete, Relational, Scalar, Update};
use crate::token::{Symbol, Token, TokenKind};

/// Keywords that end the value of an assignment.
const CLAUSES: &[&str] = &["WHERE", "FILTER", "FROM", "RETURNING"];

impl Parser<'_> {
    /// `UPDATE t [[AS] u] SET a = e, ... [WHERE e]`.
    pub(super) fn update_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let table = self.object_name("the dataset to update")?;
        let alias = self.table_alias(false, &["SET"])?;
        self.expect_word("SET")?;
        let mut assignments = Vec::new();
        loop {
            let column = self.ident("the name of a column")?;
            if !self.take(Symbol::EqEq)? {
                self.expect(Symbol::Eq, "`=`")?;
            }
            assignments.push((column, self.scalar("a value", CLAUSES)?));
            if !self.take(Symbol::Comma)? {
                break;
            }
        }
        let filter = self.filter()?;
        Ok(Relational::Update(Update { table, alias, assignments, filter }))
    }

    /// `DELETE FROM t [[AS] u] [WHERE e]`.
    pub(super) fn delete_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_word("FROM")?;
        let table = self.object_name("the dataset to delete from")?;
        let alias = self.table_alias(true, &["WHERE", "FILTER", "USING", "RETURNING"])?;
        let filter = self.filter()?;
        Ok(Relational::Delete(Delete { table, alias, filter }))
    }

    /// `[AS] u`. Without AS a name is an alias only before a clause, or before the end where that may follow.
    fn table_alias(&mut self, may_end: bool, clauses: &[&str]) -> Parsed<Option<Ident>> {
        let is_clause = |token: Token| clauses.iter().any(|word| self.is_word(token, word));
        let next = self.peek();
        let goes_on = is_clause(next) || may_end && next.kind == TokenKind::End;
        let is_alias = self.token.is_name() && !is_clause(self.token) && goes_on;
        if self.take_word("AS")? || is_alias {
            return self.ident("a name for the dataset").map(Some);
        }
        Ok(None)
    }

    /// `TRUNCATE [TABLE] t`: a DELETE of all rows.
    pub(super) fn truncate_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        if !self.take_word_before("TABLE", |next| next.is_name())? {
            self.take_word_before("DATASET", |next| next.is_name())?;
        }
        let table = self.object_name("the dataset to empty")?;
        Ok(Relational::Delete(Delete { table, alias: None, filter: None }))
    }

    /// `[WHERE e]`, `[FILTER e]`.
    fn filter(&mut self) -> Parsed<Option<Scalar>> {
        if self.take_word("WHERE")? || self.take_word("FILTER")? {
            self.scalar("a condition", &["RETURNING"]).map(Some)
        } else {
            Ok(None)
        }
    }
}
