//! Statements that store the rows of a query in a dataset: `DATASET t FROM ...`, `CREATE TABLE t AS ...`,
//! `TRANSFORM`, `APPLY PIPELINE`, `SEARCH ... INTO`.

use linal_dataset::{Result, RowConversion, Snapshot, count};
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{OnExisting, Query};
use linal_query::{Options, PhysicalQuery};

use crate::durable::BulkLoad;
use crate::outcome::Outcome;
use crate::session::Session;

/// `DATASET t FROM ...`.
pub(super) fn create(
    session: &mut Session,
    name: &ObjectName,
    on_existing: OnExisting,
    query: &Query,
) -> Result<Outcome> {
    let (database, table) = session.new_dataset_name(name)?;
    if let Some((_, known)) = session.lookup_dataset(Some(&database), &table)? {
        match on_existing {
            OnExisting::Keep => {
                return Ok(Outcome::Done(format!("the dataset `{}` is there already", known.name())));
            }
            OnExisting::Fail => {
                return Err(super::create::exists(&known.name()).at(name.span));
            }
            OnExisting::Replace => {}
        }
    }
    replace(session, name, query)
}

/// Stores the rows of a query in a dataset. An existing one is replaced atomically.
pub(super) fn replace(session: &mut Session, target: &ObjectName, query: &Query) -> Result<Outcome> {
    let planned = session.plan_query(query, Options::default())?;
    let name = target.parts.last().map_or("", |part| &*part.name);
    let origin = session.query_lineage(name, &query.sql.to_string(), &planned);
    let snapshot = rows(session, name, &planned).map_err(|error| error.at(query.span))?.made_of(origin);
    let (rows, columns) = (snapshot.rows, snapshot.columns.len());
    session.put_dataset(target, snapshot)?;
    let said = format!("`{name}` has {}", count(rows, "row"));
    Ok(super::import::done(said, (name, rows, columns), planned.notices))
}

/// A dataset of the rows of a query.
fn rows(session: &mut Session, name: &str, planned: &PhysicalQuery) -> Result<Snapshot> {
    let engine = session.engine.clone();
    let Some(conversion) = RowConversion::of_schema(&planned.schema)? else {
        let (schema, batches) = session.run_planned(planned)?;
        return Snapshot::from_rows(name, &schema, &batches, &engine.pool);
    };
    let empty = conversion.empty(name, &engine.pool);
    let mut load = BulkLoad::new(engine.durable.as_ref(), &empty, &session.pool);
    session.query_context().stream_planned(planned, &mut |batch| load.push(conversion.convert(&batch)?))?;
    Ok(empty.with_shared_rows(load.finish()?))
}
