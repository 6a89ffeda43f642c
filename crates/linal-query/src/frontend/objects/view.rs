//! A view as a query in a FROM.

use linal_bind::functions::Registry;
use linal_dataset::objects::View;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{Query, Relational};
use linal_lang::{Span, parse_statement};
use sqlparser::ast as sql;

use super::super::ast_builder;

/// Parses the query of a view or of a table macro.
///
/// # Errors
/// A text that this version does not read.
pub(super) fn parse(text: &str) -> Result<Query> {
    let statement = parse_statement(text, Span::new(0, text.len()), Registry::global())?;
    if let Statement::Relational(relational) = statement
        && let Relational::Query(query) = *relational
    {
        return Ok(query);
    }
    Err(Error::new(Code::InternalError, format!("a bug in linal: `{text}` was stored as a query")))
}

/// The table factor of a view whose query was expanded.
pub(super) fn factor(
    view: &View,
    name: &str,
    mut query: sql::Query,
    written: Option<sql::TableAlias>,
) -> sql::TableFactor {
    if !view.names.is_empty() {
        let names = view.columns.iter().map(|column| sql::TableAliasColumnDef {
            name: sql::Ident::with_quote('`', &*column.name),
            data_type: None,
        });
        let inner =
            with_alias(query, sql::TableAlias { columns: names.collect(), ..ast_builder::table_alias(name) });
        query = ast_builder::query(ast_builder::select(vec![ast_builder::everything()], inner));
    }
    with_alias(query, written.unwrap_or_else(|| ast_builder::table_alias(name)))
}

/// A query in brackets under an alias.
pub(super) fn with_alias(query: sql::Query, alias: sql::TableAlias) -> sql::TableFactor {
    sql::TableFactor::Derived { lateral: false, subquery: Box::new(query), alias: Some(alias), sample: None }
}

/// Marks a query in which a name is never a tensor of the session.
pub(crate) fn without_tensors(query: &mut sql::Query) {
    query.settings = Some(Vec::new());
}

/// Whether a query has the mark, which is removed.
pub(crate) fn take_without_tensors(query: &mut sql::Query) -> bool {
    query.settings.take().is_some()
}
