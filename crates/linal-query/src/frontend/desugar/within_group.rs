//! Aggregates with WITHIN GROUP, whose order is their first argument.

use sqlparser::ast as sql;

use super::function_forms::{number, plain_args, rename, set_args};
use crate::frontend::ast_builder::binary;

/// `f(q) WITHIN GROUP (ORDER BY x)` of the aggregates that take the values as their first argument.
pub(crate) fn as_arguments(function: &mut sql::Function) {
    let name = function.name.to_string().to_lowercase();
    let (target, takes) = match name.as_str() {
        "percentile_disc" => ("quantile_disc", 1),
        "percentile_cont" => ("quantile_cont", 1),
        "mode" => ("mode", 0),
        _ => return,
    };
    let (Some(args), [key]) = (plain_args(function), function.within_group.as_slice()) else { return };
    if args.len() != takes {
        return;
    }
    let is_descending = key.options.asc == Some(false);
    let is_discrete = target == "quantile_disc";
    let args = args.into_iter().map(|fraction| {
        if !is_descending {
            fraction
        } else if is_discrete {
            negative(fraction)
        } else {
            from_end(fraction)
        }
    });
    let args = std::iter::once(key.expr.clone()).chain(args).collect();
    function.within_group.clear();
    rename(function, target);
    set_args(function, args);
}

/// The fraction from the other end.
fn from_end(fraction: sql::Expr) -> sql::Expr {
    binary(number("1"), sql::BinaryOperator::Minus, fraction)
}

/// A fraction that counts values from the greatest; also 0, as -0.0.
fn negative(fraction: sql::Expr) -> sql::Expr {
    binary(number("-1.0"), sql::BinaryOperator::Multiply, fraction)
}
