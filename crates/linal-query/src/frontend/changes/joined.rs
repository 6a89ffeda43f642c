//! `UPDATE t SET .. FROM s WHERE ..`, `DELETE FROM t USING s WHERE ..`: the rows of the dataset that a row of the other
//! relations matches.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::Int64Type;
use linal_dataset::{Dataset, Result, arrow_error};
use linal_lang::Span;
use linal_lang::ast::merge::Sources;
use linal_lang::ast::relational::{Query, Scalar};
use sqlparser::ast as sql;

use crate::context::QueryContext;
use crate::frontend::ast_builder;
use crate::frontend::dml::{Changed, Matched, collected};
use crate::planner::plan::Options;
use crate::scan::ROW_NUMBER;

/// The matched rows, each once, and the values of expressions for it. Of several matches of a row the last one
/// counts.
///
/// # Errors
/// Those of the query.
pub fn matching(
    context: &mut QueryContext<'_>,
    changed: Changed<'_>,
    dataset: &Arc<Dataset>,
    sources: &Sources,
    filter: Option<&Scalar>,
    values: &[&Scalar],
) -> Result<Matched> {
    let query = query_of(changed, sources, filter, values);
    let (schema, batches) = context.run_query(&query, options(dataset))?;
    let columns = collected(&schema, &batches)?;
    last_of_each(&columns[0], &columns[1..]).map(|(rows, values)| Matched {
        rows,
        columns: values
            .into_iter()
            .zip(&schema.fields()[1..])
            .map(|(v, f)| (v, f.as_ref().clone()))
            .collect(),
    })
}

/// Only the changed dataset has row numbers.
pub fn options(dataset: &Arc<Dataset>) -> Options {
    Options { row_numbers: true, numbered: Some(dataset.clone()), ..Options::default() }
}

/// The query that finds the rows, for EXPLAIN.
pub fn query_of(
    changed: Changed<'_>,
    sources: &Sources,
    filter: Option<&Scalar>,
    values: &[&Scalar],
) -> Query {
    let mut items = vec![ast_builder::named(changed.row_number(), ROW_NUMBER)];
    for (at, value) in values.iter().enumerate() {
        items.push(ast_builder::named(value.sql.as_ref().clone(), &format!("__{at}")));
    }
    let mut select = ast_builder::select(items, changed.source());
    select.from.extend(sources.from.iter().cloned());
    select.selection = filter.map(|condition| sql::Expr::Nested(condition.sql.clone()));
    let mut query = ast_builder::query(select);
    query.with = sources.with.as_deref().cloned();
    let span: Span = changed.table.span;
    ast_builder::spanned(query, span, Vec::new())
}

/// The distinct row numbers, ascending, with the values of the last occurrence of each.
pub(super) fn last_of_each(numbers: &ArrayRef, values: &[ArrayRef]) -> Result<(Vec<usize>, Vec<ArrayRef>)> {
    let numbers = numbers.as_primitive::<Int64Type>().values();
    let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
    order.sort_by_key(|at| numbers[*at as usize]);
    let is_last = |at: &usize| {
        order.get(at + 1).is_none_or(|next| numbers[*next as usize] != numbers[order[*at] as usize])
    };
    let kept: Vec<u32> = (0..order.len()).filter(is_last).map(|at| order[at]).collect();
    let rows = kept.iter().map(|at| usize::try_from(numbers[*at as usize]).unwrap_or(0)).collect();
    let kept = UInt32Array::from(kept);
    let values = values.iter().map(|values| take(values, &kept, None).map_err(arrow_error));
    Ok((rows, values.collect::<Result<_>>()?))
}
