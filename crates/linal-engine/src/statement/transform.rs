//! Statements that put the rows of a query under a name: `DATASET t FROM ...`, `CREATE TABLE t AS ...`,
//! `TRANSFORM`, `APPLY PIPELINE`, `SEARCH ... INTO`.

use linal_lang::ast::relational::{IfThere, Query};
use linal_lang::ast::{Ident, ObjectName};

use crate::dataset::Snapshot;
use crate::error::{Error, Result, count};
use crate::outcome::Outcome;
use crate::relational::{Options, pipeline};
use crate::session::Session;

/// `DATASET t FROM ...`.
pub(super) fn create(
    session: &mut Session,
    name: &ObjectName,
    if_there: IfThere,
    query: &Query,
) -> Result<Outcome> {
    if let Some(known) = session.dataset_named(name)? {
        match if_there {
            IfThere::Keep => return Ok(Outcome::Done(format!("the dataset `{}` is there already", known.name()))),
            IfThere::Fail => {
                let message = format!("there is a dataset `{}` already", known.name());
                return Err(Error::new("E0315", "name_exists", message)
                    .at(name.span)
                    .with_help("CREATE OR REPLACE DATASET replaces it"));
            }
            IfThere::Replace => {}
        }
    }
    replace(session, name, query)
}

/// Puts the rows of a query under a name; whatever had the name is exchanged at once.
pub(super) fn replace(session: &mut Session, target: &ObjectName, query: &Query) -> Result<Outcome> {
    let (schema, batches) = session.run_query(query, Options::default())?;
    let name = target.parts.last().map_or("", |part| &*part.name);
    let snapshot = Snapshot::from_rows(name, &schema, &batches, &session.engine.pool)
        .map_err(|error| error.at(query.span))?;
    let rows = snapshot.rows;
    session.put_dataset(target, snapshot)?;
    Ok(Outcome::Done(format!("`{name}` has {}", count(rows, "row"))))
}

/// `APPLY PIPELINE p ON t [INTO u]`.
pub(super) fn apply_pipeline(
    session: &mut Session,
    name: &Ident,
    table: &ObjectName,
    into: Option<&ObjectName>,
) -> Result<Outcome> {
    let pipeline = session.pipeline(name)?;
    let dataset = session.dataset_to_change(table)?;
    let columns = dataset.definition().columns.iter().map(|column| column.name.to_string()).collect();
    let query = pipeline::query_of(table, columns, &pipeline.steps);
    replace(session, into.unwrap_or(table), &query)
}
