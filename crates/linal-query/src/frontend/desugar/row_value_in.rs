//! `(a, b) IN (SELECT x, y ...)`: membership of a row value.

use linal_lang::sql::has_expression;
use sqlparser::ast as sql;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::ROW;

/// Rewrites IN of a row value to a comparison; `None` for IN of a single value. `(a, b) IN (SELECT x, y ...)`
/// is `true = ANY (SELECT a = x AND b = y ...)`, which is NULL where the SQL standard requires it.
pub(crate) fn as_comparison(expr: &sql::Expr) -> Option<sql::Expr> {
    let Membership { items, subquery, kind } = membership(expr)?;
    let names: Vec<String> = (0..items.len()).map(|at| format!("__in{at}")).collect();
    let mut source = ast_builder::derived(subquery.clone(), "__in");
    if let sql::TableFactor::Derived { alias: Some(alias), .. } = &mut source {
        alias.columns = names
            .iter()
            .map(|name| sql::TableAliasColumnDef { name: ast_builder::ident(name), data_type: None })
            .collect();
    }
    let columns = || {
        names.iter().map(|name| {
            sql::Expr::CompoundIdentifier(vec![ast_builder::ident("__in"), ast_builder::ident(name)])
        })
    };
    let rows = |item: sql::Expr| {
        Box::new(ast_builder::query(ast_builder::select(vec![ast_builder::named(item, "__row")], source)))
    };
    // A call may be a window function or an aggregate, which would be computed by the subquery: the row stays
    // outside until it is planned.
    if items.iter().any(has_call) && kind != Kind::OfOneRow {
        return Some(sql::Expr::InSubquery {
            expr: Box::new(call(ROW, items.to_vec())),
            subquery: rows(call(ROW, columns().collect())),
            negated: kind == Kind::NotIn,
        });
    }
    let equal = columns()
        .zip(items)
        .map(|(column, item)| ast_builder::binary(item.clone(), sql::BinaryOperator::Eq, column));
    let all = equal.reduce(|left, right| ast_builder::binary(left, sql::BinaryOperator::And, right))?;
    let rows = Box::new(sql::Expr::Subquery(rows(all)));
    if kind == Kind::OfOneRow {
        return Some(*rows);
    }
    let is_any = sql::Expr::AnyOp {
        left: Box::new(sql::Expr::Value(sql::Value::Boolean(true).into())),
        compare_op: sql::BinaryOperator::Eq,
        right: rows,
        is_some: false,
    };
    Some(if kind == Kind::NotIn {
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Not, expr: Box::new(is_any) }
    } else {
        is_any
    })
}

/// A row value that is compared with the rows of a subquery.
struct Membership<'a> {
    items: &'a [sql::Expr],
    subquery: &'a sql::Query,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    In,
    NotIn,
    /// `(a, b) = (SELECT ..)`: the subquery has at most one row.
    OfOneRow,
}

fn membership(expr: &sql::Expr) -> Option<Membership<'_>> {
    use sql::BinaryOperator::{Eq, NotEq};
    let (items, subquery, kind) = match expr {
        sql::Expr::InSubquery { expr, subquery, negated } => {
            (row(expr)?, subquery.as_ref(), if *negated { Kind::NotIn } else { Kind::In })
        }
        sql::Expr::AnyOp { left, compare_op: Eq, right, .. } => (row(left)?, query_of(right)?, Kind::In),
        sql::Expr::AllOp { left, compare_op: NotEq, right } => (row(left)?, query_of(right)?, Kind::NotIn),
        sql::Expr::BinaryOp { left, op: Eq, right } => (row(left)?, query_of(right)?, Kind::OfOneRow),
        _ => return None,
    };
    Some(Membership { items, subquery, kind })
}

/// The values of a tuple; `None` for other expressions.
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

fn has_call(expr: &sql::Expr) -> bool {
    has_expression(expr, |part| matches!(part, sql::Expr::Function(_)))
}
