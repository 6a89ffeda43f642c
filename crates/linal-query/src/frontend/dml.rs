//! The rows of a dataset that a statement changes, and their new values.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{concat, sort_to_indices, take};
use arrow::datatypes::{Field, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use linal_dataset::{Error, Result, arrow_error, bytes_of};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::relational::{Query, Scalar};
use linal_lang::ast::{Ident, ObjectName};
use sqlparser::ast as sql;

use super::ast_builder;
use crate::context::QueryContext;
use crate::planner::plan::{Given, Options};
use crate::scan::ROW_NUMBER;

/// Row numbers in ascending order, and for each the values of some expressions, with their fields.
pub struct Matched {
    /// The row numbers.
    pub rows: Vec<usize>,
    /// A column of values for each expression, as long as `rows`.
    pub columns: Vec<(ArrayRef, Field)>,
}

/// The dataset that a statement changes, and the qualifier of its columns if it is not the dataset's name.
#[derive(Clone, Copy)]
pub struct Changed<'a> {
    /// The dataset.
    pub table: &'a ObjectName,
    /// The alias that the statement gives it.
    pub alias: Option<&'a Ident>,
}

impl Changed<'_> {
    /// The qualifier of its columns.
    pub fn qualifier(&self) -> &str {
        let last = self.table.parts.last().map_or("", |part| &part.name);
        self.alias.map_or(last, |alias| &alias.name)
    }

    /// One of its columns.
    pub(crate) fn column(&self, name: &str) -> sql::Expr {
        let parts = [self.qualifier(), name].map(ast_builder::ident);
        sql::Expr::CompoundIdentifier(parts.into())
    }

    /// The number of a row, in a query that has other relations, too.
    pub(crate) fn row_number(&self) -> sql::Expr {
        self.column(ROW_NUMBER)
    }

    pub(crate) fn source(&self) -> sql::TableFactor {
        let source = ast_builder::table(self.table);
        match self.alias {
            Some(alias) => ast_builder::aliased(source, &alias.name),
            None => source,
        }
    }
}

impl<'a> From<&'a ObjectName> for Changed<'a> {
    fn from(table: &'a ObjectName) -> Self {
        Changed { table, alias: None }
    }
}

/// The rows that satisfy a predicate, and the current values of expressions over them. The expressions are
/// not evaluated for other rows, so the predicate can guard them.
pub fn matching(
    context: &mut QueryContext<'_>,
    changed: Changed<'_>,
    filter: Option<&Scalar>,
    values: &[&Scalar],
) -> Result<Matched> {
    let filter = filter.map(|filter| filter.sql.as_ref().clone());
    matching_in(context, changed.source(), changed.table.span, filter, values, None)
}

/// The fields of expressions over the rows of a dataset.
///
/// # Errors
/// Those of planning the query.
pub fn fields_of(
    context: &mut QueryContext<'_>,
    changed: Changed<'_>,
    values: &[&Scalar],
) -> Result<Vec<Field>> {
    let query = query_in(changed.source(), changed.table.span, None, values);
    let planned = context.plan_query(&query, Options { row_numbers: true, ..Options::default() })?;
    Ok(planned.schema.fields().iter().skip(1).map(|field| field.as_ref().clone()).collect())
}

/// Takes row numbers and the values of expressions for them, which are as many, with their fields. It returns whether the
/// rows ascend, as those of all calls do.
pub type MatchedSink<'s> = dyn FnMut(&[usize], &[(ArrayRef, &Field)]) -> Result<bool> + 's;

/// As [`matching`], but the rows are given away as they are found: memory does not depend on their number. Returns whether
/// they came in ascending order; where they do not, the query ends early, and [`matching`] has to be called.
///
/// # Errors
/// Those of the query, and of `sink`.
pub fn each_match(
    context: &mut QueryContext<'_>,
    changed: Changed<'_>,
    filter: Option<&Scalar>,
    values: &[&Scalar],
    sink: &mut MatchedSink<'_>,
) -> Result<bool> {
    let filter = filter.map(|filter| filter.sql.as_ref().clone());
    each_match_in(context, changed.source(), changed.table.span, filter, values, None, sink)
}

/// As [`each_match`], over any table factor whose datasets have row numbers.
///
/// # Errors
/// As [`each_match`].
pub fn each_match_in(
    context: &mut QueryContext<'_>,
    source: sql::TableFactor,
    span: Span,
    filter: Option<sql::Expr>,
    values: &[&Scalar],
    given: Option<Given>,
    sink: &mut MatchedSink<'_>,
) -> Result<bool> {
    let query = query_in(source, span, filter, values);
    let options = Options { row_numbers: true, given: given.into_iter().collect(), ..Options::default() };
    let planned = context.plan_query(&query, options)?;
    let mut ascend = true;
    let ended = context.stream_planned(&planned, &mut |batch| {
        let schema = batch.schema();
        let numbers = batch.column(0).as_primitive::<Int64Type>().values();
        let rows: Vec<usize> = numbers.iter().map(|&row| usize::try_from(row).unwrap_or(0)).collect();
        let columns = batch.columns()[1..].iter().zip(&schema.fields()[1..]);
        let columns: Vec<(ArrayRef, &Field)> =
            columns.map(|(values, field)| (values.clone(), field.as_ref())).collect();
        ascend = sink(&rows, &columns)?;
        // The error ends the query, and is not seen.
        if ascend { Ok(()) } else { Err(Error::new(Code::InternalError, "rows out of order")) }
    });
    if ascend { ended.map(|()| true) } else { Ok(false) }
}

/// As [`matching`], over any table factor whose datasets have row numbers.
pub fn matching_in(
    context: &mut QueryContext<'_>,
    source: sql::TableFactor,
    span: Span,
    filter: Option<sql::Expr>,
    values: &[&Scalar],
    given: Option<Given>,
) -> Result<Matched> {
    let query = query_in(source, span, filter, values);
    let (schema, batches) = context.run_query(
        &query,
        Options { row_numbers: true, given: given.into_iter().collect(), ..Options::default() },
    )?;
    // The rows, which nobody charges any more, and their copy in one array.
    let bytes: usize = batches.iter().flat_map(RecordBatch::columns).map(|column| bytes_of(column)).sum();
    let _copied = context.execution.pool().reserve("result", 2 * bytes)?;
    collected_in_order(&schema, &batches)
}

/// The query for the rows that a statement changes, for EXPLAIN.
pub fn query_of(changed: Changed<'_>, filter: Option<&Scalar>, values: &[&Scalar]) -> Query {
    let filter = filter.map(|filter| filter.sql.as_ref().clone());
    query_in(changed.source(), changed.table.span, filter, values)
}

fn query_in(source: sql::TableFactor, span: Span, filter: Option<sql::Expr>, values: &[&Scalar]) -> Query {
    let mut items = vec![ast_builder::named(ast_builder::column(ROW_NUMBER), ROW_NUMBER)];
    for (at, value) in values.iter().enumerate() {
        items.push(ast_builder::named(value.sql.as_ref().clone(), &format!("__{at}")));
    }
    let mut select = ast_builder::select(items, source);
    select.selection = filter.map(|condition| sql::Expr::Nested(Box::new(condition)));
    ast_builder::spanned(ast_builder::query(select), span, Vec::new())
}

/// The columns of a result, each in one array.
pub(crate) fn collected(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<ArrayRef>> {
    (0..schema.fields().len())
        .map(|at| match batches {
            [] => Ok(arrow::array::new_empty_array(schema.field(at).data_type())),
            [only] => Ok(only.column(at).clone()),
            several => {
                let parts: Vec<&dyn Array> = several.iter().map(|batch| batch.column(at).as_ref()).collect();
                concat(&parts).map_err(arrow_error)
            }
        })
        .collect()
}

/// Rows by their numbers, which the first column has.
pub(crate) fn collected_in_order(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Matched> {
    let columns = collected(schema, batches)?;
    let numbers = columns[0].as_primitive::<Int64Type>();
    let sorted = numbers.values().windows(2).all(|pair| pair[0] < pair[1]);
    let columns = if sorted {
        columns
    } else {
        // Partitions end in any order.
        let order: UInt32Array = sort_to_indices(&columns[0], None, None).map_err(arrow_error)?;
        columns.iter().map(|column| take(column, &order, None).map_err(arrow_error)).collect::<Result<_>>()?
    };
    let rows = columns[0].as_primitive::<Int64Type>().values();
    Ok(Matched {
        rows: rows.iter().map(|&row| usize::try_from(row).unwrap_or(0)).collect(),
        columns: columns[1..]
            .iter()
            .zip(&schema.fields()[1..])
            .map(|(array, field)| (array.clone(), field.as_ref().clone()))
            .collect(),
    })
}
