//! Keys of GROUP BY that are the same column: `c` beside `t.c`.
//!
//! DataFusion compares the syntax of keys, and rejects two with the same name.

use std::ops::ControlFlow;

use linal_lang::sql::Walk;
use sqlparser::ast as sql;
use sqlparser::ast::Visitor;

use super::columns::Visible;
use crate::frontend::own_expressions::each_own_expression;

/// Whether keys contain qualified and unqualified columns.
pub(super) fn are_mixed(group_by: &sql::GroupByExpr) -> bool {
    let mut names = Names::default();
    let _ = Walk::walk(group_by, &mut names);
    names.bare.iter().any(|name| names.qualified.contains(name))
}

/// Qualifies columns that are group keys, everywhere in the SELECT.
pub(super) fn qualify(group_by: &mut sql::GroupByExpr, visible: &Visible) {
    if are_mixed(group_by) {
        each_own_expression(group_by, |expr| qualify_column(expr, visible));
    }
}

/// The lower-case columns in the keys.
#[derive(Default)]
struct Names {
    bare: Vec<String>,
    qualified: Vec<String>,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        match expr {
            sql::Expr::Identifier(name) => self.bare.push(name.value.to_lowercase()),
            sql::Expr::CompoundIdentifier(parts) => {
                self.qualified.extend(parts.last().map(|name| name.value.to_lowercase()));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn qualify_column(expr: &mut sql::Expr, visible: &Visible) {
    let known = match expr {
        sql::Expr::Identifier(name) => visible.named(&name.value.to_lowercase()).collect::<Vec<_>>(),
        sql::Expr::CompoundIdentifier(parts) => match parts.split_last() {
            Some((name, table)) => {
                let name = name.value.to_lowercase();
                visible.columns.iter().filter(|column| column.name == name && column.is_of(table)).collect()
            }
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    if let [column] = known.as_slice() {
        *expr = super::names::placed_at(&column.value, expr);
    }
}
