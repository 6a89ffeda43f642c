//! Each SELECT of a query.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

/// Calls `rewrite` for each SELECT of a query and of those nested in it, the outer ones first, with the ORDER BY of a query that is
/// one SELECT.
pub(crate) fn each_select(
    query: &mut sql::Query,
    rewrite: impl FnMut(&mut sql::Select, Option<&mut sql::OrderBy>),
) {
    let _ = query.walk_mut(&mut Selects { rewrite });
}

struct Selects<F> {
    rewrite: F,
}

impl<F: FnMut(&mut sql::Select, Option<&mut sql::OrderBy>)> Selects<F> {
    fn body(&mut self, body: &mut sql::SetExpr, order_by: Option<&mut sql::OrderBy>) {
        match body {
            sql::SetExpr::Select(select) => (self.rewrite)(select, order_by),
            sql::SetExpr::SetOperation { left, right, .. } => {
                self.body(left, None);
                self.body(right, None);
            }
            _ => {}
        }
    }
}

impl<F: FnMut(&mut sql::Select, Option<&mut sql::OrderBy>)> VisitorMut for Selects<F> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        let sql::Query { body, order_by, .. } = query;
        self.body(body, order_by.as_mut());
        ControlFlow::Continue(())
    }
}
