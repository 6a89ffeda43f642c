//! Queries that run before a tensor expression is bound: its `(SELECT ...)` and the lazy columns that it
//! reads.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use linal_error::Code;
use linal_lang::ast::relational::Relational;
use linal_lang::ast::{Expr, ExprKind, Show, Statement};
use linal_lang::{Span, parse_statement};
use linal_tensor::{DType, Shape, Tensor};

use linal_bind::binder::{CONSTANT, placeholder_tensor};
use linal_bind::functions::Registry;
use linal_bind::{DatasetRef, QueryValue, Target, Value, ValueOrigin};
use linal_dataset::lineage::LineageRef;
use linal_dataset::{Dataset, Error, Result, Snapshot, column_tensor, lazy_column, no_tensor, same_name};

use crate::context::QueryContext;
use crate::frontend::ast_builder;
use crate::planner::plan::{Given, Options, PhysicalQuery};
use crate::planner::tensor_conversion;

/// The origin of a query.
#[derive(Clone)]
enum QueryOrigin {
    /// The subquery at this span.
    Subquery(Span),
    /// A lazy column.
    LazyColumn(LazyColumn),
}

/// A lazy column and the snapshot in which it was resolved.
#[derive(Clone)]
struct LazyColumn {
    target: Target,
    snapshot: Arc<Snapshot>,
    at: usize,
}

impl LazyColumn {
    fn name(&self) -> &str {
        &self.snapshot.columns[self.at].name
    }

    fn is(&self, dataset: &Arc<Dataset>, name: &str) -> bool {
        Arc::ptr_eq(&self.target.dataset, dataset) && same_name(self.name(), name)
    }
}

/// A planned query whose rows an expression needs.
pub struct Subquery {
    origin: QueryOrigin,
    /// The span of the subquery or column in the expression.
    place: Span,
    /// Its plan.
    pub planned: PhysicalQuery,
}

impl QueryOrigin {
    fn of_value(&self) -> ValueOrigin {
        match self {
            QueryOrigin::Subquery(place) => ValueOrigin::Subquery(*place),
            QueryOrigin::LazyColumn(column) => {
                ValueOrigin::LazyColumn(column.target.dataset.clone(), column.name().into())
            }
        }
    }
}

impl Subquery {
    /// The name of a lazy column; `None` for a subquery.
    pub fn column(&self) -> Option<String> {
        match &self.origin {
            QueryOrigin::LazyColumn(column) => Some(format!("{}.{}", column.snapshot.name, column.name())),
            QueryOrigin::Subquery(_) => None,
        }
    }

    /// Sets the span of an error of its execution.
    pub fn placed(&self, error: Error) -> Error {
        match self.origin {
            QueryOrigin::Subquery(_) => error.at(self.place),
            QueryOrigin::LazyColumn(..) => error.map_span(|_| self.place).at(self.place),
        }
    }

    /// Shape and dtype of the result, if they are known before the query runs. The number of rows of a
    /// subquery is not.
    fn shape(&self) -> Option<(Shape, DType)> {
        let row = tensor_conversion::shape_of_row(&self.planned.schema);
        match &self.origin {
            QueryOrigin::Subquery(_) => row.filter(|_| self.planned.is_one_value()),
            QueryOrigin::LazyColumn(column) => row.map(|(cell, dtype)| {
                let mut dims = vec![column.snapshot.rows];
                dims.extend_from_slice(cell.dims());
                (Shape::new(&dims), dtype)
            }),
        }
    }

    /// The datasets and tensors that it reads.
    fn sources(&self, context: &QueryContext<'_>) -> Vec<LineageRef> {
        match &self.origin {
            QueryOrigin::Subquery(_) => context.lineage_of(&self.planned),
            QueryOrigin::LazyColumn(LazyColumn { target, snapshot, at }) => {
                let view = context.catalog;
                vec![snapshot.column_lineage(*at, view.qualifier(&target.database))]
            }
        }
    }
}

/// The tensor expression of a statement.
pub fn expression(statement: &Statement) -> Option<&Expr> {
    match statement {
        Statement::Let(let_) => Some(&let_.value),
        Statement::Derive { value, .. } => Some(value),
        Statement::Show(Show::Value(expr) | Show::Shape(expr)) => Some(expr),
        Statement::Relational(relational) => match relational.as_ref() {
            Relational::Attach { value, .. } => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// Runs the queries of an expression; returns their results for binding.
///
/// # Errors
/// Those of planning and running the queries, and rows that are not a tensor, with their spans.
pub fn run(context: &mut QueryContext<'_>, expr: &Expr, text: &str) -> Result<Vec<QueryValue>> {
    let mut values = Vec::new();
    for subquery in all(context, expr, text)? {
        let rows = context.run_planned(&subquery.planned);
        let (schema, batches) = rows.map_err(|error| subquery.placed(error))?;
        values.push(value(context, &subquery, &schema, &batches, CONSTANT)?);
    }
    Ok(values)
}

/// Plans the queries of an expression.
///
/// # Errors
/// Those of planning.
pub fn all(context: &mut QueryContext<'_>, expr: &Expr, text: &str) -> Result<Vec<Subquery>> {
    let mut subqueries: Vec<Subquery> = Vec::new();
    for node in expr.nodes() {
        if let ExprKind::Subquery { query, text: own } = &node.kind {
            subqueries.push(if query.end > text.len() {
                plan_own_text(context, *query, own, node.span)?
            } else {
                plan_subquery(context, *query, text)?
            });
        } else if let Some(column) = lazy(context, &node.kind) {
            let is_known = |known: &Subquery| matches!(&known.origin, QueryOrigin::LazyColumn(other) if other.is(&column.target.dataset, column.name()));
            if !subqueries.iter().any(is_known) {
                subqueries.push(plan_lazy_column(context, column, node.span)?);
            }
        }
    }
    Ok(subqueries)
}

fn plan_subquery(context: &mut QueryContext<'_>, place: Span, text: &str) -> Result<Subquery> {
    let parsed = parse_statement(text, place, Registry::global())?;
    let Statement::Relational(relational) = parsed else { return Err(no_query(place)) };
    let Relational::Query(query) = *relational else { return Err(no_query(place)) };
    let planned = context.plan_query(&query, Options::default())?;
    Ok(Subquery { origin: QueryOrigin::Subquery(place), place, planned })
}

/// Plans the query of a macro's call, whose text is not part of the statement; `place` is that of the call.
fn plan_own_text(context: &mut QueryContext<'_>, query: Span, text: &str, place: Span) -> Result<Subquery> {
    let subquery = plan_subquery(context, Span::new(0, text.len()), text);
    let subquery = subquery.map_err(|error| error.without_span().at(place))?;
    Ok(Subquery { origin: QueryOrigin::Subquery(query), place, ..subquery })
}

fn no_query(place: Span) -> Error {
    Error::new(Code::BadQuery, "a query is expected in these parentheses").at(place)
}

/// The lazy column that a node of an expression names. Unknown columns are reported by binding.
fn lazy(context: &QueryContext<'_>, part: &ExprKind) -> Option<LazyColumn> {
    let (view, variables) = (context.catalog, &context.variables);
    let (target, column) = match part {
        ExprKind::Member { database, base, field } => {
            (view.locate(variables, database.as_deref(), base).ok()??, field.to_string())
        }
        ExprKind::Name(name) => match &variables.find(name)?.1.value {
            Value::Alias(_) | Value::Column(..) => resolve_alias(context, name)?,
            _ => return None,
        },
        _ => return None,
    };
    let (snapshot, at) = lazy_column(&target.dataset, &column)?;
    Some(LazyColumn { target, snapshot, at })
}

/// The column that a name of the session is an alias of.
fn resolve_alias(context: &QueryContext<'_>, name: &str) -> Option<(Target, String)> {
    let (view, variables) = (context.catalog, &context.variables);
    let Value::Column(dataset, column) = &variables.resolve(name).ok()?.1.value else { return None };
    let target = view.locate(variables, Some(&dataset.database), &dataset.name).ok()??;
    Some((target, column.to_string()))
}

/// `SELECT column FROM dataset`, which computes a lazy column.
fn plan_lazy_column(context: &mut QueryContext<'_>, column: LazyColumn, place: Span) -> Result<Subquery> {
    let item = ast_builder::named(ast_builder::column(column.name()), column.name());
    let given = Given { name: column.snapshot.name.clone(), dataset: column.target.dataset.clone() };
    let select = ast_builder::select(vec![item], ast_builder::table_named(&given.name));
    let query = ast_builder::spanned(ast_builder::query(select), place, Vec::new());
    let planned = context.plan_query(&query, Options { given: vec![given], ..Options::default() });
    // Spans of a stored expression are relative to its own text.
    let planned = planned.map_err(|error| error.map_span(|_| place).at(place))?;
    Ok(Subquery { origin: QueryOrigin::LazyColumn(column), place, planned })
}

/// The current tensor of a column; a lazy one is computed.
pub(crate) fn column_value(
    context: &mut QueryContext<'_>,
    dataset: &DatasetRef,
    column: &str,
) -> Result<Tensor> {
    let target = context.catalog.find(context.variables, Some(&dataset.database), &dataset.name)?;
    let Some((snapshot, at)) = lazy_column(&target.dataset, column) else {
        return Ok(column_tensor(&target.dataset, column)?.0);
    };
    let column = LazyColumn { target, snapshot, at };
    let subquery = plan_lazy_column(context, column, Span::default())?;
    let (schema, batches) = context.run_planned(&subquery.planned)?;
    tensor(context, &subquery, &schema, &batches)
}

/// The result of a query for binding, as a leaf with this tag.
///
/// # Errors
/// Rows that are not a tensor, at the span of the subquery.
pub fn value(
    context: &QueryContext<'_>,
    subquery: &Subquery,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    tag: u32,
) -> Result<QueryValue> {
    let tensor = tensor(context, subquery, schema, batches).map_err(|error| error.at(subquery.place))?;
    let sources = subquery.sources(context);
    Ok(QueryValue { origin: subquery.origin.of_value(), tensor, tag, sources })
}

/// A placeholder for the result of a query, if its shape is known before it runs.
///
/// # Errors
/// A shape that is too large for a tensor.
pub fn placeholder(subquery: &Subquery, tag: u32) -> Result<Option<QueryValue>> {
    let Some((shape, dtype)) = subquery.shape() else { return Ok(None) };
    let tensor = placeholder_tensor(&shape, dtype)?;
    Ok(Some(QueryValue { origin: subquery.origin.of_value(), tensor, tag, sources: Vec::new() }))
}

fn tensor(
    context: &QueryContext<'_>,
    subquery: &Subquery,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<Tensor> {
    let planned = &subquery.planned;
    if let QueryOrigin::LazyColumn(LazyColumn { snapshot, at, .. }) = &subquery.origin {
        let nulls: usize = batches.iter().map(|batch| batch.column(0).logical_null_count()).sum();
        let has_numbers = tensor_conversion::shape_of_row(schema).is_some();
        if let Some(error) = no_tensor(snapshot, *at, nulls, has_numbers) {
            return Err(error);
        }
    }
    let is_charged = |buffer: &Buffer| {
        planned.seen.iter().any(|seen| seen.dataset.snapshot().holds(buffer))
            || context.variables.hold(buffer)
    };
    let scalar = planned.is_one_value() && matches!(subquery.origin, QueryOrigin::Subquery(_));
    tensor_conversion::rows_to_tensor(schema, batches, scalar, context.execution.pool(), is_charged)
}
