//! `EXPLAIN [ANALYZE] statement`: what the statement would do. Nothing of it runs, but what decides a shape; with
//! ANALYZE its expressions and queries run and are measured, and what they give is let go.

mod expression;
mod query;
mod sentence;

use linal_lang::ast::{Show, Statement};

use super::{list, subquery};
use crate::error::Result;
use crate::outcome::Outcome;
use crate::session::Session;

/// The graph and the program of an expression, the plan of a query, or a sentence for a statement that has neither.
pub(super) fn run(
    session: &mut Session,
    analyze: bool,
    statement: &Statement,
    text: &str,
) -> Result<Outcome> {
    let explained = match plans(session, analyze, statement)? {
        Some(plans) => plans,
        None => match subquery::expression(statement) {
            Some(expr) => expression::text(session, analyze && !is_shape(statement), expr, text)?,
            None => sentence::of(session, statement)?,
        },
    };
    Ok(Outcome::Text(explained))
}

/// SHOW SHAPE binds its expression and runs nothing of it.
fn is_shape(statement: &Statement) -> bool {
    matches!(statement, Statement::Show(Show::Shape(_)))
}

/// The plans of the queries that a statement runs; `None` when it runs none.
fn plans(session: &mut Session, analyze: bool, statement: &Statement) -> Result<Option<String>> {
    let planned = match statement {
        Statement::Show(Show::Value(expr)) => match list::shown(session, expr)? {
            Some(dataset) => vec![super::query::plan_everything(session, &dataset, expr.span())?],
            None => Vec::new(),
        },
        Statement::Relational(relational) => query::all(session, relational)?,
        _ => Vec::new(),
    };
    let mut texts = Vec::with_capacity(planned.len());
    for planned in &planned {
        texts.push(match analyze {
            true => session.measure_planned(planned)?.0,
            false => crate::relational::run::explain::plan(session, planned),
        });
    }
    Ok((!texts.is_empty()).then(|| texts.join("\n")))
}
