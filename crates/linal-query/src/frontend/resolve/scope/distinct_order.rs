//! ORDER BY of a SELECT DISTINCT: `SELECT DISTINCT k + 1 AS c FROM t ORDER BY k + 1` is ordered by `c`.
//!
//! DataFusion orders the distinct rows by columns of the tables, which they no longer have.

use sqlparser::ast as sql;

use super::columns::{Column, Visible};
use crate::frontend::ast_builder;
use crate::frontend::own_expressions::each_own_expression;

/// The items of a SELECT DISTINCT, which its sort keys may repeat.
pub(super) struct DistinctItems {
    /// Each item, and the sort key that refers to it.
    items: Vec<(sql::Expr, sql::Expr)>,
}

impl DistinctItems {
    /// `None` for a SELECT without DISTINCT, and for DISTINCT ON, which is ordered before it selects.
    pub fn of(select: &sql::Select, visible: &Visible) -> Option<DistinctItems> {
        if !matches!(select.distinct, Some(sql::Distinct::Distinct)) {
            return None;
        }
        let mut items = Vec::new();
        for (at, item) in select.projection.iter().enumerate() {
            match item {
                sql::SelectItem::ExprWithAlias { expr, alias } => {
                    items.push((qualified(expr, visible), sql::Expr::Identifier(alias.clone())));
                }
                sql::SelectItem::UnnamedExpr(expr) if is_computed(expr) => {
                    items.push((qualified(expr, visible), ast_builder::integer(i64::try_from(at + 1).ok()?)));
                }
                sql::SelectItem::UnnamedExpr(_) => {}
                // The number of its columns is not known here, so that items behind it have no number.
                _ => break,
            }
        }
        Some(DistinctItems { items })
    }

    /// The reference to the item that a sort key repeats.
    pub fn repeated_by(&self, key: &sql::Expr, visible: &Visible) -> Option<sql::Expr> {
        let key = qualified(key, visible);
        self.items.iter().find(|(item, _)| *item == key).map(|(_, reference)| reference.clone())
    }
}

/// Whether an item is more than a column, which DataFusion finds by itself.
fn is_computed(expr: &sql::Expr) -> bool {
    !matches!(expr, sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_))
}

/// An expression whose columns have their qualifier, in lower case and without parentheses around it, so that `k` and `T.k` are equal.
fn qualified(expr: &sql::Expr, visible: &Visible) -> sql::Expr {
    let mut expr = expr.clone();
    while let sql::Expr::Nested(inner) = expr {
        expr = *inner;
    }
    each_own_expression(&mut expr, |expr| qualify(expr, visible));
    expr
}

fn qualify(expr: &mut sql::Expr, visible: &Visible) {
    match expr {
        sql::Expr::Identifier(name) => {
            name.value = name.value.to_lowercase();
            name.quote_style = None;
            let named: Vec<&Column> = visible.named(&name.value).collect();
            if let [column] = named.as_slice() {
                *expr = column.value.clone();
            }
        }
        sql::Expr::CompoundIdentifier(parts) => {
            for part in parts {
                part.value = part.value.to_lowercase();
                part.quote_style = None;
            }
        }
        _ => {}
    }
}
