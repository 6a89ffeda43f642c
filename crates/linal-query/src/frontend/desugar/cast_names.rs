//! Names of casts within aggregates and windows.
//!
//! DataFusion identifies such a call by a text in which a cast is its operand: `SELECT SUM(x::DOUBLE), SUM(x) FROM t`
//! has the column `sum(x)` twice in DataFusion 55. From the second one on, the arguments of calls that differ only in
//! their casts get names of their own.

use std::ops::ControlFlow;

use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::{Visitor, VisitorMut};

use super::list_scopes::has_name;
use crate::frontend::own_expressions::each_own_expression;
use crate::frontend::resolve::call;
use crate::udf::NAMED_SUBQUERY;

/// Names the casts of each SELECT with calls that differ in nothing else.
pub(crate) fn name(query: &mut sql::Query) {
    let mut selects = Selects { given: 0 };
    let _ = WalkMut::walk_mut(query, &mut selects);
}

struct Selects {
    /// The number of names so far.
    given: usize,
}

impl VisitorMut for Selects {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<()> {
        let sql::Query { body, order_by, .. } = query;
        self.body(body, order_by.as_mut());
        ControlFlow::Continue(())
    }
}

impl Selects {
    fn body(&mut self, body: &mut sql::SetExpr, order_by: Option<&mut sql::OrderBy>) {
        match body {
            sql::SetExpr::Select(select) => self.select(select, order_by),
            sql::SetExpr::SetOperation { left, right, .. } => {
                self.body(left, None);
                self.body(right, None);
            }
            _ => {}
        }
    }

    fn select(&mut self, select: &mut sql::Select, mut order_by: Option<&mut sql::OrderBy>) {
        if !has_cast(&select.projection) {
            return;
        }
        let mut calls = Calls::default();
        each_clause(select, order_by.as_deref_mut(), &mut |expr| calls.note(expr));
        let named = calls.named(&mut self.given);
        if named.is_empty() {
            return;
        }
        each_clause(select, order_by, &mut |expr| {
            let text = expr.to_string();
            if let Some((_, name)) = named.iter().find(|(call, _)| *call == text) {
                name_arguments(expr, name);
            }
        });
    }
}

/// Calls a function for each expression of the clauses that may have aggregates and windows.
fn each_clause(
    select: &mut sql::Select,
    order_by: Option<&mut sql::OrderBy>,
    rewrite: &mut dyn FnMut(&mut sql::Expr),
) {
    each_own_expression(&mut select.projection, &mut *rewrite);
    each_own_expression(&mut select.having, &mut *rewrite);
    each_own_expression(&mut select.qualify, &mut *rewrite);
    if let Some(order_by) = order_by {
        each_own_expression(order_by, rewrite);
    }
}

fn has_cast(items: &impl sql::Visit) -> bool {
    struct Casts;
    impl Visitor for Casts {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            if matches!(expr, sql::Expr::Cast { .. }) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    Walk::walk(items, &mut Casts).is_break()
}

/// The calls of a SELECT.
#[derive(Default)]
struct Calls {
    /// The text without casts of each, and its text.
    found: Vec<(String, String)>,
}

impl Calls {
    fn note(&mut self, expr: &mut sql::Expr) {
        if !matches!(expr, sql::Expr::Function(_)) {
            return;
        }
        let text = expr.to_string();
        if self.found.iter().any(|(_, known)| *known == text) {
            return;
        }
        let mut plain = expr.clone();
        each_own_expression(&mut plain, |part| {
            if let sql::Expr::Cast { expr, .. } = part {
                *part = std::mem::replace(expr, sql::Expr::value(sql::Value::Null));
            }
        });
        self.found.push((plain.to_string(), text));
    }

    /// The texts of the calls whose text without casts is that of one before them, and their names.
    fn named(&self, given: &mut usize) -> Vec<(String, String)> {
        let is_repeated = |at: usize, plain: &str| self.found[..at].iter().any(|(before, _)| before == plain);
        let calls = self.found.iter().enumerate();
        calls
            .filter(|(at, (plain, _))| is_repeated(*at, plain))
            .map(|(_, (_, text))| {
                *given += 1;
                (text.clone(), format!("{NAMED_SUBQUERY}cast_{given}"))
            })
            .collect()
    }
}

/// Gives the arguments of a call names of their own. One without a column is a constant, which functions look at.
fn name_arguments(expr: &mut sql::Expr, name: &str) {
    let sql::Expr::Function(function) = expr else { return };
    let sql::FunctionArguments::List(list) = &mut function.args else { return };
    for (at, arg) in list.args.iter_mut().enumerate() {
        if let sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) = arg
            && has_name(value)
        {
            // The planner calls our extension for a struct.
            let named = call(&format!("{name}_{at}"), vec![value.clone()]);
            *value = sql::Expr::Struct { values: vec![named], fields: Vec::new() };
        }
    }
}
