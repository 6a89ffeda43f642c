//! `EXPLAIN [ANALYZE] [VERBOSE] statement`: the plan of a statement. Only expressions that determine a shape
//! are evaluated. With ANALYZE the statement's expressions and queries are executed and measured, and their
//! results are dropped.

mod describe;
mod expression;
mod query;

use linal_dataset::Result;
use linal_lang::ast::{Show, Statement};
use linal_query::{explain, tensor_subquery};

use super::list;
use crate::outcome::Outcome;
use crate::session::Session;

/// The options of an EXPLAIN.
#[derive(Clone, Copy)]
pub(super) struct Detail {
    /// Whether the expressions and queries are executed and measured.
    pub analyze: bool,
    /// Whether the changes of each rule to the plan of a query are shown.
    pub verbose: bool,
}

/// Explains a statement: the graph and program of its expression, the plans of its queries, or else a
/// description.
pub(super) fn run(
    session: &mut Session,
    detail: Detail,
    statement: &Statement,
    text: &str,
) -> Result<Outcome> {
    let explained = match plans(session, detail, statement)? {
        Some(plans) => plans,
        None => match tensor_subquery::expression(statement) {
            Some(expr) => expression::text(session, detail.analyze && !is_shape(statement), expr, text)?,
            None => describe::statement(session, statement)?,
        },
    };
    Ok(Outcome::Text(explained))
}

/// SHOW SHAPE binds its expression and evaluates nothing.
fn is_shape(statement: &Statement) -> bool {
    matches!(statement, Statement::Show(Show::Shape(_)))
}

/// The plans of the queries that a statement runs; `None` when it runs none.
fn plans(session: &mut Session, detail: Detail, statement: &Statement) -> Result<Option<String>> {
    let planned = match statement {
        Statement::Show(Show::Value(expr)) => match list::shown(session, expr)? {
            Some(dataset) => vec![super::query::plan_everything(session, &dataset, expr.span())?],
            None => Vec::new(),
        },
        Statement::Relational(relational) => query::all(session, relational, detail.verbose)?,
        _ => Vec::new(),
    };
    let mut texts = Vec::with_capacity(planned.len());
    for planned in &planned {
        let plan = if detail.analyze {
            session.query_context().measure_planned(planned)?.0
        } else {
            explain::plan(&session.query_context(), planned)
        };
        let trace = planned.trace.as_ref().map(|trace| format!("{}\n\n", trace.text()));
        texts.push(trace.unwrap_or_default() + &plan);
    }
    Ok((!texts.is_empty()).then(|| texts.join("\n")))
}
