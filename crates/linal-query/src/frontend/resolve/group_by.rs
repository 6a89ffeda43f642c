//! The keys of GROUP BY.

use std::ops::ControlFlow;

use sqlparser::ast as sql;

use super::{Scope, call};
use crate::udf::KEY;

/// Keeps a key that the planner evaluates as a call: a number literal would be the position of a projection
/// item.
pub(super) fn keep(group_by: &mut sql::GroupByExpr, scope: &Scope<'_>) {
    let sql::GroupByExpr::Expressions(keys, _) = group_by else { return };
    for key in keys {
        if let sql::Expr::Identifier(name) = key
            && let Some(call) = scope.tensor_of(name)
        {
            *key = call;
        } else if matches!(key, sql::Expr::Nested(_) | sql::Expr::BinaryOp { .. } | sql::Expr::UnaryOp { .. })
        {
            *key = kept(key, scope);
        }
    }
}

/// Wraps a key of tensors and number literals in an identity function.
fn kept(key: &sql::Expr, scope: &Scope<'_>) -> sql::Expr {
    let is_constant = |name: &sql::Ident| scope.tensor_of(name).is_some();
    let mut inner = key;
    while let sql::Expr::Nested(nested) = inner {
        inner = nested;
    }
    if !matches!(inner, sql::Expr::Value(_)) && reads_no_column(key, &is_constant) {
        call(KEY, vec![key.clone()])
    } else {
        key.clone()
    }
}

/// Whether an expression has no names except those of constants, no call and no query.
fn reads_no_column(expr: &sql::Expr, is_constant: &dyn Fn(&sql::Ident) -> bool) -> bool {
    struct Columns<'a>(&'a dyn Fn(&sql::Ident) -> bool);
    impl sql::Visitor for Columns<'_> {
        type Break = ();

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            match expr {
                sql::Expr::Identifier(name) if (self.0)(name) => ControlFlow::Continue(()),
                sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_) | sql::Expr::Function(_) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    sql::Visit::visit(expr, &mut Columns(is_constant)).is_continue()
}
