//! Keys of ORDER BY and DISTINCT ON that refer to an item of the SELECT by its alias or its position, where the key
//! moves to a clause in which DataFusion knows neither.

use sqlparser::ast as sql;

use crate::frontend::resolve::{call, has_columns_call};

/// The call that stands for the item at a position until `*` is expanded. The resolver of names replaces it.
pub(crate) const ITEM_AT: &str = "__item_at";

/// The item that a key refers to: its expression, or [`ITEM_AT`] where it is not known which one has the position.
pub(super) fn item_of(key: &sql::Expr, items: &[sql::SelectItem]) -> Option<sql::Expr> {
    match key {
        sql::Expr::Identifier(name) => items.iter().find_map(|item| match item {
            sql::SelectItem::ExprWithAlias { expr, alias }
                if alias.value.eq_ignore_ascii_case(&name.value) =>
            {
                Some(expr.clone())
            }
            _ => None,
        }),
        sql::Expr::Value(_) => item_at(key, items),
        _ => None,
    }
}

/// The item that a key refers to by its position.
pub(super) fn item_at(key: &sql::Expr, items: &[sql::SelectItem]) -> Option<sql::Expr> {
    let position = position_of(key)?;
    let up_to_it = position.checked_sub(1).and_then(|at| items.get(..=at));
    let known = up_to_it.filter(|items| items.iter().all(is_one_column)).and_then(<[_]>::last);
    match known {
        Some(sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. }) => {
            Some(expr.clone())
        }
        _ => Some(call(ITEM_AT, vec![key.clone()])),
    }
}

/// The position that a key is.
pub(crate) fn position_of(key: &sql::Expr) -> Option<usize> {
    let sql::Expr::Value(value) = key else { return None };
    let sql::Value::Number(number, _) = &value.value else { return None };
    number.parse().ok()
}

/// Whether an item is one column of the result, and not a `*` or a COLUMNS.
fn is_one_column(item: &sql::SelectItem) -> bool {
    match item {
        sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. } => {
            !has_columns_call(expr)
        }
        _ => false,
    }
}
