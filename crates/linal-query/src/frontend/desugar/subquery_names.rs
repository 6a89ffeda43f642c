//! Names of subqueries within aggregates, windows and keys of groups.
//!
//! DataFusion identifies such an expression by its text, in which all subqueries look alike: `EXISTS (<subquery>)`, `IN`, or the name
//! of the column of a scalar one. `SELECT SUM(CASE WHEN EXISTS (q) THEN 1 END) + SUM(CASE WHEN EXISTS (r) THEN 1 END) FROM t` has the
//! same column twice in DataFusion 55. From the second one on, the subqueries of a SELECT get names that differ.

use std::ops::ControlFlow;

use linal_lang::sql::Walk;
use sqlparser::ast as sql;
use sqlparser::ast::Visitor;

use crate::frontend::each_select::each_select;
use crate::frontend::own_expressions::each_own_expression;
use crate::frontend::resolve::call;
use crate::udf::{NAMED_SUBQUERY, WITH_OUTER};

/// Names the subqueries of each SELECT that groups its rows or calls functions.
pub(crate) fn name(query: &mut sql::Query) {
    let mut selects = Selects { given: 0 };
    each_select(query, |select, order_by| selects.select(select, order_by));
}

struct Selects {
    /// The number of names so far.
    given: usize,
}

impl Selects {
    fn select(&mut self, select: &mut sql::Select, order_by: Option<&mut sql::OrderBy>) {
        if count_subqueries(select) < 2 {
            return;
        }
        let mut namer = Namer { selects: self, known: Vec::new() };
        each_own_expression(&mut select.projection, |expr| namer.wrap(expr));
        each_own_expression(&mut select.group_by, |expr| namer.wrap(expr));
        each_own_expression(&mut select.having, |expr| namer.wrap(expr));
        each_own_expression(&mut select.qualify, |expr| namer.wrap(expr));
        if let Some(order_by) = order_by {
            each_own_expression(order_by, |expr| namer.wrap(expr));
        }
    }
}

/// The number of subqueries in the items and clauses of a SELECT that has groups or calls; 0 for any other SELECT.
fn count_subqueries(select: &sql::Select) -> usize {
    let mut count = Count { subqueries: 0, has_call: false, queries: 0 };
    let _ = Walk::walk(&select.projection, &mut count);
    let _ = Walk::walk(&select.group_by, &mut count);
    let _ = Walk::walk(&select.having, &mut count);
    let _ = Walk::walk(&select.qualify, &mut count);
    let has_keys = !matches!(&select.group_by, sql::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    if count.has_call || has_keys { count.subqueries } else { 0 }
}

struct Count {
    subqueries: usize,
    has_call: bool,
    queries: usize,
}

impl Visitor for Count {
    type Break = ();

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        self.subqueries += usize::from(self.queries == 0);
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        self.has_call |= self.queries == 0 && matches!(expr, sql::Expr::Function(_));
        ControlFlow::Continue(())
    }
}

/// Names the subqueries of one SELECT.
struct Namer<'a> {
    selects: &'a mut Selects,
    /// The texts of the subqueries so far, and their names; the first has none.
    known: Vec<(String, Option<String>)>,
}

impl Namer<'_> {
    /// The name of a subquery: subqueries of the same text have the same name.
    fn name_of(&mut self, expr: &sql::Expr) -> Option<String> {
        let text = expr.to_string();
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == text) {
            return name.clone();
        }
        let name = (!self.known.is_empty()).then(|| {
            self.selects.given += 1;
            format!("{NAMED_SUBQUERY}{}", self.selects.given)
        });
        self.known.push((text, name.clone()));
        name
    }

    /// Gives an expression that is a subquery its name.
    fn wrap(&mut self, expr: &mut sql::Expr) {
        match expr {
            // The planner expects the subquery itself there.
            sql::Expr::AnyOp { right, .. } | sql::Expr::AllOp { right, .. } => {
                if !unname(right) {
                    return;
                }
            }
            sql::Expr::Function(function) if is_named(function, WITH_OUTER) => {
                unname_arguments(function);
                return;
            }
            sql::Expr::Subquery(_) | sql::Expr::Exists { .. } | sql::Expr::InSubquery { .. } => {}
            _ => return,
        }
        if let Some(name) = self.name_of(expr) {
            // The planner calls our extension for a struct.
            let call = call(&name, vec![expr.clone()]);
            *expr = sql::Expr::Struct { values: vec![call], fields: Vec::new() };
        }
    }
}

/// Removes the name of a subquery; whether the expression is one.
fn unname(expr: &mut sql::Expr) -> bool {
    match expr {
        sql::Expr::Subquery(_) => true,
        sql::Expr::Nested(inner) => unname(inner),
        sql::Expr::Struct { values, .. } => {
            let [sql::Expr::Function(named)] = values.as_mut_slice() else { return false };
            let Some(subquery) = named_argument(named) else { return false };
            *expr = subquery;
            true
        }
        _ => false,
    }
}

fn unname_arguments(function: &mut sql::Function) {
    let sql::FunctionArguments::List(list) = &mut function.args else { return };
    for arg in &mut list.args {
        if let sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) = arg {
            unname(expr);
        }
    }
}

/// The subquery of a call that names it.
fn named_argument(function: &sql::Function) -> Option<sql::Expr> {
    if !is_named(function, NAMED_SUBQUERY) {
        return None;
    }
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(subquery))] => Some(subquery.clone()),
        _ => None,
    }
}

/// Whether the name of a function starts with a prefix.
fn is_named(function: &sql::Function, prefix: &str) -> bool {
    function
        .name
        .0
        .first()
        .and_then(|part| part.as_ident())
        .is_some_and(|name| name.value.starts_with(prefix))
}
