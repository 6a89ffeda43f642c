//! ORDER BY ALL: by the columns of the result, from left to right.

use sqlparser::ast as sql;

use super::columns::Outputs;
use crate::frontend::ast_builder;

/// Writes the positions of the columns, if all of them are known. DataFusion supports items that are columns only.
pub(super) fn by_positions(order_by: Option<&mut sql::OrderBy>, outputs: &Outputs) {
    let Some(order_by) = order_by else { return };
    let sql::OrderByKind::All(options) = &order_by.kind else { return };
    if !outputs.is_complete() {
        return;
    }
    let count = i64::try_from(outputs.columns.len()).unwrap_or(0);
    let key =
        |at: i64| sql::OrderByExpr { expr: ast_builder::integer(at), options: *options, with_fill: None };
    order_by.kind = sql::OrderByKind::Expressions((1..=count).map(key).collect());
}
