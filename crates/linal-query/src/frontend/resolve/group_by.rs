//! The keys of GROUP BY.

use std::ops::ControlFlow;

use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use super::{call, session_tensor};
use crate::udf::KEY;

/// Keeps a key that the planner evaluates as a call: a number literal would be the position of a projection
/// item.
pub(super) fn keep(group_by: &mut sql::GroupByExpr) {
    let sql::GroupByExpr::Expressions(keys, _) = group_by else { return };
    for key in keys {
        if let Some(call) = session_tensor::call_of(key) {
            *key = call.clone();
        } else if matches!(key, sql::Expr::Nested(_) | sql::Expr::BinaryOp { .. } | sql::Expr::UnaryOp { .. })
        {
            *key = kept(key);
        }
    }
}

/// Wraps a key of tensors and number literals in an identity function.
fn kept(key: &sql::Expr) -> sql::Expr {
    let mut inner = key;
    while let sql::Expr::Nested(nested) = inner {
        inner = nested;
    }
    if !matches!(inner, sql::Expr::Value(_)) && reads_no_column(key) {
        call(KEY, vec![key.clone()])
    } else {
        key.clone()
    }
}

/// Whether an expression has no names except those of tensors, no call and no query.
fn reads_no_column(expr: &sql::Expr) -> bool {
    struct Columns;
    impl sql::Visitor for Columns {
        type Break = ();

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            match expr {
                sql::Expr::Function(_) if session_tensor::name_of(expr).is_some() => {
                    ControlFlow::Continue(())
                }
                sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_) | sql::Expr::Function(_) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    Walk::walk(expr, &mut Columns).is_continue()
}
