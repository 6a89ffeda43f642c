//! `rowid`: the number of a row of a dataset, from 0, in the order of the rows. A column of that name wins.

use std::ops::ControlFlow;

use linal_dataset::Error;
use linal_error::Code;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use super::columns::{Column, Scopes};
use crate::scan::ROW_NUMBER;

/// The name of the pseudo-column.
pub(super) const ROW_ID: &str = "rowid";

/// Whether a name is that of the pseudo-column.
pub(super) fn is_row_id(name: &sql::Ident) -> bool {
    name.value.eq_ignore_ascii_case(ROW_ID)
}

/// Whether a query has the name, so that its tables need row numbers.
pub(crate) fn is_used(query: &sql::Query) -> bool {
    struct Uses;
    impl sql::Visitor for Uses {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            let is_used = match expr {
                sql::Expr::Identifier(name) => is_row_id(name),
                sql::Expr::CompoundIdentifier(parts) => parts.last().is_some_and(is_row_id),
                _ => false,
            };
            if is_used { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    Walk::walk(query, &mut Uses).is_break()
}

/// The pseudo-column of a table.
pub(super) fn column(table: &[sql::Ident]) -> Column {
    let mut parts = table.to_vec();
    parts.push(sql::Ident::new(ROW_NUMBER));
    Column {
        name: ROW_ID.to_string(),
        table: table.to_vec(),
        value: sql::Expr::CompoundIdentifier(parts),
        is_bare: true,
        is_starred: false,
        is_merged: false,
        is_struct: false,
        is_hidden: true,
    }
}

/// The error for the name beside several tables.
pub(super) fn ambiguous(name: &sql::Ident) -> Error {
    let message = format!("`{}` could be a column of more than one table", name.value);
    let error =
        Error::new(Code::AmbiguousName, message).with_help("write the table before it, such as t.rowid");
    match linal_lang::sql::span(name.span) {
        Some(place) => error.at(place),
        None => error,
    }
}

/// `t.rowid`, if it is the pseudo-column.
pub(super) fn qualified(parts: &[sql::Ident], scopes: &Scopes<'_>) -> Option<sql::Expr> {
    let (name, table) = parts.split_last()?;
    if !is_row_id(name) {
        return None;
    }
    let mut scope = Some(scopes);
    while let Some(at) = scope {
        if at.visible.has_table(table) {
            let is_there =
                |column: &&Column| column.is_hidden && column.name == ROW_ID && column.is_of(table);
            at.visible.columns.iter().find(is_there)?;
            let mut parts = parts.to_vec();
            if let Some(last) = parts.last_mut() {
                last.value = ROW_NUMBER.to_string();
            }
            return Some(sql::Expr::CompoundIdentifier(parts));
        }
        scope = at.outer;
    }
    None
}
