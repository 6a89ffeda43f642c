//! The expressions of a clause that do not lie in a query nested in it.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

/// Calls `rewrite` for each expression of a clause, operands before their operator, but for those in nested queries. A
/// subquery is itself an expression of the clause.
pub(crate) fn each_own_expression(clause: &mut impl VisitMut, rewrite: impl FnMut(&mut sql::Expr)) {
    let _ = clause.walk_mut(&mut OwnExpressions { rewrite, queries: 0 });
}

struct OwnExpressions<F> {
    rewrite: F,
    /// The number of nested queries that are open.
    queries: usize,
}

impl<F: FnMut(&mut sql::Expr)> VisitorMut for OwnExpressions<F> {
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
        if self.queries == 0 {
            (self.rewrite)(expr);
        }
        ControlFlow::Continue(())
    }
}
