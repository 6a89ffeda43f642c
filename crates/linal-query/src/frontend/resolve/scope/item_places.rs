//! Positions of items in keys that have moved to another clause ([`ITEM_AT`]).

use linal_dataset::{Error, Result};
use linal_error::Code;
use sqlparser::ast as sql;

use crate::frontend::desugar::item_reference::{ITEM_AT, position_of};
use crate::frontend::own_expressions::each_own_expression;

/// Whether a SELECT or the ORDER BY of its query has such a position, so that `*` is to be expanded.
pub(super) fn are_in(select: &mut sql::Select, order_by: Option<&mut sql::OrderBy>) -> bool {
    let mut found = false;
    each_key(select, order_by, |expr| found |= key_in(expr).is_some());
    found
}

/// Writes the items in the places of their positions.
///
/// # Errors
/// `E0706` for a position that no item has, or behind a `*` whose columns are not known.
pub(super) fn write_out(select: &mut sql::Select, order_by: Option<&mut sql::OrderBy>) -> Result<()> {
    let items = select.projection.clone();
    let mut failure = None;
    each_key(select, order_by, |expr| {
        let Some(key) = key_in(expr) else { return };
        match item_at(key, &items) {
            Ok(item) => *expr = item,
            Err(error) => failure = Some(error),
        }
    });
    failure.map_or(Ok(()), Err)
}

/// The clauses that keys with positions move to, or stay in.
fn each_key(
    select: &mut sql::Select,
    order_by: Option<&mut sql::OrderBy>,
    mut rewrite: impl FnMut(&mut sql::Expr),
) {
    let rewrite: &mut dyn FnMut(&mut sql::Expr) = &mut rewrite;
    if let Some(sql::Distinct::On(keys)) = &mut select.distinct {
        each_own_expression(keys, &mut *rewrite);
    }
    each_own_expression(&mut select.qualify, &mut *rewrite);
    if let Some(order_by) = order_by {
        each_own_expression(order_by, rewrite);
    }
}

fn key_in(expr: &sql::Expr) -> Option<&sql::Expr> {
    match expr {
        sql::Expr::Function(function) => key_of(function),
        _ => None,
    }
}

/// The position that a call stands for.
pub(super) fn key_of(function: &sql::Function) -> Option<&sql::Expr> {
    let [sql::ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return None };
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(key))] if name.value == ITEM_AT => Some(key),
        _ => None,
    }
}

/// The item at a position.
fn item_at(key: &sql::Expr, items: &[sql::SelectItem]) -> Result<sql::Expr> {
    let position = position_of(key).unwrap_or(0);
    let is_star = |item: &sql::SelectItem| {
        !matches!(item, sql::SelectItem::UnnamedExpr(_) | sql::SelectItem::ExprWithAlias { .. })
    };
    if items.iter().take(position).any(is_star) {
        let message =
            format!("the columns of `*` are not known here, and so not which one is number {position}");
        return Err(placed(Error::new(Code::BadQuery, message).with_help("write its name"), key));
    }
    match position.checked_sub(1).and_then(|at| items.get(at)) {
        Some(sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. }) => {
            Ok(expr.clone())
        }
        _ => {
            let plural = if items.len() == 1 { "" } else { "s" };
            let message =
                format!("there is no column {position}: the query has {} column{plural}", items.len());
            Err(placed(Error::new(Code::BadQuery, message), key))
        }
    }
}

fn placed(error: Error, key: &sql::Expr) -> Error {
    let sql::Expr::Value(written) = key else { return error };
    match linal_lang::sql::span(written.span) {
        Some(place) => error.at(place),
        None => error,
    }
}
