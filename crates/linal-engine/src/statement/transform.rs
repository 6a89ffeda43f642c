//! Statements that store the rows of a query in a dataset: `DATASET t FROM ...`, `CREATE TABLE t AS ...`,
//! `TRANSFORM`, `APPLY PIPELINE`, `SEARCH ... INTO`.

use std::sync::Arc;

use linal_dataset::{Dataset, Result, RowConversion, Snapshot, count};
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{CreateDataset, OnExisting, Query};
use linal_query::{Options, PhysicalQuery};

use super::constraint;
use crate::durable::BulkLoad;
use crate::outcome::Outcome;
use crate::session::Session;

/// `DATASET t FROM ...`.
pub(super) fn create(session: &mut Session, create: &CreateDataset, query: &Query) -> Result<Outcome> {
    let name = &create.name;
    let place = session.new_dataset_place(name, create.temporary)?;
    if let Some(known) = dataset_at(session, &place)? {
        match create.on_existing {
            OnExisting::Keep => {
                return Ok(Outcome::Done(format!("the dataset `{}` is there already", known.name())));
            }
            OnExisting::Fail => {
                return Err(super::create::exists(&known.name()).at(name.span));
            }
            OnExisting::Replace => {}
        }
    }
    store(session, name, &place, query, false)
}

/// The dataset of a database, if it is there.
pub(super) fn dataset_at(
    session: &Session,
    (database, name): &(Arc<str>, Arc<str>),
) -> Result<Option<Arc<Dataset>>> {
    // That of a session is made with its first dataset.
    if session.catalog_view().catalog().find(database).is_none() {
        return Ok(None);
    }
    Ok(session.lookup_dataset(Some(database), name)?.map(|(_, dataset)| dataset))
}

/// Stores the rows of a query in a dataset. An existing one is replaced atomically: by its next version if the columns are the
/// same, by a new dataset otherwise. `in_place`: the new rows are those of the same dataset, and satisfy its constraints.
pub(super) fn replace(
    session: &mut Session,
    target: &ObjectName,
    query: &Query,
    in_place: bool,
) -> Result<Outcome> {
    let place = session.new_dataset_name(target)?;
    store(session, target, &place, query, in_place)
}

fn store(
    session: &mut Session,
    target: &ObjectName,
    place: &(Arc<str>, Arc<str>),
    query: &Query,
    in_place: bool,
) -> Result<Outcome> {
    let planned = session.plan_query(query, Options::default())?;
    let name = target.parts.last().map_or("", |part| &*part.name);
    let shown = session.shown.as_deref().map_or_else(|| query.sql.to_string(), str::to_owned);
    let origin = session.query_lineage(name, &shown, &planned);
    let database = &place.0;
    let known = dataset_at(session, place)?;
    let is_durable = session.directory_of(database).is_some();
    let rows = rows(session, name, &planned, known.as_deref(), is_durable);
    let rows = rows.map_err(|error| error.at(query.span))?;
    let (mut snapshot, replaced) = (rows.snapshot.made_of(origin), rows.replaced);
    match &known {
        Some(known) if in_place => {
            snapshot = constraint::replaced(session, (database, known), snapshot)
                .map_err(|error| error.at(query.span))?;
        }
        _ if snapshot.is_constrained() => snapshot = snapshot.with_constraints(Vec::new()),
        _ => {}
    }
    if let Some(known) = &known
        && !in_place
    {
        constraint::not_referred_to(&session.catalog_view().catalog(), database, &known.name(), None)
            .map_err(|error| error.at(target.span))?;
    }
    let (rows, columns) = (snapshot.rows, snapshot.columns.len());
    match (known, replaced) {
        (Some(dataset), Some(version)) => drop(dataset.publish(version, snapshot)?),
        _ => session.put_dataset_at(place, snapshot).map_err(|error| error.at(target.span))?,
    }
    let said = format!("`{name}` has {}", count(rows, "row"));
    Ok(super::import::done(said, (name, rows, columns), planned.notices))
}

/// The rows of a query as a dataset.
struct Rows {
    snapshot: Snapshot,
    /// The version of the dataset whose next version it is.
    replaced: Option<u64>,
}

/// A dataset of the rows of a query: the next version of `known`, if that has the columns of the query.
fn rows(
    session: &mut Session,
    name: &str,
    planned: &PhysicalQuery,
    known: Option<&Dataset>,
    is_durable: bool,
) -> Result<Rows> {
    let engine = session.engine.clone();
    let Some(conversion) = RowConversion::of_schema(&planned.schema)? else {
        let (schema, batches) = session.run_planned(planned)?;
        let snapshot = Snapshot::from_rows(name, &schema, &batches, &engine.pool)?;
        return Ok(Rows { snapshot, replaced: None });
    };
    let new = conversion.empty(name, &engine.pool);
    let before = known.map(Dataset::snapshot).filter(|before| before.has_columns_of(&new));
    let base = before.as_ref().map_or(new, |before| before.emptied());
    let mut load = BulkLoad::new(engine.durable.as_ref().filter(|_| is_durable), &base, &session.context);
    session.query_context().stream_planned(planned, &mut |batch| load.push(conversion.convert(&batch)?))?;
    let snapshot = base.with_shared_rows(load.finish()?);
    Ok(Rows { snapshot, replaced: before.map(|before| before.version) })
}
