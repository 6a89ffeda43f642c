//! `DATASET t COLUMNS (...)`, `CREATE TABLE t (...)`.

use std::sync::Arc;

use linal_dataset::{ColumnDef, Dataset, Error, Result, Snapshot, check_default, check_distinct, count};
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{ColumnSpec, CreateDataset, OnExisting};
use linal_query::frontend::default_value;

use super::objects;
use crate::outcome::Outcome;
use crate::session::{Session, put_anywhere};

pub(super) fn columns(
    session: &mut Session,
    create: &CreateDataset,
    specs: &[ColumnSpec],
    standard: bool,
) -> Result<Outcome> {
    let defs: Vec<ColumnDef> =
        specs.iter().map(|spec| column(session, spec, standard)).collect::<Result<_>>()?;
    check_distinct(&defs).map_err(|(at, error)| error.at(specs[at].name.span))?;
    let columns = count(defs.len(), "column");
    let place = session.new_dataset_place(&create.name, create.temporary)?;
    let name = place.1.clone();
    let empty = Snapshot::empty(&name, defs, &session.engine.pool);
    if publish_new(session, &create.name, &place, create.on_existing, empty)? {
        Ok(Outcome::Done(format!("created dataset {name} with {columns}")))
    } else {
        Ok(Outcome::Done(format!("there already: dataset {name}")))
    }
}

/// The column of a definition. A plain one is nullable if `nullable` is set.
pub(super) fn column(session: &Session, spec: &ColumnSpec, nullable: bool) -> Result<ColumnDef> {
    let type_name = &spec.type_name;
    let declared = objects::declared_type(session, type_name)?;
    let column = ColumnDef::new(&*spec.name.name, declared.column_type, spec.nullable.unwrap_or(nullable));
    let mut column = column.with_limit(declared.limit);
    if let Some(scalar) = &spec.default {
        let default = default_value::constant(scalar)?;
        check_default(&column, &default.value, scalar.span)?;
        column.default = Some(default);
    }
    Ok(column)
}

/// Publishes a new dataset. Returns false if the name is taken and `IF NOT EXISTS` allows that.
///
/// # Errors
/// `E0315 name_exists`, or an unknown database.
pub(super) fn publish_new(
    session: &mut Session,
    name: &ObjectName,
    (database, table): &(Arc<str>, Arc<str>),
    on_existing: OnExisting,
    snapshot: Snapshot,
) -> Result<bool> {
    session.change_catalog(|catalog| {
        if let Some(known) = catalog.find(database).and_then(|known| known.dataset(table)) {
            match on_existing {
                OnExisting::Keep => return Ok(false),
                OnExisting::Fail => return Err(exists(&known.name()).at(name.span)),
                OnExisting::Replace => {}
            }
        }
        put_anywhere(catalog, database, table, Dataset::new(snapshot))
            .map_err(|error| error.at(name.span))?;
        Ok(true)
    })
}

/// The error of a name that a dataset already has.
pub(super) fn exists(name: &str) -> Error {
    Error::new(Code::NameExists, format!("there is a dataset `{name}` already"))
}
