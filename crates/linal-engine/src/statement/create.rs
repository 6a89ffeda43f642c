//! `DATASET t COLUMNS (...)`, `CREATE TABLE t (...)`.

use linal_dataset::{
    ColumnDef, Dataset, Error, Result, Snapshot, check_default, check_distinct, count, resolve_type,
};
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{ColumnSpec, CreateDataset, OnExisting};
use linal_query::frontend::default_value;

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn columns(
    session: &mut Session,
    create: &CreateDataset,
    specs: &[ColumnSpec],
    standard: bool,
) -> Result<Outcome> {
    let defs: Vec<ColumnDef> = specs.iter().map(|spec| column(spec, standard)).collect::<Result<_>>()?;
    check_distinct(&defs).map_err(|(at, error)| error.at(specs[at].name.span))?;
    let columns = count(defs.len(), "column");
    let (_, name) = session.new_dataset_name(&create.name)?;
    let empty = Snapshot::empty(&name, defs, &session.engine.pool);
    if publish_new(session, &create.name, create.on_existing, empty)? {
        Ok(Outcome::Done(format!("created dataset {name} with {columns}")))
    } else {
        Ok(Outcome::Done(format!("there already: dataset {name}")))
    }
}

/// The column of a definition. A plain one is nullable if `nullable` is set.
pub(super) fn column(spec: &ColumnSpec, nullable: bool) -> Result<ColumnDef> {
    let type_name = &spec.type_name;
    let declared =
        resolve_type(&type_name.name, &type_name.args).map_err(|error| error.at(type_name.span))?;
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
    on_existing: OnExisting,
    snapshot: Snapshot,
) -> Result<bool> {
    let (database, table) = session.new_dataset_name(name)?;
    session.change_catalog(|catalog| {
        if let Some(known) = catalog.database(&database)?.dataset(&table) {
            match on_existing {
                OnExisting::Keep => return Ok(false),
                OnExisting::Fail => return Err(exists(&known.name()).at(name.span)),
                OnExisting::Replace => {}
            }
        }
        catalog.put(&database, &table, Dataset::new(snapshot))?;
        Ok(true)
    })
}

/// The error of a name that a dataset already has.
pub(super) fn exists(name: &str) -> Error {
    Error::new(Code::NameExists, format!("there is a dataset `{name}` already"))
}
