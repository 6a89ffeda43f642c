//! Columns that are computed by an expression.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::logical_expr::{ScalarUDF, Volatility};
use linal_bind::functions::Registry;
use linal_dataset::{Dataset, Error, Result, Snapshot};
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

/// Parses a stored expression.
pub fn parse(text: &str) -> Result<Scalar> {
    let query = format!("SELECT {text}");
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

/// A snapshot whose computed columns are filled from row `first` on.
pub fn fill_from(context: &mut QueryContext<'_>, state: Snapshot, first: usize) -> Result<Snapshot> {
    let filter = ast_builder::binary(
        ast_builder::column(ROW_NUMBER),
        sql::BinaryOperator::GtEq,
        ast_builder::integer(i64::try_from(first).unwrap_or(i64::MAX)),
    );
    fill(context, state, Some(filter))
}

/// A snapshot whose computed columns are filled for some rows; `rows` ascend.
pub fn fill_rows(context: &mut QueryContext<'_>, state: Snapshot, rows: &[usize]) -> Result<Snapshot> {
    match rows {
        [] => Ok(state),
        // Rows between the first and the last have correct values already; computing them again changes
        // nothing.
        [first, .., last] => {
            let bounds = [(sql::BinaryOperator::GtEq, *first), (sql::BinaryOperator::LtEq, *last)];
            let [low, high] = bounds.map(|(op, row)| {
                ast_builder::binary(
                    ast_builder::column(ROW_NUMBER),
                    op,
                    ast_builder::integer(i64::try_from(row).unwrap_or(i64::MAX)),
                )
            });
            fill(context, state, Some(ast_builder::binary(low, sql::BinaryOperator::And, high)))
        }
        [only] => {
            let row = ast_builder::integer(i64::try_from(*only).unwrap_or(i64::MAX));
            fill(
                context,
                state,
                Some(ast_builder::binary(ast_builder::column(ROW_NUMBER), sql::BinaryOperator::Eq, row)),
            )
        }
    }
}

/// Columns are filled in order, since one may be computed from an earlier one.
fn fill(context: &mut QueryContext<'_>, mut state: Snapshot, filter: Option<sql::Expr>) -> Result<Snapshot> {
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
        let Matched { rows, columns } = over(context, &state, filter.clone(), &[&value])?;
        let changed: Vec<_> = columns.into_iter().map(|(array, field)| (column, array, field)).collect();
        state = state.with_updated(&rows, &changed, &context.settings.timezone)?;
    }
    Ok(state)
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
