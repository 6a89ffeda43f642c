//! The sample of a SELECT, which the parser puts into SORT BY.

use std::ops::ControlFlow;
use std::str::FromStr;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::SAMPLE;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::exec::sample::{Method, SampleSpec, Size};
use crate::frontend::ast_builder;

/// The prefix of the alias that marks a sampled relation; no query text can contain it.
const MARK: &str = "__sample'";

/// Replaces the FROM of each sampled SELECT by one relation with a marked alias.
///
/// # Errors
/// A size that is out of range.
pub(crate) fn mark(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Mark) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Mark;

impl VisitorMut for Mark {
    type Break = Error;

    fn post_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<Error> {
        let Some(spec) = select.sort_by.first().and_then(|key| of_call(&key.expr)) else {
            return ControlFlow::Continue(());
        };
        select.sort_by.clear();
        match spec {
            Ok(spec) => {
                if let Some(relation) = one_relation(std::mem::take(&mut select.from), spec) {
                    select.from.push(sql::TableWithJoins { relation, joins: Vec::new() });
                }
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The relations of a FROM as one, with an alias that marks it.
fn one_relation(from: Vec<sql::TableWithJoins>, spec: SampleSpec) -> Option<sql::TableFactor> {
    let mut tables = from.into_iter();
    let mut all = tables.next()?;
    for other in tables {
        let relation = if other.joins.is_empty() {
            other.relation
        } else {
            sql::TableFactor::NestedJoin { table_with_joins: Box::new(other), alias: None }
        };
        let join_operator = sql::JoinOperator::CrossJoin(sql::JoinConstraint::None);
        all.joins.push(sql::Join { relation, global: false, join_operator });
    }
    let alias = Some(ast_builder::table_alias(&format!("{MARK}{spec}")));
    Some(sql::TableFactor::NestedJoin { table_with_joins: Box::new(all), alias })
}

/// The sample that an alias marks.
pub(crate) fn marked(alias: &str) -> Option<SampleSpec> {
    SampleSpec::from_str(alias.strip_prefix(MARK)?).ok()
}

/// The sample of a call; `None` for another expression.
fn of_call(expr: &sql::Expr) -> Option<Result<SampleSpec>> {
    let sql::Expr::Function(function) = expr else { return None };
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    if !function.name.to_string().trim_matches('`').eq_ignore_ascii_case(SAMPLE) {
        return None;
    }
    let text = |arg: &sql::FunctionArg| match arg {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(sql::Expr::Value(value))) => {
            match &value.value {
                sql::Value::SingleQuotedString(text) | sql::Value::Number(text, _) => Some(text.clone()),
                _ => None,
            }
        }
        _ => None,
    };
    let parts: Vec<Option<String>> = list.args.iter().map(text).collect();
    let [Some(method), Some(size), Some(unit), seed] = parts.as_slice() else { return None };
    Some(spec(method, size, unit == "percent", seed.as_deref()))
}

fn spec(method: &str, size: &str, is_percent: bool, seed: Option<&str>) -> Result<SampleSpec> {
    let size = if is_percent {
        let percent: f64 = size.parse().unwrap_or(f64::NAN);
        if !(0.0..=100.0).contains(&percent) {
            let message = format!("a sample of {size} percent; percentages are from 0 to 100");
            return Err(Error::new(Code::WrongArguments, message));
        }
        Size::Percent(percent)
    } else {
        let rows = size.parse().map_err(|_| {
            Error::new(
                Code::WrongArguments,
                format!("a sample of {size} rows; a number of rows is an integer"),
            )
        })?;
        Size::Rows(rows)
    };
    let method = match method {
        "bernoulli" => Method::Bernoulli,
        "system" => Method::System,
        _ => Method::Reservoir,
    };
    let seed = seed.map(str::parse).transpose().map_err(|_| {
        Error::new(Code::WrongArguments, "the seed of a sample is an integer from 0 to 2^64 - 1")
    })?;
    Ok(SampleSpec { method, size, seed })
}
