//! Operators that DataFusion plans under another name: `~x`, `~~`, GLOB, and IN of an empty list.

use sqlparser::ast as sql;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::GLOB;

/// The same value in a form that DataFusion plans; `None` for other expressions.
pub(crate) fn as_supported(expr: &sql::Expr) -> Option<sql::Expr> {
    use sql::BinaryOperator as Op;
    match expr {
        // In two's complement -1 - x inverts all bits, and never overflows.
        sql::Expr::UnaryOp { op: sql::UnaryOperator::BitwiseNot, expr: operand } => {
            Some(ast_builder::binary(ast_builder::integer(-1), Op::Minus, operand.as_ref().clone()))
        }
        sql::Expr::InList { list, negated, .. } if list.is_empty() => {
            Some(sql::Expr::value(sql::Value::Boolean(*negated)))
        }
        sql::Expr::BinaryOp { left, op: Op::Custom(name), right } if name == linal_lang::sql::GLOB => {
            Some(call(GLOB, vec![left.as_ref().clone(), right.as_ref().clone()]))
        }
        sql::Expr::BinaryOp { left, op, right } => {
            let (negated, any_case) = match op {
                Op::PGLikeMatch => (false, false),
                Op::PGILikeMatch => (false, true),
                Op::PGNotLikeMatch => (true, false),
                Op::PGNotILikeMatch => (true, true),
                _ => return None,
            };
            let (expr, pattern) = (left.clone(), right.clone());
            let (any, escape_char) = (false, None);
            Some(if any_case {
                sql::Expr::ILike { negated, any, expr, pattern, escape_char }
            } else {
                sql::Expr::Like { negated, any, expr, pattern, escape_char }
            })
        }
        _ => None,
    }
}
