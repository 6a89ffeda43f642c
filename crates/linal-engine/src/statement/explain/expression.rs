//! EXPLAIN of tensor expressions: the plans of subqueries, the graph and the program.

use linal_error::Code;
use linal_lang::ast::Expr;
use linal_tensor::graph;

use crate::bind::{COLUMN, CONSTANT, is_column};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::statement::subquery;
use crate::statement::subquery::Subquery;

/// Explains an expression. Lazy names are shown as their graphs and are not evaluated.
pub(super) fn text(session: &mut Session, analyze: bool, expr: &Expr, text: &str) -> Result<String> {
    let subqueries = subquery::all(session, expr, text)?;
    let names = names(&subqueries);
    let mut explained = String::new();
    let mut is_bound = true;
    for (at, subquery) in subqueries.iter().enumerate() {
        let tag = COLUMN | at as u32;
        let plan = if analyze {
            measure(session, subquery, tag)?
        } else {
            is_bound &= subquery::expect(session, subquery, tag)?;
            crate::relational::run::explain::plan(session, &subquery.planned)
        };
        explained.push_str(&format!("{}:\n{}", names[at], indented(&plan)));
    }
    let graph = if is_bound { graph(session, analyze, expr, &names)? } else { None };
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

/// Runs a query, keeps its rows for the expression, and returns its plan with metrics.
fn measure(session: &mut Session, subquery: &Subquery, tag: u32) -> Result<String> {
    let run = session.measure_planned(&subquery.planned);
    let (plan, schema, batches) = run.map_err(|error| subquery.placed(error))?;
    subquery::keep(session, subquery, &schema, &batches, tag)?;
    Ok(plan)
}

/// The graph, its passes and its program, with metrics if `analyze` is set; `None` when a shape depends on
/// the rows of a query that has not run.
fn graph(session: &mut Session, analyze: bool, expr: &Expr, queries: &[String]) -> Result<Option<String>> {
    let mut binder = session.binder(true);
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
