//! `SELECT DISTINCT ON (k) .. ORDER BY v`: the first row of each group in an order that does not begin with the keys.
//!
//! DataFusion takes only an order that begins with the keys. Any other one numbers the rows of each group:
//! `QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) = 1`.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use super::item_reference::{item_at, item_of};
use crate::frontend::ast_builder;
use crate::frontend::resolve::call;

/// Writes out the clause in all queries.
///
/// # Errors
///
/// `E0706` beside a QUALIFY.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Queries) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Queries;

impl VisitorMut for Queries {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        let sql::SetExpr::Select(select) = query.body.as_mut() else { return ControlFlow::Continue(()) };
        let select = select.as_mut();
        let Some(sql::Distinct::On(keys)) = &mut select.distinct else { return ControlFlow::Continue(()) };
        let items = &select.projection;
        keys.iter_mut().for_each(|key| by_item(key, items));
        let Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(order), .. }) = &mut query.order_by
        else {
            return ControlFlow::Continue(());
        };
        // The rows with ties are found around the query, whose order is there and not in it.
        let has_ties = query.fetch.as_ref().is_some_and(|fetch| fetch.with_ties);
        if !has_ties && let Some(ordered) = in_order(keys, order, items) {
            *keys = ordered;
            order.iter_mut().for_each(|by| by_item(&mut by.expr, items));
            return ControlFlow::Continue(());
        }
        if select.qualify.is_some() {
            let message = "DISTINCT ON with QUALIFY needs an ORDER BY that begins with the keys";
            return ControlFlow::Break(Error::new(Code::BadQuery, message));
        }
        let expr_of = |expr: &sql::Expr| item_of(expr, items).unwrap_or_else(|| expr.clone());
        let partition: Vec<sql::Expr> = keys.iter().map(expr_of).collect();
        let order = order.iter().map(|by| sql::OrderByExpr { expr: expr_of(&by.expr), ..by.clone() });
        select.qualify = Some(is_first(partition, order.collect()));
        select.distinct = None;
        ControlFlow::Continue(())
    }
}

/// Writes the item for its position.
fn by_item(key: &mut sql::Expr, items: &[sql::SelectItem]) {
    if let Some(item) = item_at(key, items) {
        *key = item;
    }
}

/// The keys in the order in which an ORDER BY begins with all of them; DataFusion takes them in no other one.
fn in_order(
    keys: &[sql::Expr],
    order: &[sql::OrderByExpr],
    items: &[sql::SelectItem],
) -> Option<Vec<sql::Expr>> {
    let meant =
        |expr: &sql::Expr| item_of(expr, items).unwrap_or_else(|| expr.clone()).to_string().to_lowercase();
    let mut others: Vec<(String, &sql::Expr)> = keys.iter().map(|key| (meant(key), key)).collect();
    let mut ordered = Vec::with_capacity(keys.len());
    for by in order.get(..keys.len())? {
        let wanted = meant(&by.expr);
        let at = others.iter().position(|(other, _)| *other == wanted)?;
        ordered.push(others.swap_remove(at).1.clone());
    }
    Some(ordered)
}

/// `ROW_NUMBER() OVER (PARTITION BY keys ORDER BY order) = 1`.
fn is_first(keys: Vec<sql::Expr>, order: Vec<sql::OrderByExpr>) -> sql::Expr {
    let mut number = call("row_number", Vec::new());
    if let sql::Expr::Function(function) = &mut number {
        function.over = Some(sql::WindowType::WindowSpec(sql::WindowSpec {
            window_name: None,
            partition_by: keys,
            order_by: order,
            window_frame: None,
        }));
    }
    ast_builder::binary(number, sql::BinaryOperator::Eq, ast_builder::integer(1))
}
