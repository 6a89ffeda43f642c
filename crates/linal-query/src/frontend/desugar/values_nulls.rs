//! `VALUES ([1, 2]), (NULL)`: DataFusion requires the cells of a column to have equal metadata, but a NULL
//! beside a vector has none.

use sqlparser::ast as sql;

use crate::frontend::resolve::call;
use crate::udf::{AS_LIST, NULL_LIKE};

/// Casts NULLs beside list literals to their type. If one of the lists is not a vector, all of them are
/// lists.
pub(crate) fn with_types(body: &mut sql::SetExpr) {
    match body {
        sql::SetExpr::Values(values) => in_rows(values),
        sql::SetExpr::SetOperation { left, right, .. } => {
            with_types(left);
            with_types(right);
        }
        _ => {}
    }
}

fn in_rows(values: &mut sql::Values) {
    let width = values.rows.first().map_or(0, |row| row.iter().count());
    for at in 0..width {
        let cells = || values.rows.iter().filter_map(|row| row.get(at));
        let Some(first) = cells().find(|cell| is_list(cell)).cloned() else { continue };
        let has_list = cells().any(|cell| is_list(cell) && !is_vector(cell));
        let has_null = cells().any(is_null);
        let columns = values.rows.iter_mut().filter_map(|row| row.get_mut(at));
        for cell in columns {
            if has_list && is_list(cell) && is_vector(cell) {
                *cell = call(AS_LIST, vec![cell.clone()]);
            } else if !has_list && has_null && is_null(cell) {
                *cell = call(NULL_LIKE, vec![first.clone()]);
            }
        }
    }
}

fn is_list(cell: &sql::Expr) -> bool {
    match cell {
        sql::Expr::Array(_) => true,
        sql::Expr::Nested(inner) => is_list(inner),
        _ => false,
    }
}

/// Whether a list consists only of numbers and nested lists of numbers.
fn is_vector(cell: &sql::Expr) -> bool {
    match cell {
        sql::Expr::Array(list) => list.elem.iter().all(is_vector),
        sql::Expr::Nested(inner) => is_vector(inner),
        sql::Expr::Value(value) => {
            matches!(value.value, sql::Value::Number(..) | sql::Value::Boolean(_))
        }
        _ => true,
    }
}

fn is_null(cell: &sql::Expr) -> bool {
    match cell {
        sql::Expr::Value(value) => matches!(value.value, sql::Value::Null),
        sql::Expr::Nested(inner) => is_null(inner),
        _ => false,
    }
}
