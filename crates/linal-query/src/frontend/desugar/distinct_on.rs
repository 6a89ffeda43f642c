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

use super::with_ties::item_of;
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
        let Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(order), .. }) = &query.order_by else {
            return ControlFlow::Continue(());
        };
        let sql::SetExpr::Select(select) = query.body.as_mut() else { return ControlFlow::Continue(()) };
        let Some(sql::Distinct::On(keys)) = &select.distinct else { return ControlFlow::Continue(()) };
        let meant = |expr: &sql::Expr| {
            item_of(expr, &select.projection).unwrap_or_else(|| expr.clone()).to_string().to_lowercase()
        };
        let begins_with_keys = keys.len() <= order.len()
            && order[..keys.len()].iter().all(|by| keys.iter().any(|key| meant(key) == meant(&by.expr)));
        if begins_with_keys {
            return ControlFlow::Continue(());
        }
        if select.qualify.is_some() {
            let message = "DISTINCT ON with QUALIFY needs an ORDER BY that begins with the keys";
            return ControlFlow::Break(Error::new(Code::BadQuery, message));
        }
        let expr_of = |expr: &sql::Expr| item_of(expr, &select.projection).unwrap_or_else(|| expr.clone());
        let partition: Vec<sql::Expr> = keys.iter().map(expr_of).collect();
        let order = order.iter().map(|by| sql::OrderByExpr { expr: expr_of(&by.expr), ..by.clone() });
        select.qualify = Some(is_first(partition, order.collect()));
        select.distinct = None;
        ControlFlow::Continue(())
    }
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
