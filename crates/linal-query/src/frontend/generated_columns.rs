//! Columns that are computed by an expression.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use datafusion::logical_expr::{ScalarUDF, Volatility};
use linal_bind::functions::Registry;
use linal_dataset::{ColumnRewrite, Dataset, Error, KeepColumns, Result, Snapshot};
use linal_error::Code;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{Relational, Scalar};
use linal_lang::sql::Walk;
use linal_lang::{Span, parse_statement};
use sqlparser::ast as sql;

use super::ast_builder;
use super::dml;
use super::dml::Matched;
use crate::context::QueryContext;
use crate::planner::plan::Given;
use crate::scan::ROW_NUMBER;

/// What stands before a stored expression when it is parsed.
pub(super) const BEFORE: &str = "SELECT ";

/// Parses a stored expression; places in it count from [`BEFORE`].
pub fn parse(text: &str) -> Result<Scalar> {
    let query = format!("{BEFORE}{text}");
    let statement = parse_statement(&query, Span::new(0, query.len()), Registry::global())?;
    if let Statement::Relational(relational) = statement
        && let Relational::Query(query) = *relational
        && let sql::SetExpr::Select(select) = *query.sql.body
        && let Some(sql::SelectItem::UnnamedExpr(expr)) = select.projection.into_iter().next()
    {
        return Ok(Scalar { sql: Box::new(expr), span: query.span });
    }
    Err(Error::new(Code::InternalError, format!("a bug in linal: `{text}` was stored as an expression")))
}

/// What part of an expression has another value each time: a query, or a function that is volatile or reads the time.
///
/// # Errors
/// Internal errors only.
pub fn variable_part(context: &mut QueryContext<'_>, value: &Scalar) -> Result<Option<String>> {
    struct Search<'f>(&'f HashMap<String, Arc<ScalarUDF>>);
    impl sql::Visitor for Search<'_> {
        type Break = String;

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<String> {
            ControlFlow::Break("a query".to_owned())
        }

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<String> {
            let sql::Expr::Function(call) = expr else { return ControlFlow::Continue(()) };
            let name = call.name.to_string();
            // With arguments, RANDOM is the function of tensors, which has a seed.
            let has_arguments =
                matches!(&call.args, sql::FunctionArguments::List(list) if !list.args.is_empty());
            let known = self.0.get(&name.to_lowercase()).filter(|_| !has_arguments);
            if known.is_some_and(|function| function.signature().volatility != Volatility::Immutable) {
                ControlFlow::Break(format!("{}()", name.to_uppercase()))
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    let functions = context.planner_state()?.small.scalar_functions();
    Ok(Walk::walk(&*value.sql, &mut Search(functions)).break_value())
}

/// Whether an expression has a query in it.
pub fn has_query(value: &Scalar) -> bool {
    struct Search;
    impl sql::Visitor for Search {
        type Break = ();

        fn pre_visit_query(&mut self, _: &sql::Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    Walk::walk(&*value.sql, &mut Search).is_break()
}

/// A snapshot whose computed columns are filled from row `first` on. Values of a dataset with rows in a directory go to
/// `keep`, chunk by chunk.
pub fn fill_from(
    context: &mut QueryContext<'_>,
    state: Snapshot,
    first: usize,
    keep: &mut dyn KeepColumns,
) -> Result<Snapshot> {
    let filter = ast_builder::binary(
        ast_builder::column(ROW_NUMBER),
        sql::BinaryOperator::GtEq,
        ast_builder::integer(i64::try_from(first).unwrap_or(i64::MAX)),
    );
    fill(context, state, Some(filter), Some(keep))
}

/// A snapshot whose computed columns are filled for some rows; `rows` ascend.
pub fn fill_rows(context: &mut QueryContext<'_>, state: Snapshot, rows: &[usize]) -> Result<Snapshot> {
    match rows {
        [] => Ok(state),
        // Rows between the first and the last have correct values already; computing them again changes
        // nothing.
        [first, .., last] => fill(context, state, Some(between(*first, *last)), None),
        [only] => {
            let row = ast_builder::integer(i64::try_from(*only).unwrap_or(i64::MAX));
            fill(
                context,
                state,
                Some(ast_builder::binary(ast_builder::column(ROW_NUMBER), sql::BinaryOperator::Eq, row)),
                None,
            )
        }
    }
}

/// The condition that a row is one of those between two, which are among them.
fn between(first: usize, last: usize) -> sql::Expr {
    let bounds = [(sql::BinaryOperator::GtEq, first), (sql::BinaryOperator::LtEq, last)];
    let [low, high] = bounds.map(|(op, row)| {
        ast_builder::binary(
            ast_builder::column(ROW_NUMBER),
            op,
            ast_builder::integer(i64::try_from(row).unwrap_or(i64::MAX)),
        )
    });
    ast_builder::binary(low, sql::BinaryOperator::And, high)
}

/// A snapshot whose given computed columns, in their order, are filled for the rows from one to another. Values go to
/// `keep`, chunk by chunk; `None` when they do not come in order.
///
/// # Errors
/// Those of the expressions, and of `keep`.
pub fn fill_columns(
    context: &mut QueryContext<'_>,
    mut state: Snapshot,
    columns: &[usize],
    (first, last): (usize, usize),
    keep: &mut dyn KeepColumns,
) -> Result<Option<Snapshot>> {
    for &column in columns {
        let Some(computed) = state.columns[column].computed.clone() else { continue };
        let value = parse(&computed.text)?;
        let filter = Some(between(first, last));
        match streamed(context, &state, column, (filter, &value), keep)? {
            Some(next) => state = next,
            None => return Ok(None),
        }
    }
    Ok(Some(state))
}

/// Columns are filled in order, since one may be computed from an earlier one.
fn fill(
    context: &mut QueryContext<'_>,
    mut state: Snapshot,
    filter: Option<sql::Expr>,
    mut keep: Option<&mut dyn KeepColumns>,
) -> Result<Snapshot> {
    let computed: Vec<(usize, Box<str>)> = state
        .columns
        .iter()
        .enumerate()
        .filter_map(|(at, column)| {
            let computed = column.computed.as_ref().filter(|computed| !computed.lazy)?;
            Some((at, computed.text.clone()))
        })
        .collect();
    for (column, text) in computed {
        let value = parse(&text)?;
        if let Some(keep) = keep.as_deref_mut()
            && state.is_stored()
            && let Some(next) = streamed(context, &state, column, (filter.clone(), &value), keep)?
        {
            state = next;
            continue;
        }
        let Matched { rows, columns } = over(context, &state, filter.clone(), &[&value])?;
        let changed: Vec<_> = columns.into_iter().map(|(array, field)| (column, array, field)).collect();
        state = state.with_updated(&rows, &changed, &context.settings.timezone)?;
    }
    Ok(state)
}

/// A snapshot with the values of an expression in a column of some rows; `None` when they do not come in order.
fn streamed(
    context: &mut QueryContext<'_>,
    state: &Snapshot,
    column: usize,
    (filter, value): (Option<sql::Expr>, &Scalar),
    keep: &mut dyn KeepColumns,
) -> Result<Option<Snapshot>> {
    let zone = context.settings.timezone.clone();
    let mut rewrite = ColumnRewrite::of_columns(state, &[column], &zone);
    let given = Given { name: state.name.clone(), dataset: Dataset::new(state.clone()) };
    let source = ast_builder::table_named(&state.name);
    let mut push = |rows: &[usize], values: &[(ArrayRef, &Field)]| rewrite.push(rows, values, keep);
    let (span, values) = (Span::default(), &[value]);
    if dml::each_match_in(context, source, span, filter, values, Some(given), &mut push)? {
        rewrite.updated(&[column], keep).map(Some)
    } else {
        Ok(None)
    }
}

/// As [`over`] for all rows, which are given away as they are computed; see [`dml::each_match`].
///
/// # Errors
/// Those of the query, and of `sink`.
pub fn each_over(
    context: &mut QueryContext<'_>,
    state: &Snapshot,
    values: &[&Scalar],
    sink: &mut dml::MatchedSink<'_>,
) -> Result<bool> {
    let given = Given { name: state.name.clone(), dataset: Dataset::new(state.clone()) };
    let source = ast_builder::table_named(&state.name);
    dml::each_match_in(context, source, Span::default(), None, values, Some(given), sink)
}

/// Values of expressions over an unpublished snapshot, under its own name.
pub fn over(
    context: &mut QueryContext<'_>,
    state: &Snapshot,
    filter: Option<sql::Expr>,
    values: &[&Scalar],
) -> Result<Matched> {
    let given = Given { name: state.name.clone(), dataset: Dataset::new(state.clone()) };
    let source = ast_builder::table_named(&state.name);
    dml::matching_in(context, source, Span::default(), filter, values, Some(given))
}
