//! `LIMIT 10%`: that part of the rows of the query, rounded down. The rows are counted by a subquery.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::PERCENT;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;

/// The alias of the rows that are counted.
const ALIAS: &str = "__all_rows";

/// Writes out the percentages of a query's limits.
///
/// # Errors
///
/// `E0310` for a percentage outside of 0 to 100.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Limits) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Limits;

impl VisitorMut for Limits {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        let Some(sql::LimitClause::LimitOffset { limit: Some(limit), .. }) = &query.limit_clause else {
            return ControlFlow::Continue(());
        };
        let Some(percentage) = percentage(limit) else { return ControlFlow::Continue(()) };
        if let Err(error) = check(&percentage) {
            return ControlFlow::Break(error);
        }
        let count = count(query, percentage);
        if let Some(sql::LimitClause::LimitOffset { limit, .. }) = &mut query.limit_clause {
            *limit = Some(count);
        }
        ControlFlow::Continue(())
    }
}

/// The argument of the call that stands for a percentage.
fn percentage(limit: &sql::Expr) -> Option<sql::Expr> {
    let sql::Expr::Function(function) = limit else { return None };
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(argument))]
            if function.name.to_string() == PERCENT =>
        {
            Some(argument.clone())
        }
        _ => None,
    }
}

/// Checks a percentage that is a number; another is constrained when it is computed.
fn check(percentage: &sql::Expr) -> Result<()> {
    let (value, sign) = match percentage {
        sql::Expr::Value(value) => (value, 1.0),
        sql::Expr::UnaryOp { op: sql::UnaryOperator::Minus, expr } => match expr.as_ref() {
            sql::Expr::Value(value) => (value, -1.0),
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    let sql::Value::Number(number, _) = &value.value else { return Ok(()) };
    let is_percentage = number.parse::<f64>().is_ok_and(|number| (0.0..=100.0).contains(&(number * sign)));
    if is_percentage {
        return Ok(());
    }
    let error = Error::new(Code::WrongArguments, "a LIMIT in percent is a number from 0 to 100");
    Err(match linal_lang::sql::span(value.span) {
        Some(place) => error.at(place),
        None => error,
    })
}

/// `(SELECT CAST(FLOOR(COUNT(*) * p / 100.0) AS BIGINT) FROM (query))`.
fn count(query: &sql::Query, percentage: sql::Expr) -> sql::Expr {
    use sql::BinaryOperator as Op;
    let mut all = query.clone();
    all.limit_clause = None;
    all.order_by = None;
    // The subquery of the limit sees the common tables of the query.
    all.with = None;
    let hundred = sql::Expr::value(sql::Value::Number("100.0".to_string(), false));
    let rows = ast_builder::binary(count_rows(), Op::Multiply, percentage);
    let part = ast_builder::binary(rows, Op::Divide, hundred);
    let whole = sql::Expr::Cast {
        kind: sql::CastKind::Cast,
        expr: Box::new(call("floor", vec![part])),
        data_type: sql::DataType::BigInt(None),
        array: false,
        format: None,
    };
    let items = vec![ast_builder::named(whole, "__limit")];
    let select = ast_builder::select(items, ast_builder::derived(all, ALIAS));
    sql::Expr::Subquery(Box::new(ast_builder::query(select)))
}

/// `COUNT(*)`.
fn count_rows() -> sql::Expr {
    let mut count = call("count", Vec::new());
    if let sql::Expr::Function(function) = &mut count
        && let sql::FunctionArguments::List(list) = &mut function.args
    {
        list.args.push(sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Wildcard));
    }
    count
}
