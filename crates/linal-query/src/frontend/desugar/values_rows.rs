//! VALUES of several rows with computed tensors, as a union of rows.
//!
//! DataFusion requires the cells of a column to have equal metadata, which describes a tensor: that of a
//! variable, a product of it and a literal differ.

use sqlparser::ast as sql;

use crate::frontend::ast_builder;

/// Rewrites such a VALUES to a union.
pub(crate) fn as_union(body: &mut sql::SetExpr) {
    let sql::SetExpr::Values(values) = body else { return };
    if values.rows.len() < 2 || values.rows.iter().flat_map(|row| &row.content).all(is_literal) {
        return;
    }
    let width = values.rows[0].content.len();
    // DataFusion rejects rows of different lengths.
    if values.rows.iter().any(|row| row.content.len() != width) {
        return;
    }
    let rows = std::mem::take(&mut values.rows).into_iter().map(|row| of_row(row.content)).collect();
    if let Some(union) = union(rows) {
        *body = union;
    }
}

fn is_literal(cell: &sql::Expr) -> bool {
    match cell {
        sql::Expr::Value(_) | sql::Expr::TypedString(_) | sql::Expr::Interval(_) => true,
        sql::Expr::Nested(inner) | sql::Expr::UnaryOp { expr: inner, .. } => is_literal(inner),
        sql::Expr::Array(list) => list.elem.iter().all(is_literal),
        _ => false,
    }
}

/// `SELECT cell AS column1, ...`.
fn of_row(cells: Vec<sql::Expr>) -> sql::SetExpr {
    let items = cells.into_iter().enumerate();
    let items = items.map(|(at, cell)| ast_builder::named(cell, &format!("column{}", at + 1))).collect();
    let mut select = ast_builder::select(items, ast_builder::table_named(""));
    select.from.clear();
    sql::SetExpr::Select(Box::new(select))
}

/// The union of all rows in order, as a balanced tree so that many rows do not make it deep.
fn union(mut rows: Vec<sql::SetExpr>) -> Option<sql::SetExpr> {
    while rows.len() > 1 {
        let mut halves = Vec::with_capacity(rows.len().div_ceil(2));
        let mut pairs = rows.into_iter();
        while let Some(left) = pairs.next() {
            halves.push(match pairs.next() {
                Some(right) => sql::SetExpr::SetOperation {
                    op: sql::SetOperator::Union,
                    set_quantifier: sql::SetQuantifier::All,
                    left: Box::new(left),
                    right: Box::new(right),
                },
                None => left,
            });
        }
        rows = halves;
    }
    rows.pop()
}
