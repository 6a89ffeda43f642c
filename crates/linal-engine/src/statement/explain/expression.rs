//! EXPLAIN of tensor expressions: the plans of subqueries, the graph and the program.

use linal_bind::QueryValue;
use linal_bind::binder::{COLUMN, CONSTANT, is_column};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::Expr;
use linal_query::tensor_subquery::Subquery;
use linal_query::{explain, tensor_subquery};
use linal_tensor::graph;

use crate::session::Session;

/// Explains an expression. Lazy names are shown as their graphs and are not evaluated.
pub(super) fn text(session: &mut Session, analyze: bool, expr: &Expr, text: &str) -> Result<String> {
    let subqueries = tensor_subquery::all(&mut session.query_context(), expr, text)?;
    let names = names(&subqueries);
    let mut explained = String::new();
    let mut values = Vec::new();
    let mut is_bound = true;
    for (at, subquery) in subqueries.iter().enumerate() {
        let tag = COLUMN | at as u32;
        let plan = if analyze {
            let (plan, value) = measure(session, subquery, tag)?;
            values.push(value);
            plan
        } else {
            let placeholder = tensor_subquery::placeholder(subquery, tag)?;
            is_bound &= placeholder.is_some();
            values.extend(placeholder);
            explain::plan(&session.query_context(), &subquery.planned)
        };
        explained.push_str(&format!("{}:\n{}", names[at], indented(&plan)));
    }
    let graph = if is_bound { graph(session, analyze, expr, &values, &names)? } else { None };
    explained.push_str(graph.as_deref().unwrap_or(NOT_BOUND));
    Ok(explained)
}

/// Shown instead of a graph whose shapes depend on the rows of a query.
const NOT_BOUND: &str = "graph: bound when the queries have run, since their rows decide its shapes";

/// The name of each query in the graph: the name of a lazy column, or a number.
fn names(subqueries: &[Subquery]) -> Vec<String> {
    let mut numbered = 0;
    let mut name = |subquery: &Subquery| {
        subquery.column().unwrap_or_else(|| {
            numbered += 1;
            format!("query {numbered}")
        })
    };
    subqueries.iter().map(&mut name).collect()
}

/// Runs a query; returns its plan with metrics, and its rows for the expression.
fn measure(session: &mut Session, subquery: &Subquery, tag: u32) -> Result<(String, QueryValue)> {
    let mut context = session.query_context();
    let run = context.measure_planned(&subquery.planned);
    let (plan, schema, batches) = run.map_err(|error| subquery.placed(error))?;
    let value = tensor_subquery::value(&context, subquery, &schema, &batches, tag)?;
    Ok((plan, value))
}

/// The graph, its passes and its program, with metrics if `analyze` is set; `None` when a shape depends on
/// the rows of a query that has not run.
fn graph(
    session: &mut Session,
    analyze: bool,
    expr: &Expr,
    values: &[QueryValue],
    queries: &[String],
) -> Result<Option<String>> {
    let mut binder = session.binder(values, true);
    binder.columns = !analyze && !queries.is_empty();
    let node = match binder.expression(expr) {
        Err(error) if binder.columns && is_undecided(&error) => return Ok(None),
        bound => bound?,
    };
    let name = |tag: u32| match session.variables.get(tag) {
        _ if is_column(tag) => queries.get((tag & !COLUMN) as usize).cloned().unwrap_or_default(),
        Some(variable) if tag != CONSTANT => variable.name.to_string(),
        _ => "constant".to_string(),
    };
    if analyze {
        graph::explain_analyze(&node, &name, &session.context)
            .map(Some)
            .map_err(|error| Error::from(error).at(expr.span()))
    } else {
        Ok(Some(graph::explain(&node, &name)))
    }
}

/// Whether binding failed because a value is not known yet.
fn is_undecided(error: &Error) -> bool {
    error.is(Code::NotConstant)
}

fn indented(plan: &str) -> String {
    plan.lines().map(|line| format!("  {line}\n")).collect()
}
