//! `range` and `generate_series` as tables, and WITH ORDINALITY.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Int64Type, IntervalMonthDayNanoType, TimestampMicrosecondType};
use datafusion::datasource::provider_as_source;
use linal_dataset::{Error, Result};
use linal_error::Code;
use sqlparser::ast as sql;

use super::pivot::columns_in;
use super::{Expansion, text_query};
use crate::frontend::ast_builder;
use crate::scan::series::{Series, SeriesTable, Step};

/// The functions, each with whether its end belongs to the series.
const FUNCTIONS: [(&str, bool); 2] = [("range", false), ("generate_series", true)];

/// The names of the functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether a lower-case name is one of the functions.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// Replaces a call by the table of its values.
pub(super) fn write_out(
    expansion: &mut Expansion<'_, '_>,
    factor: &mut sql::TableFactor,
    name: &str,
) -> Result<()> {
    let sql::TableFactor::Table { alias, args: Some(args), .. } = factor else { return Ok(()) };
    let exprs = arguments(&args.args, name)?;
    let mut alias = alias.take().unwrap_or_else(|| ast_builder::table_alias(name));
    if alias.columns.is_empty() {
        let column = sql::TableAliasColumnDef { name: ast_builder::ident(name), data_type: None };
        alias.columns.push(column);
    }
    if exprs.iter().any(|expr| !columns_in(expr).is_empty()) {
        // Columns of tables before it: a list for each of their rows.
        *factor = sql::TableFactor::UNNEST {
            alias: Some(alias),
            array_exprs: vec![crate::frontend::resolve::call(name, exprs)],
            with_offset: false,
            with_offset_alias: None,
            with_ordinality: false,
        };
        return Ok(());
    }
    if !exprs.iter().all(|expr| matches!(expr, sql::Expr::Value(_))) {
        expansion.is_repeatable = false;
    }
    let is_inclusive = FUNCTIONS.iter().any(|(known, inclusive)| *known == name && *inclusive);
    let values = expansion.constants(&exprs)?;
    let series = series(name, &values, is_inclusive)?;
    let rows = series.rows_at_most();
    let table = provider_as_source(Arc::new(SeriesTable::new(name, series)));
    *factor = expansion.given_table(name, table, rows);
    if let sql::TableFactor::Table { alias: own, .. } = factor {
        *own = Some(alias);
    }
    Ok(())
}

fn arguments(args: &[sql::FunctionArg], name: &str) -> Result<Vec<sql::Expr>> {
    let exprs: Option<Vec<sql::Expr>> = args
        .iter()
        .map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        })
        .collect();
    match exprs {
        Some(exprs) if (1..=3).contains(&exprs.len()) => Ok(exprs),
        _ => Err(wrong(name)),
    }
}

fn wrong(name: &str) -> Error {
    Error::new(Code::WrongArguments, format!("{name} takes an end, or a start, an end and a step"))
        .with_help(format!("as in {name}(5), {name}(1, 10, 2) or {name}(DATE '2026-01-01', DATE '2026-02-01', INTERVAL 1 DAY)"))
}

impl Expansion<'_, '_> {
    /// The values of constant expressions, each an array of one element.
    fn constants(&mut self, exprs: &[sql::Expr]) -> Result<Vec<ArrayRef>> {
        let mut query = text_query::parsed("SELECT 1")?;
        if let sql::SetExpr::Select(select) = query.body.as_mut() {
            let item = |(at, expr): (usize, &sql::Expr)| ast_builder::named(expr.clone(), &format!("a{at}"));
            select.projection = exprs.iter().enumerate().map(item).collect();
        }
        let (_, batches) = self.rows(query)?;
        let row = batches.into_iter().find(|batch| batch.num_rows() == 1);
        row.map(|row| row.columns().to_vec())
            .ok_or_else(|| Error::new(Code::InternalError, "a bug in linal: constants without a row"))
    }
}

/// The series of some values; without rows if one of them is NULL.
fn series(name: &str, values: &[ArrayRef], is_inclusive: bool) -> Result<Series> {
    let types: Vec<&DataType> = values.iter().map(|value| value.data_type()).collect();
    let is_time = types.iter().any(|kind| matches!(kind, DataType::Date32 | DataType::Timestamp(..)));
    let has_null = values.iter().any(|value| value.is_null(0) || value.data_type().is_null());
    if is_time {
        let [start, end, step] = values else { return Err(wrong(name)) };
        if has_null {
            return Ok(Series::of_times(0, 0, Step::default(), false));
        }
        let (Some(start), Some(end), Some(step)) = (micros(start), micros(end), interval(step)) else {
            return Err(wrong(name));
        };
        if step == Step::default() {
            return Err(zero_step(name));
        }
        if !step.has_one_sign() {
            let message = format!("the step of {name} has parts of different signs");
            return Err(Error::new(Code::WrongArguments, message));
        }
        return Ok(Series::of_times(start, end, step, is_inclusive));
    }
    if has_null {
        return Ok(Series::of_integers(0, 0, 1, false));
    }
    let numbers: Option<Vec<i64>> = values.iter().map(integer).collect();
    let (start, end, step) = match numbers.as_deref() {
        Some(&[end]) => (0, end, 1),
        Some(&[start, end]) => (start, end, 1),
        Some(&[start, end, step]) => (start, end, step),
        _ => {
            let types: Vec<String> = types.iter().map(|kind| crate::type_name(kind)).collect();
            let message = format!("{name} takes integers, not ({})", types.join(", "));
            return Err(Error::new(Code::WrongArguments, message));
        }
    };
    if step == 0 {
        return Err(zero_step(name));
    }
    Ok(Series::of_integers(start, end, step, is_inclusive))
}

fn zero_step(name: &str) -> Error {
    Error::new(Code::WrongArguments, format!("the step of {name} is zero"))
}

fn integer(value: &ArrayRef) -> Option<i64> {
    if !value.data_type().is_integer() {
        return None;
    }
    let value = arrow::compute::cast(value, &DataType::Int64).ok()?;
    value.as_primitive_opt::<Int64Type>().map(|value| value.value(0))
}

fn micros(value: &ArrayRef) -> Option<i64> {
    match value.data_type() {
        DataType::Date32 => {
            let days = value.as_primitive_opt::<Date32Type>()?.value(0);
            i64::from(days).checked_mul(86_400_000_000)
        }
        DataType::Timestamp(..) => {
            value.as_primitive_opt::<TimestampMicrosecondType>().map(|value| value.value(0))
        }
        _ => None,
    }
}

fn interval(value: &ArrayRef) -> Option<Step> {
    let step = value.as_primitive_opt::<IntervalMonthDayNanoType>()?.value(0);
    Some(Step { months: step.months, days: step.days, nanoseconds: step.nanoseconds })
}

/// WITH ORDINALITY of a table function.
pub(super) struct Ordinality {
    alias: sql::TableAlias,
    /// Whether the arguments name columns of tables before it.
    is_lateral: bool,
}

/// Takes WITH ORDINALITY, and the alias, from a table function; `None` for one without.
pub(super) fn take_ordinality(factor: &mut sql::TableFactor) -> Option<Ordinality> {
    let sql::TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } = factor else {
        return None;
    };
    if !std::mem::take(with_ordinality) {
        return None;
    }
    let name = name.to_string().to_lowercase();
    let alias = alias.take().unwrap_or_else(|| ast_builder::table_alias(&name));
    let is_lateral = args.args.iter().any(|arg| match arg {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => !columns_in(expr).is_empty(),
        _ => false,
    });
    Some(Ordinality { alias, is_lateral })
}

impl Ordinality {
    /// Numbers the rows of a relation, from 1.
    pub(super) fn number(self, factor: &mut sql::TableFactor) -> Result<()> {
        let mut query = text_query::parsed("SELECT *, ROW_NUMBER() OVER () AS ordinality FROM __source")?;
        if let sql::SetExpr::Select(select) = query.body.as_mut()
            && let Some(from) = select.from.first_mut()
        {
            std::mem::swap(&mut from.relation, factor);
        }
        *factor = sql::TableFactor::Derived {
            lateral: self.is_lateral,
            subquery: Box::new(query),
            alias: Some(self.alias),
            sample: None,
        };
        Ok(())
    }
}
