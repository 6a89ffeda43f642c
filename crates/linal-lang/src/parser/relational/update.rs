//! `UPDATE` and `DELETE`.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::{Delete, Relational, Scalar, Update};
use crate::token::Symbol;

/// Words that end the value of an assignment.
const CLAUSES: &[&str] = &["WHERE", "FILTER", "FROM", "RETURNING"];

impl Parser<'_> {
    /// `UPDATE t SET a = e, ... [WHERE e]`.
    pub(super) fn update_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let table = self.object_name("the dataset to update")?;
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
        Ok(Relational::Update(Update { table, assignments, filter }))
    }

    /// `DELETE FROM t [WHERE e]`.
    pub(super) fn delete_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        self.expect_word("FROM")?;
        let table = self.object_name("the dataset to delete from")?;
        let filter = self.filter()?;
        Ok(Relational::Delete(Delete { table, filter }))
    }

    /// `TRUNCATE [TABLE] t`, which is a DELETE of all rows.
    pub(super) fn truncate_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        if !self.take_word_before("TABLE", |next| next.is_name())? {
            self.take_word_before("DATASET", |next| next.is_name())?;
        }
        let table = self.object_name("the dataset to empty")?;
        Ok(Relational::Delete(Delete { table, filter: None }))
    }

    /// `[WHERE e]`, `[FILTER e]`.
    fn filter(&mut self) -> Parsed<Option<Scalar>> {
        match self.take_word("WHERE")? || self.take_word("FILTER")? {
            true => self.scalar("a condition", &["RETURNING"]).map(Some),
            false => Ok(None),
        }
    }
}
