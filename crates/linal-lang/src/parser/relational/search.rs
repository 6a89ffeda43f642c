//! `SEARCH`, whose three forms become one node.

use super::super::cursor::{Parsed, Parser};
use crate::ast::relational::{Relational, Scalar, Search};
use crate::ast::{Ident, ObjectName};
use crate::sql;
use crate::token::Symbol;
use crate::{Code, SyntaxError};
use sqlparser::ast::{BinaryOperator, Expr};

/// Keywords that open the clauses of a SEARCH.
const CLAUSES: &[&str] = &["ON", "QUERY", "METRIC", "WHERE", "FILTER", "LIMIT", "K", "INTO"];

/// The clauses parsed so far.
#[derive(Default)]
struct Parts {
    column: Option<Ident>,
    query: Option<Scalar>,
    metric: Option<Ident>,
    filter: Option<Scalar>,
    limit: Option<Scalar>,
    into: Option<ObjectName>,
}

impl Parser<'_> {
    pub(super) fn search_statement(&mut self) -> Parsed<Relational> {
        self.advance()?;
        let mut table = self.object_name("the dataset to search")?;
        let mut parts = Parts::default();
        if self.take_word("FROM")? {
            let source = self.object_name("the dataset to search")?;
            parts.into = Some(std::mem::replace(&mut table, source));
        }
        while self.search_clause(&mut parts)? {}
        if !self.at_end() {
            return Err(self.unexpected("a clause of SEARCH: ON, QUERY, METRIC, WHERE, LIMIT or INTO"));
        }
        self.build_search(table, parts)
    }

    fn search_clause(&mut self, parts: &mut Parts) -> Parsed<bool> {
        if parts.column.is_none() && self.take_word("ON")? {
            parts.column = Some(self.ident("the column to search")?);
        } else if parts.query.is_none() && self.take_word("QUERY")? {
            parts.query = Some(self.scalar("a vector", CLAUSES)?);
        } else if parts.metric.is_none() && self.take_word("METRIC")? {
            parts.metric = Some(self.ident("a metric")?);
        } else if parts.filter.is_none() && (self.take_word("WHERE")? || self.take_word("FILTER")?) {
            parts.filter = Some(self.scalar("a condition", CLAUSES)?);
        } else if parts.limit.is_none() && self.take_word("LIMIT")? {
            parts.limit = Some(self.scalar("a number", CLAUSES)?);
        } else if parts.limit.is_none() && self.take_word("K")? {
            self.expect(Symbol::Eq, "`=`")?;
            parts.limit = Some(self.scalar("a number", CLAUSES)?);
        } else if parts.into.is_none() && self.at_word("INTO") {
            parts.into = self.into()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn build_search(&self, table: ObjectName, mut parts: Parts) -> Parsed<Relational> {
        if parts.query.is_none()
            && let Some(filter) = parts.filter.take()
        {
            self.split_filter(filter, &mut parts)?;
        }
        let column = parts.column.ok_or_else(|| self.unexpected("`ON column`"))?;
        let query = parts.query.ok_or_else(|| self.unexpected("`QUERY vector`"))?;
        let limit = parts.limit.ok_or_else(|| self.unexpected("`LIMIT k`"))?;
        let Parts { metric, filter, into, .. } = parts;
        Ok(Relational::Search(Search { table, column, query, metric, filter, limit, into }))
    }

    /// Takes `col ~= v` out of the condition.
    fn split_filter(&self, filter: Scalar, parts: &mut Parts) -> Parsed<()> {
        let span = filter.span;
        let mut terms = Vec::new();
        conjuncts(*filter.sql, &mut terms);
        let similar = |term: &Expr| matches!(term, Expr::BinaryOp { op: BinaryOperator::Custom(_), .. });
        let Some(at) = terms.iter().position(similar) else {
            return Err(self.unexpected("`QUERY vector`").with_help("or write `WHERE column ~= vector`"));
        };
        let Expr::BinaryOp { left, right, .. } = terms.remove(at) else {
            return Err(self.unexpected("`QUERY vector`"));
        };
        let (Expr::Identifier(name), true) = (*left, parts.column.is_none()) else {
            let message = "expected a column before `~=`";
            return Err(SyntaxError::new(Code::UnexpectedToken, span, message));
        };
        let column_span = sql::span(name.span).unwrap_or(span);
        parts.column = Some(Ident { name: name.value.into(), span: column_span });
        parts.query = Some(Scalar { sql: right, span });
        parts.filter = sql::conjunction(terms).map(|sql| Scalar { sql: Box::new(sql), span });
        Ok(())
    }
}

/// The terms of a conjunction, in order.
fn conjuncts(condition: Expr, terms: &mut Vec<Expr>) {
    match condition {
        // A conjunction is a balanced tree, so that the recursion depth is logarithmic in its length.
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(*left, terms);
            conjuncts(*right, terms);
        }
        other => terms.push(other),
    }
}
