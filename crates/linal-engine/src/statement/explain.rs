//! `EXPLAIN [ANALYZE] [VERBOSE] statement`: what the statement would do. Nothing of it runs, but what decides a shape; with
//! ANALYZE its expressions and queries run and are measured, and what they give is let go.

mod describe;
mod expression;
mod query;

use linal_lang::ast::{Show, Statement};

use super::{list, subquery};
use crate::error::Result;
use crate::outcome::Outcome;
use crate::session::Session;

/// What an EXPLAIN shows besides the plan.
#[derive(Clone, Copy)]
pub(super) struct Detail {
    /// Whether what is explained is run and measured.
    pub analyze: bool,
    /// Whether it is said what each rule changes of the plan of a query.
    pub verbose: bool,
}

/// The graph and the program of an expression, the plan of a query, or a sentence for a statement that has neither.
pub(super) fn run(
    session: &mut Session,
    detail: Detail,
    statement: &Statement,
    text: &str,
) -> Result<Outcome> {
    let explained = match plans(session, detail, statement)? {
        Some(plans) => plans,
        None => match subquery::expression(statement) {
            Some(expr) => expression::text(session, detail.analyze && !is_shape(statement), expr, text)?,
            None => describe::statement(session, statement)?,
        },
    };
    Ok(Outcome::Text(explained))
}

/// SHOW SHAPE binds its expression and runs nothing of it.
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
            session.measure_planned(planned)?.0
        } else {
            crate::relational::run::explain::plan(session, planned)
        };
        let trace = planned.trace.as_ref().map(|trace| format!("{}\n\n", trace.text()));
        texts.push(trace.unwrap_or_default() + &plan);
    }
    Ok((!texts.is_empty()).then(|| texts.join("\n")))
}
