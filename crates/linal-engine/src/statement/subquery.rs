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

use crate::bind::{CONSTANT, placeholder_tensor};
use crate::dataset::{Dataset, Snapshot, lazy_column, no_tensor, same_name};
use crate::error::{Error, Result};
use crate::functions::Registry;
use crate::lineage::LineageRef;
use crate::relational::frontend::ast_builder;
use crate::relational::frontend::generated_columns::PENDING;
use crate::relational::planner::tensor_conversion;
use crate::relational::{Options, PhysicalQuery};
use crate::session::{Session, Target, Value};

/// The result of a query within an expression.
pub(crate) struct QueryValue {
    origin: QueryOrigin,
    /// The rows as a tensor.
    pub tensor: Tensor,
    /// The tag of its leaf in the graph.
    pub tag: u32,
    /// The datasets and tensors that it read.
    pub sources: Vec<LineageRef>,
}

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
pub(super) struct Subquery {
    origin: QueryOrigin,
    /// The span of the subquery or column in the expression.
    place: Span,
    pub planned: PhysicalQuery,
}

impl QueryValue {
    /// Whether it is the result of the subquery at this span.
    pub fn is_at(&self, place: Span) -> bool {
        matches!(self.origin, QueryOrigin::Subquery(own) if own == place)
    }

    /// Whether it is the result of a lazy column.
    pub fn is_column(&self, dataset: &Arc<Dataset>, column: &str) -> bool {
        matches!(&self.origin, QueryOrigin::LazyColumn(own) if own.is(dataset, column))
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
    fn sources(&self, session: &Session) -> Vec<LineageRef> {
        match &self.origin {
            QueryOrigin::Subquery(_) => session.lineage_of(&self.planned),
            QueryOrigin::LazyColumn(LazyColumn { target, snapshot, at }) => {
                let view = session.catalog_view();
                vec![snapshot.column_lineage(*at, view.qualifier(&target.database))]
            }
        }
    }
}

/// The tensor expression of a statement.
pub(super) fn expression(statement: &Statement) -> Option<&Expr> {
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

/// Runs the queries of an expression and keeps their results for binding.
pub(super) fn run(session: &mut Session, expr: &Expr, text: &str) -> Result<()> {
    for subquery in all(session, expr, text)? {
        let rows = session.run_planned(&subquery.planned);
        let (schema, batches) = rows.map_err(|error| subquery.placed(error))?;
        keep(session, &subquery, &schema, &batches, CONSTANT)?;
    }
    Ok(())
}

/// Plans the queries of an expression.
pub(super) fn all(session: &mut Session, expr: &Expr, text: &str) -> Result<Vec<Subquery>> {
    let mut subqueries: Vec<Subquery> = Vec::new();
    for node in expr.nodes() {
        if let ExprKind::Subquery { query, .. } = &node.kind {
            subqueries.push(plan_subquery(session, *query, text)?);
        } else if let Some(column) = lazy(session, &node.kind) {
            let is_known = |known: &Subquery| matches!(&known.origin, QueryOrigin::LazyColumn(other) if other.is(&column.target.dataset, column.name()));
            if !subqueries.iter().any(is_known) {
                subqueries.push(plan_lazy_column(session, column, node.span)?);
            }
        }
    }
    Ok(subqueries)
}

fn plan_subquery(session: &mut Session, place: Span, text: &str) -> Result<Subquery> {
    let parsed = parse_statement(text, place, Registry::global())?;
    let Statement::Relational(relational) = parsed else { return Err(no_query(place)) };
    let Relational::Query(query) = *relational else { return Err(no_query(place)) };
    let planned = session.plan_query(&query, Options::default())?;
    Ok(Subquery { origin: QueryOrigin::Subquery(place), place, planned })
}

fn no_query(place: Span) -> Error {
    Error::new(Code::BadQuery, "a query is expected in these parentheses").at(place)
}

/// The lazy column that a node of an expression names. Unknown columns are reported by binding.
fn lazy(session: &Session, part: &ExprKind) -> Option<LazyColumn> {
    let (view, variables) = (session.catalog_view(), &session.variables);
    let (target, column) = match part {
        ExprKind::Member { database, base, field } => {
            (view.locate(variables, database.as_deref(), base).ok()??, field.to_string())
        }
        ExprKind::Name(name) => match &variables.find(name)?.1.value {
            Value::Alias(_) | Value::Column(..) => resolve_alias(session, name)?,
            _ => return None,
        },
        _ => return None,
    };
    let (snapshot, at) = lazy_column(&target.dataset, &column)?;
    Some(LazyColumn { target, snapshot, at })
}

/// The column that a name of the session is an alias of.
fn resolve_alias(session: &Session, name: &str) -> Option<(Target, String)> {
    let (view, variables) = (session.catalog_view(), &session.variables);
    let Value::Column(dataset, column) = &variables.resolve(name).ok()?.1.value else { return None };
    let target = view.locate(variables, Some(&dataset.database), &dataset.name).ok()??;
    Some((target, column.to_string()))
}

/// `SELECT column FROM dataset`, which computes a lazy column.
fn plan_lazy_column(session: &mut Session, column: LazyColumn, place: Span) -> Result<Subquery> {
    let item = ast_builder::named(ast_builder::column(column.name()), column.name());
    let select = ast_builder::select(vec![item], ast_builder::table_named(PENDING));
    let query = ast_builder::spanned(ast_builder::query(select), place, Vec::new());
    let before = session.pending.replace(column.target.dataset.clone());
    let planned = session.plan_query(&query, Options::default());
    session.pending = before;
    // Spans of a stored expression are relative to its own text.
    let planned = planned.map_err(|error| error.map_span(|_| place).at(place))?;
    Ok(Subquery { origin: QueryOrigin::LazyColumn(column), place, planned })
}

/// The tensor of a lazy column outside of a statement.
pub(crate) fn evaluate_column(
    session: &mut Session,
    target: Target,
    (snapshot, at): (Arc<Snapshot>, usize),
) -> Result<Tensor> {
    let column = LazyColumn { target, snapshot, at };
    let subquery = plan_lazy_column(session, column, Span::default())?;
    let (schema, batches) = session.run_planned(&subquery.planned)?;
    tensor(session, &subquery, &schema, &batches)
}

/// Keeps the result of a query for binding, as a leaf with this tag.
pub(super) fn keep(
    session: &mut Session,
    subquery: &Subquery,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    tag: u32,
) -> Result<()> {
    let tensor = tensor(session, subquery, schema, batches).map_err(|error| error.at(subquery.place))?;
    let sources = subquery.sources(session);
    session.subqueries.push(QueryValue { origin: subquery.origin.clone(), tensor, tag, sources });
    Ok(())
}

/// Keeps a placeholder for the result of a query, if its shape is known in advance. Returns whether it is.
pub(super) fn expect(session: &mut Session, subquery: &Subquery, tag: u32) -> Result<bool> {
    let Some((shape, dtype)) = subquery.shape() else { return Ok(false) };
    let tensor = placeholder_tensor(&shape, dtype)?;
    let origin = subquery.origin.clone();
    session.subqueries.push(QueryValue { origin, tensor, tag, sources: Vec::new() });
    Ok(true)
}

fn tensor(
    session: &Session,
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
            || session.variables.hold(buffer)
    };
    let scalar = planned.is_one_value() && matches!(subquery.origin, QueryOrigin::Subquery(_));
    tensor_conversion::rows_to_tensor(schema, batches, scalar, &session.pool, is_charged)
}
