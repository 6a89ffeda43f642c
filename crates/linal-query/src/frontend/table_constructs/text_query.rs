//! Queries as text, with relations put in.

use std::ops::ControlFlow;

use linal_bind::functions::Registry;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::Relational;
use linal_lang::sql::WalkMut;
use linal_lang::{Span, parse_statement};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

/// The name that stands for the source in the text of a query.
pub(super) const SOURCE: &str = "__source";

/// Parses a query in which [`SOURCE`] stands for a subquery.
pub(super) fn parse(text: &str, source: sql::Query) -> Result<sql::Query> {
    let mut query = parsed(text)?;
    let _ = query.walk_mut(&mut Put { source });
    Ok(query)
}

/// Parses a query.
pub(super) fn parsed(text: &str) -> Result<sql::Query> {
    let statement = parse_statement(text, Span::new(0, text.len()), Registry::global())?;
    if let Statement::Relational(relational) = statement
        && let Relational::Query(query) = *relational
    {
        return Ok(*query.sql);
    }
    Err(Error::new(Code::InternalError, format!("a bug in linal: `{text}` is no query")))
}

/// The name of a column in backticks.
pub(super) fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text literal.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

struct Put {
    source: sql::Query,
}

impl VisitorMut for Put {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut sql::TableFactor) -> ControlFlow<()> {
        if let sql::TableFactor::Table { name, alias, .. } = factor
            && name.to_string() == SOURCE
        {
            *factor = sql::TableFactor::Derived {
                lateral: false,
                subquery: Box::new(self.source.clone()),
                alias: alias.take(),
                sample: None,
            };
        }
        ControlFlow::Continue(())
    }
}
