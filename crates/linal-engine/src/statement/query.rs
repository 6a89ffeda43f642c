//! `SELECT ...`

use std::sync::Arc;

use linal_lang::Span;
use linal_lang::ast::relational::Query;

use crate::dataset::Dataset;
use crate::error::Result;
use crate::outcome::{Outcome, RowSet};
use crate::relational::frontend::ast_builder;
use crate::relational::frontend::generated_columns::PENDING;
use crate::relational::{Options, PhysicalQuery};
use crate::session::Session;

/// Plans and runs a query. The plan is cached for the text.
pub(super) fn run(session: &mut Session, query: &Query, text: &str) -> Result<Outcome> {
    let planned = Arc::new(session.plan_query(query, Options::default())?);
    session.plans.insert(text, planned.clone());
    run_planned(session, &planned)
}

/// Runs a planned query.
pub(crate) fn run_planned(session: &mut Session, planned: &PhysicalQuery) -> Result<Outcome> {
    let (schema, batches) = session.run_planned(planned)?;
    Ok(Outcome::Rows(RowSet::new(schema, batches)))
}

/// `SHOW t`, which is `SELECT * FROM t`.
pub(super) fn everything(session: &mut Session, dataset: &Arc<Dataset>, span: Span) -> Result<Outcome> {
    let planned = plan_everything(session, dataset, span)?;
    run_planned(session, &planned)
}

/// The plan of `SHOW t`.
pub(super) fn plan_everything(
    session: &mut Session,
    dataset: &Arc<Dataset>,
    span: Span,
) -> Result<PhysicalQuery> {
    let before = session.pending.replace(dataset.clone());
    let planned = session.plan_query(&whole(span), Options::default());
    session.pending = before;
    planned
}

fn whole(span: Span) -> Query {
    let select = ast_builder::select(vec![ast_builder::everything()], ast_builder::table_named(PENDING));
    ast_builder::spanned(ast_builder::query(select), span, Vec::new())
}
