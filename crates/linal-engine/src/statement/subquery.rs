//! `(SELECT ...)` within a tensor expression: runs before the expression is bound.

use arrow::buffer::Buffer;
use linal_lang::ast::relational::Relational;
use linal_lang::ast::{Expr, ExprKind, Show, Statement};
use linal_lang::{Span, parse_statement};
use linal_tensor::Tensor;

use crate::error::{Error, Result};
use crate::functions::Registry;
use crate::lineage::LineageRef;
use crate::relational::{Options, values};
use crate::session::Session;

/// The value of a query within an expression.
pub(crate) struct QueryValue {
    /// Where the query stands.
    pub place: Span,
    /// Its rows.
    pub tensor: Tensor,
    /// The datasets and tensors that it read.
    pub sources: Vec<LineageRef>,
}

/// The tensor expression of a statement.
pub(super) fn expression(statement: &Statement) -> Option<&Expr> {
    match statement {
        Statement::Let(let_) => Some(&let_.value),
        Statement::ExplainLet { statement, .. } => Some(&statement.value),
        Statement::Derive { value, .. } => Some(value),
        Statement::Show(Show::Value(expr) | Show::Shape(expr)) => Some(expr),
        Statement::Relational(relational) => match relational.as_ref() {
            Relational::Attach { value, .. } => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// Runs the queries of an expression and keeps their values for binding.
pub(super) fn run(session: &mut Session, expr: &Expr, text: &str) -> Result<()> {
    for node in expr.nodes() {
        if let ExprKind::Subquery { query, .. } = &node.kind {
            value(session, *query, text)?;
        }
    }
    Ok(())
}

fn value(session: &mut Session, place: Span, text: &str) -> Result<()> {
    let parsed = parse_statement(text, place, Registry::global())?;
    let Statement::Relational(relational) = parsed else { return Err(no_query(place)) };
    let Relational::Query(query) = *relational else { return Err(no_query(place)) };
    let planned = session.plan_query(&query, Options::default())?;
    let scalar = planned.is_one_value();
    let sources = session.lineage_of(&planned);
    let (schema, batches) = session.run_planned(&planned)?;
    let is_charged = |buffer: &Buffer| {
        planned.seen.iter().any(|seen| seen.dataset.snapshot().holds(buffer))
            || session.variables.hold(buffer)
    };
    let tensor = values::rows_to_tensor(&schema, &batches, scalar, &session.pool, is_charged)
        .map_err(|error| error.at(place))?;
    session.subqueries.push(QueryValue { place, tensor, sources });
    Ok(())
}

fn no_query(place: Span) -> Error {
    Error::new("E0706", "bad_query", "a query is expected in these parentheses").at(place)
}
