//! `VALUES ((SELECT 1), 2)`: DataFusion computes the rows of VALUES without inputs, and a subquery needs one. Rows with subqueries
//! become SELECTs of one row each, under the names that VALUES gives its columns.

use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{Visit, Visitor};

use super::super::tree;

/// Rewrites the VALUES of a query's own terms.
pub(super) fn as_selects(body: &mut sql::SetExpr) {
    match body {
        sql::SetExpr::SetOperation { left, right, .. } => {
            as_selects(left);
            as_selects(right);
        }
        sql::SetExpr::Values(values) if Visit::visit(values, &mut Subqueries).is_break() => {
            let width = values.rows.first().map_or(0, |row| row.content.len());
            // Rows of several lengths are refused as VALUES.
            if values.rows.iter().all(|row| row.content.len() == width)
                && let Some(union) = union(std::mem::take(&mut values.rows).into_iter().map(select))
            {
                *body = union;
            }
        }
        _ => {}
    }
}

struct Subqueries;

impl Visitor for Subqueries {
    type Break = ();

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// The SELECT of a row.
fn select(row: sql::Parens<Vec<sql::Expr>>) -> sql::SetExpr {
    let items = row.content.into_iter().enumerate();
    let items = items.map(|(at, value)| tree::named(value, &format!("column{}", at + 1)));
    let mut select = tree::select(items.collect(), tree::table_named(""));
    select.from.clear();
    sql::SetExpr::Select(Box::new(select))
}

fn union(rows: impl Iterator<Item = sql::SetExpr>) -> Option<sql::SetExpr> {
    rows.reduce(|left, right| sql::SetExpr::SetOperation {
        op: sql::SetOperator::Union,
        set_quantifier: sql::SetQuantifier::All,
        left: Box::new(left),
        right: Box::new(right),
    })
}
