//! `DATASET t COLUMNS (...)`, `CREATE TABLE t (...)`.

use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::Schema;
use linal_dataset::catalog::Catalog;
use linal_dataset::{
    ColumnDef, Computed, Dataset, DefaultValue, Error, Result, Snapshot, arrow_error, check_default,
    check_distinct, count,
};
use linal_error::Code;
use linal_lang::ast::ObjectName;
use linal_lang::ast::constraint::{ConstraintSpec, Generated};
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::relational::{ColumnSpec, CreateDataset, OnExisting, Scalar};
use linal_query::Options;
use linal_query::frontend::{default_value, generated_columns};
use linal_store::ColumnType;

use super::constraint::{not_referred_to, with_constraints};
use super::transform::dataset_at;
use super::{computed, objects, serial};
use crate::outcome::Outcome;
use crate::session::{Session, put_anywhere};

pub(super) fn columns(
    session: &mut Session,
    create: &CreateDataset,
    specs: &[ColumnSpec],
    constraints: &[ConstraintSpec],
    standard: bool,
) -> Result<Outcome> {
    let place = session.new_dataset_place(&create.name, create.temporary)?;
    let name = &place.1;
    if create.on_existing == OnExisting::Keep && dataset_at(session, &place)?.is_some() {
        return Ok(Outcome::Done(format!("there already: dataset {name}")));
    }
    let (specs, sequences) = serial::written_out(session, &place, specs)?;
    let made = made(session, create, &place, (&specs, constraints, standard));
    if made.is_err() {
        // What was wrong with the dataset says more than what goes wrong here.
        let _ = sequences.forget(session);
    }
    made
}

/// Makes the dataset at its place.
fn made(
    session: &mut Session,
    create: &CreateDataset,
    place: &(Arc<str>, Arc<str>),
    (specs, constraints, standard): (&[ColumnSpec], &[ConstraintSpec], bool),
) -> Result<Outcome> {
    let (database, name) = place;
    let empty = with_columns(session, name, specs, standard)?;
    let columns = count(empty.columns.len(), "column");
    let of_columns = specs.iter().flat_map(|spec| &spec.constraints);
    let empty = with_constraints(session, database, empty, of_columns.chain(constraints))?;
    if publish_new(session, &create.name, place, create.on_existing, empty)? {
        Ok(Outcome::Done(format!("created dataset {name} with {columns}")))
    } else {
        Ok(Outcome::Done(format!("there already: dataset {name}")))
    }
}

/// A dataset without rows. Generated columns are planned over the others, and over the generated ones before them.
fn with_columns(session: &mut Session, name: &str, specs: &[ColumnSpec], standard: bool) -> Result<Snapshot> {
    let pool = session.engine.pool.clone();
    let mut known: Vec<Option<ColumnDef>> = Vec::with_capacity(specs.len());
    for spec in specs {
        known.push(if spec.generated.is_none() { Some(column(session, spec, standard)?) } else { None });
    }
    for (at, spec) in specs.iter().enumerate() {
        let Some(generated) = &spec.generated else { continue };
        let plain = Snapshot::empty(name, known.iter().flatten().cloned().collect(), &pool);
        known[at] = Some(generated_column(session, spec, generated, &plain)?);
    }
    let defs: Vec<ColumnDef> = known.into_iter().flatten().collect();
    check_distinct(&defs).map_err(|(at, error)| error.at(specs[at].name.span))?;
    Ok(Snapshot::empty(name, defs, &pool))
}

/// `c [type] AS (e)`.
fn generated_column(
    session: &mut Session,
    spec: &ColumnSpec,
    generated: &Generated,
    others: &Snapshot,
) -> Result<ColumnDef> {
    let span = generated.value.span;
    if let Some(default) = &spec.default {
        let message = format!("the column `{}` is generated, and has no default", spec.name.name);
        return Err(Error::new(Code::GeneratedColumn, message).at(default.span));
    }
    let mut text =
        computed::text(session, others, &generated.value, &generated.text).map_err(|error| error.at(span))?;
    let declared = if generated.is_typed {
        let type_name = &spec.type_name;
        let declared = objects::declared_type(session, type_name)?;
        text = format!("CAST({text} AS {declared})");
        Some(declared)
    } else {
        None
    };
    let value = generated_columns::parse(&text)?;
    let planned = generated_columns::over(&mut session.query_context(), others, None, &[&value])
        .map_err(|error| error.without_span().at(span))?;
    let column_type = match (&declared, planned.columns.first()) {
        (Some(declared), _) => declared.column_type.clone(),
        (None, Some((_, field))) => ColumnType::of(field),
        (None, None) => {
            return Err(Error::new(Code::InternalError, "a bug in linal: a value without a type"));
        }
    };
    let mut column = ColumnDef::new(&*spec.name.name, column_type, spec.nullable.unwrap_or(true));
    column = column.with_limit(declared.and_then(|declared| declared.limit));
    column.computed = Some(Computed { text: text.into(), lazy: generated.lazy });
    Ok(column)
}

/// The column of a definition. A plain one is nullable if `nullable` is set.
pub(super) fn column(session: &mut Session, spec: &ColumnSpec, nullable: bool) -> Result<ColumnDef> {
    let type_name = &spec.type_name;
    let declared = objects::declared_type(session, type_name)?;
    let column = ColumnDef::new(&*spec.name.name, declared.column_type, spec.nullable.unwrap_or(nullable));
    let mut column = column.with_limit(declared.limit);
    if let Some(scalar) = &spec.default {
        column.default = Some(default(session, &column, scalar)?);
    }
    Ok(column)
}

/// A default that fits its column. An expression is evaluated once, so that a mistake is found now.
pub(super) fn default(session: &mut Session, column: &ColumnDef, scalar: &Scalar) -> Result<DefaultValue> {
    let default = default_value::of(scalar)?;
    if !default.is_expression() {
        check_default(column, &default.value, scalar.span)?;
        return Ok(default);
    }
    let query = default_value::query_of(scalar);
    let planned = session.plan_query(&query, Options::default()).map_err(|error| error.at(scalar.span))?;
    // A value of a type that the column cannot hold is found by its type.
    let field = planned.schema.field(0).clone().with_nullable(true);
    let nothing = new_null_array(field.data_type(), 1);
    let schema = Arc::new(Schema::new(vec![field]));
    let batch = RecordBatch::try_new(schema, vec![nothing]).map_err(arrow_error)?;
    let apart = ColumnDef { nullable: true, default: None, ..column.clone() };
    let apart = Snapshot::empty("", vec![apart], &session.engine.pool);
    apart.arranged(&[0], &batch, 0, &session.settings.timezone).map_err(|error| {
        error
            .map_message(|_| {
                format!("the default `{}` does not fit the column `{}`", scalar.sql, column.name)
            })
            .at(scalar.span)
    })?;
    Ok(default)
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
                OnExisting::Replace => not_referred_to(catalog, database, &known.name(), None)
                    .map_err(|error| error.at(name.span))?,
            }
        }
        put_anywhere(catalog, database, table, Dataset::new(snapshot))
            .map_err(|error| error.at(name.span))?;
        Ok(true)
    })
}

/// Checks that no view of a database has a name, which datasets and views share.
///
/// # Errors
/// `E0315 name_exists`.
pub(super) fn no_view(catalog: &Catalog, database: &str, name: &str) -> Result<()> {
    match catalog.find(database).and_then(|known| known.object(ObjectKind::View, name)) {
        Some(view) => Err(Error::new(Code::NameExists, format!("there is a view `{}` already", view.name))),
        None => Ok(()),
    }
}

/// The error of a name that a dataset already has.
pub(super) fn exists(name: &str) -> Error {
    Error::new(Code::NameExists, format!("there is a dataset `{name}` already"))
}
