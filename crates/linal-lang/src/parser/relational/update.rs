//! `UPDATE` and `DELETE`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::Ident;
use crate::ast::merge::Sources;
use crate::ast::relational::{Delete, Relational, Update};
use crate::token::{Token, TokenKind};

/// Keywords that end the value of an assignment.
const CLAUSES: &[&str] = &["WHERE", "FILTER", "FROM", "RETURNING"];

impl Parser<'_> {
    /// `UPDATE t [[AS] u] SET a = e, ... [FROM ..] [WHERE e] [RETURNING ..]`.
    pub(super) fn update_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let table = self.object_name("the dataset to update")?;
        let alias = self.table_alias(false, &["SET"])?;
        self.expect_word("SET")?;
        let assignments = self.assignments(CLAUSES)?;
        let (sources, filter) = self.sources_and_filter("FROM")?;
        let returning = self.returning()?;
        Ok(Relational::Update(Update { table, alias, assignments, sources, filter, returning }))
    }

    /// `DELETE FROM t [[AS] u] [USING ..] [WHERE e] [RETURNING ..]`.
    pub(super) fn delete_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_word("FROM")?;
        let table = self.object_name("the dataset to delete from")?;
        let alias = self.table_alias(true, &["WHERE", "FILTER", "USING", "RETURNING"])?;
        let (sources, filter) = self.sources_and_filter("USING")?;
        let returning = self.returning()?;
        Ok(Relational::Delete(Delete { table, alias, sources, filter, returning }))
    }

    /// `[AS] u`. Without AS a name is an alias only before a clause, or before the end where that may follow.
    pub(super) fn table_alias(&mut self, may_end: bool, clauses: &[&str]) -> Parsed<Option<Ident>> {
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
        Ok(Relational::Delete(Delete {
            table,
            alias: None,
            sources: Sources::default(),
            filter: None,
            returning: None,
        }))
    }
}
