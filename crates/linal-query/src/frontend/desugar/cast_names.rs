//! Names of casts within aggregates and windows.
//!
//! DataFusion identifies such a call by a text in which a cast is its operand: `SELECT SUM(x::DOUBLE), SUM(x) FROM t`
//! has the column `sum(x)` twice in DataFusion 55. From the second one on, the arguments of calls that differ only in
//! their casts get names of their own.

use linal_lang::sql::has_expression;
use sqlparser::ast as sql;

use super::list_scopes::has_name;
use crate::frontend::each_select::each_select;
use crate::frontend::own_expressions::each_own_expression;
use crate::frontend::resolve::call;
use crate::udf::NAMED_SUBQUERY;

/// Names the casts of each SELECT with calls that differ in nothing else.
pub(crate) fn name(query: &mut sql::Query) {
    let mut selects = Selects { given: 0 };
    each_select(query, |select, order_by| selects.select(select, order_by));
}

struct Selects {
    /// The number of names so far.
    given: usize,
}

impl Selects {
    fn select(&mut self, select: &mut sql::Select, mut order_by: Option<&mut sql::OrderBy>) {
        if !has_expression(&select.projection, |part| matches!(part, sql::Expr::Cast { .. })) {
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
