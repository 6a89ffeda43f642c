//! `(a, b) IN (SELECT x, y ...)`: a row that equals another in all columns.

use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{Visit, Visitor};

use super::super::tree;

/// The comparison that a membership of rows is; `None` for a membership of single values. `(a, b) IN (SELECT x, y ...)` is
/// `true = ANY (SELECT a = x AND b = y ...)`, which is NULL where SQL says that it is.
pub(super) fn as_comparison(expr: &sql::Expr) -> Option<sql::Expr> {
    let (items, subquery, negated) = membership(expr)?;
    // A window belongs to the query around, and would be one of the subquery.
    if items.iter().any(has_window) {
        return None;
    }
    let names: Vec<String> = (0..items.len()).map(|at| format!("__in{at}")).collect();
    let mut source = tree::derived(subquery.clone(), "__in");
    if let sql::TableFactor::Derived { alias: Some(alias), .. } = &mut source {
        alias.columns = names
            .iter()
            .map(|name| sql::TableAliasColumnDef { name: tree::ident(name), data_type: None })
            .collect();
    }
    let equal = names.iter().zip(items).map(|(name, item)| {
        let column = sql::Expr::CompoundIdentifier(vec![tree::ident("__in"), tree::ident(name)]);
        tree::binary(sql::Expr::Nested(Box::new(item.clone())), sql::BinaryOperator::Eq, column)
    });
    let all = equal.reduce(|left, right| tree::binary(left, sql::BinaryOperator::And, right))?;
    let select = tree::select(vec![tree::named(all, "__is_equal")], source);
    let is_any = sql::Expr::AnyOp {
        left: Box::new(sql::Expr::Value(sql::Value::Boolean(true).into())),
        compare_op: sql::BinaryOperator::Eq,
        right: Box::new(sql::Expr::Subquery(Box::new(tree::query(select)))),
        is_some: false,
    };
    Some(if negated {
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Not, expr: Box::new(is_any) }
    } else {
        is_any
    })
}

/// The row, the subquery, and whether the row must not be in it.
fn membership(expr: &sql::Expr) -> Option<(&[sql::Expr], &sql::Query, bool)> {
    use sql::BinaryOperator::{Eq, NotEq};
    match expr {
        sql::Expr::InSubquery { expr, subquery, negated } => Some((row(expr)?, subquery, *negated)),
        sql::Expr::AnyOp { left, compare_op: Eq, right, .. } => Some((row(left)?, query_of(right)?, false)),
        sql::Expr::AllOp { left, compare_op: NotEq, right } => Some((row(left)?, query_of(right)?, true)),
        _ => None,
    }
}

/// The items of a row.
fn row(expr: &sql::Expr) -> Option<&[sql::Expr]> {
    match expr {
        sql::Expr::Tuple(items) => Some(items),
        sql::Expr::Nested(inner) => row(inner),
        _ => None,
    }
}

fn query_of(expr: &sql::Expr) -> Option<&sql::Query> {
    match expr {
        sql::Expr::Subquery(query) => Some(query),
        sql::Expr::Nested(inner) => query_of(inner),
        _ => None,
    }
}

fn has_window(expr: &sql::Expr) -> bool {
    struct Windows;
    impl Visitor for Windows {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            match expr {
                sql::Expr::Function(call) if call.over.is_some() => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Windows).is_break()
}
