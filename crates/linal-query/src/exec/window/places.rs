//! Where window functions are allowed, as far as the syntax of a query determines it.
//!
//! DataFusion reports most of these errors only when it plans operators, with its internal expressions.

use std::ops::ControlFlow;

use datafusion::sql::planner::ContextProvider;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;
use sqlparser::ast::{Visit, Visitor};

use crate::planner::context_provider::Provider;

/// Rejects window functions in clauses that run before windows, nested window functions, window functions
/// without OVER, and frames that count rows by anything but an integer.
pub(crate) fn check(query: &sql::Query, provider: &Provider<'_>) -> Result<()> {
    match query.walk(&mut Places { provider }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Places<'a, 'b> {
    provider: &'a Provider<'b>,
}

impl Visitor for Places<'_, '_> {
    type Break = Error;

    fn pre_visit_select(&mut self, select: &sql::Select) -> ControlFlow<Error> {
        none_in(&select.selection, "WHERE")?;
        none_in(&select.group_by, "GROUP BY")?;
        none_in(&select.having, "HAVING")?;
        for join in select.from.iter().flat_map(|from| &from.joins) {
            none_in(&join.join_operator, "ON")?;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Error> {
        let sql::Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        match &function.over {
            Some(window) => {
                none_within(function, window)?;
                numbered(function)?;
                counted(window)
            }
            None => {
                self.needs_window(function)?;
                self.no_aggregate_of_windows(function)
            }
        }
    }
}

impl Places<'_, '_> {
    fn needs_window(&self, function: &sql::Function) -> ControlFlow<Error> {
        let name = function.name.to_string().to_lowercase();
        let is_window = self.provider.get_window_meta(&name).is_some()
            && self.provider.get_function_meta(&name).is_none()
            && self.provider.get_aggregate_meta(&name).is_none();
        if !is_window {
            return ControlFlow::Continue(());
        }
        let message = format!("{} is a window function, and has no OVER", name.to_uppercase());
        let error = bad(message).with_help("OVER (ORDER BY ...) says which rows it looks at");
        ControlFlow::Break(at(function, error))
    }
}

impl Places<'_, '_> {
    fn no_aggregate_of_windows(&self, function: &sql::Function) -> ControlFlow<Error> {
        let name = function.name.to_string().to_lowercase();
        if self.provider.get_aggregate_meta(&name).is_none() {
            return ControlFlow::Continue(());
        }
        let ControlFlow::Break(found) = function.args.walk(&mut Windows { depth: 0 }) else {
            return ControlFlow::Continue(());
        };
        let message = format!("{} is computed before windows, and is of none", name.to_uppercase());
        ControlFlow::Break(at(&found, bad(message).with_help("a subquery computes the window first")))
    }
}

fn none_in<T: Visit>(clause: &T, name: &str) -> ControlFlow<Error> {
    let ControlFlow::Break(found) = clause.walk(&mut Windows { depth: 0 }) else {
        return ControlFlow::Continue(());
    };
    let error = bad(format!("{name} is computed before windows, and holds none"));
    ControlFlow::Break(at(&found, error.with_help("QUALIFY is a condition on windows")))
}

fn none_within(function: &sql::Function, window: &sql::WindowType) -> ControlFlow<Error> {
    let mut windows = Windows { depth: 0 };
    let inner = function.args.walk(&mut windows);
    let inner = if inner.is_break() { inner } else { window.walk(&mut windows) };
    let ControlFlow::Break(found) = inner else { return ControlFlow::Continue(()) };
    let error = bad("a window function stands within another");
    ControlFlow::Break(at(&found, error.with_help("a subquery computes the inner one first")))
}

/// NTH_VALUE takes a number.
fn numbered(function: &sql::Function) -> ControlFlow<Error> {
    let sql::FunctionArguments::List(list) = &function.args else { return ControlFlow::Continue(()) };
    if list.args.len() == 2 || !function.name.to_string().eq_ignore_ascii_case("nth_value") {
        return ControlFlow::Continue(());
    }
    let message = format!(
        "NTH_VALUE takes a value and a number, not {}",
        linal_dataset::count(list.args.len(), "argument")
    );
    ControlFlow::Break(at(function, Error::new(Code::WrongArguments, message)))
}

/// ROWS and GROUPS take integer offsets.
fn counted(window: &sql::WindowType) -> ControlFlow<Error> {
    let sql::WindowType::WindowSpec(spec) = window else { return ControlFlow::Continue(()) };
    let Some(frame) = &spec.window_frame else { return ControlFlow::Continue(()) };
    if frame.units == sql::WindowFrameUnits::Range {
        return ControlFlow::Continue(());
    }
    for bound in [Some(&frame.start_bound), frame.end_bound.as_ref()].into_iter().flatten() {
        let (sql::WindowFrameBound::Preceding(Some(by)) | sql::WindowFrameBound::Following(Some(by))) = bound
        else {
            continue;
        };
        let is_integer = match by.as_ref() {
            sql::Expr::Value(value) => {
                matches!(&value.value, sql::Value::Number(digits, _) if digits.parse::<u64>().is_ok())
            }
            _ => false,
        };
        if !is_integer {
            return ControlFlow::Break(bad(format!(
                "a frame of {} counts with an integer that is not negative, not with `{by}`",
                frame.units
            )));
        }
    }
    ControlFlow::Continue(())
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Code::BadQuery, message)
}

fn at(function: &sql::Function, error: Error) -> Error {
    let name = function.name.0.first().and_then(|part| part.as_ident());
    match name.and_then(|name| linal_lang::sql::span(name.span)) {
        Some(place) => error.at(place),
        None => error,
    }
}

/// Finds a window function outside of subqueries, which have their own windows.
struct Windows {
    depth: usize,
}

impl Visitor for Windows {
    type Break = Box<sql::Function>;

    fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<Box<sql::Function>> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &sql::Query) -> ControlFlow<Box<sql::Function>> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Box<sql::Function>> {
        match expr {
            sql::Expr::Function(function) if function.over.is_some() && self.depth == 0 => {
                ControlFlow::Break(Box::new(function.clone()))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
