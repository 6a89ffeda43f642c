//! Keys of GROUP BY that are the same column: `c` beside `t.c`.
//!
//! DataFusion compares the syntax of keys, and rejects two with the same name.

use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{Visit, VisitMut, Visitor, VisitorMut};

use super::columns::Visible;

/// Whether keys contain qualified and unqualified columns.
pub(super) fn are_mixed(group_by: &sql::GroupByExpr) -> bool {
    let mut names = Names::default();
    let _ = Visit::visit(group_by, &mut names);
    names.bare.iter().any(|name| names.qualified.contains(name))
}

/// Qualifies columns that are group keys, everywhere in the SELECT.
pub(super) fn qualify(group_by: &mut sql::GroupByExpr, visible: &Visible) {
    if are_mixed(group_by) {
        let _ = VisitMut::visit(group_by, &mut Qualify { visible, queries: 0 });
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

struct Qualify<'a> {
    visible: &'a Visible,
    /// The number of nested queries that are open.
    queries: usize,
}

impl VisitorMut for Qualify<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if self.queries > 0 {
            return ControlFlow::Continue(());
        }
        let known = match expr {
            sql::Expr::Identifier(name) => self.visible.named(&name.value.to_lowercase()).collect::<Vec<_>>(),
            sql::Expr::CompoundIdentifier(parts) => match parts.split_last() {
                Some((name, table)) => {
                    let name = name.value.to_lowercase();
                    let columns = self.visible.columns.iter();
                    columns.filter(|column| column.name == name && column.is_of(table)).collect()
                }
                None => Vec::new(),
            },
            _ => Vec::new(),
        };
        if let [column] = known.as_slice() {
            *expr = super::names::placed_at(&column.value, expr);
        }
        ControlFlow::Continue(())
    }
}
