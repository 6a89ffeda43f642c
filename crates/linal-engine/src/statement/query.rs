//! `SELECT ...`

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use linal_dataset::{Dataset, Result, RowSet};
use linal_lang::Span;
use linal_lang::ast::Statement;
use linal_lang::ast::relational::{Query, Relational};
use linal_query::frontend::whole_dataset;
use linal_query::{Given, Options, PhysicalQuery};

use super::returning;
use crate::outcome::Outcome;
use crate::session::{Session, check_rows};

/// Plans and runs a query. The plan is cached for the text.
pub(super) fn run(session: &mut Session, query: &Query, text: &str) -> Result<Outcome> {
    let planned = plan(session, query, text)?;
    run_planned(session, &planned)
}

/// Plans a query. The plan is cached for the text, and for other values of its parameters.
pub(crate) fn plan(session: &mut Session, query: &Query, text: &str) -> Result<Arc<PhysicalQuery>> {
    session.plans.note_made();
    let planned = Arc::new(session.plan_query(query, Options::default())?);
    if session.parameters.is_empty() {
        session.plans.insert(text, planned.clone());
        return Ok(planned);
    }
    // This plan holds the values of the parameters; one without them is kept when the text comes again.
    if session.plans.note_parameters(text, &session.parameters) {
        let open = session.query_context().open_query(query, &planned)?;
        session.plans.insert_open(text, &session.parameters, open);
    }
    Ok(planned)
}

/// The columns of a query's result, whose plan is kept for its run, or of RETURNING. `None` for a statement without rows.
pub(crate) fn result_schema(
    session: &mut Session,
    statement: &Statement,
    text: &str,
) -> Result<Option<SchemaRef>> {
    let Statement::Relational(relational) = statement else { return Ok(None) };
    let Relational::Query(query) = &**relational else { return returning::schema(session, statement) };
    Ok(Some(plan(session, query, text)?.schema.clone()))
}

/// Runs a planned query.
pub(crate) fn run_planned(session: &mut Session, planned: &PhysicalQuery) -> Result<Outcome> {
    let (schema, batches) = session.run_planned(planned)?;
    let rows = RowSet::new(schema, batches);
    check_rows(rows.num_rows() as u64, session.row_limit())?;
    Ok(Outcome::Rows(rows))
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
    let given = Given { name: dataset.name(), dataset: dataset.clone() };
    let query = whole_dataset::of_given(&given.name, span);
    session.plan_query(&query, Options { given: vec![given], ..Options::default() })
}
