//! Which common table expressions are computed once.

use std::ops::ControlFlow;

use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::{Visitor, VisitorMut};

use crate::frontend::ast_builder;
use crate::logical::recursion;

/// The alias of a query whose rows are computed once, for any number of copies of its plan.
const MARK: &str = "__common_table";

/// Whether an alias marks a query that is computed once.
pub(crate) fn is_marked(alias: &str) -> bool {
    alias == MARK
}

/// Marks the common table expressions that call a volatile function: the query becomes
/// `SELECT * FROM (query) AS mark`. Recursive ones are found in the plan instead.
pub(crate) fn mark(query: &mut sql::Query, is_volatile: &dyn Fn(&str) -> bool) {
    let _ = query.walk_mut(&mut Mark { is_volatile });
}

struct Mark<'a> {
    is_volatile: &'a dyn Fn(&str) -> bool,
}

impl VisitorMut for Mark<'_> {
    type Break = ();

    fn post_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        let Some(with) = query.with.as_mut() else { return ControlFlow::Continue(()) };
        let is_recursive = with.recursive;
        for cte in &mut with.cte_tables {
            let is_recursion = is_recursive && recursion::reads_itself(cte);
            let mut calls = Calls { is_volatile: self.is_volatile };
            if !is_recursion && Walk::walk(cte.query.as_ref(), &mut calls).is_break() {
                let empty = ast_builder::query(ast_builder::select(Vec::new(), ast_builder::table_named("")));
                let inner = std::mem::replace(cte.query.as_mut(), empty);
                *cte.query = ast_builder::query(ast_builder::select(
                    vec![ast_builder::everything()],
                    ast_builder::derived(inner, MARK),
                ));
            }
        }
        ControlFlow::Continue(())
    }
}

struct Calls<'a> {
    is_volatile: &'a dyn Fn(&str) -> bool,
}

impl Visitor for Calls<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        match expr {
            sql::Expr::Function(call) if (self.is_volatile)(&call.name.to_string().to_lowercase()) => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
