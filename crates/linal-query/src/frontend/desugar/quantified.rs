//! `x = ANY(list)` and `x < ALL(list)`: comparisons with the elements of a list.

use sqlparser::ast as sql;

use crate::frontend::resolve::call;
use crate::udf::Quantified;

/// Rewrites a comparison with any or all elements of a list to a call; `None` for other expressions, and for
/// subqueries.
pub(crate) fn as_call(expr: &sql::Expr) -> Option<sql::Expr> {
    let (left, op, right, all) = match expr {
        sql::Expr::AnyOp { left, compare_op, right, .. } => (left, compare_op, right, false),
        sql::Expr::AllOp { left, compare_op, right } => (left, compare_op, right, true),
        _ => return None,
    };
    if matches!(right.as_ref(), sql::Expr::Subquery(_)) {
        return None;
    }
    let function = Quantified::of(&op.to_string(), all)?.function_name();
    Some(call(&function, vec![left.as_ref().clone(), right.as_ref().clone()]))
}
