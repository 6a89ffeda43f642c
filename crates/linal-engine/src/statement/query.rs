//! `SELECT ...`

use std::sync::Arc;

use linal_lang::ast::relational::Query;

use crate::error::Result;
use crate::outcome::{Outcome, RowSet};
use crate::relational::{Options, Planned};
use crate::session::Session;

/// Plans a query, keeps the plan for the next statement of the same text, and runs it.
pub(super) fn run(session: &mut Session, query: &Query, text: &str) -> Result<Outcome> {
    let planned = Arc::new(session.plan_query(query, Options::default())?);
    session.plans.insert(text, planned.clone());
    run_planned(session, &planned)
}

/// Runs a query that was planned before.
pub(crate) fn run_planned(session: &mut Session, planned: &Planned) -> Result<Outcome> {
    let (schema, batches) = session.run_planned(planned)?;
    Ok(Outcome::Rows(RowSet::from_batches(schema, batches)))
}
