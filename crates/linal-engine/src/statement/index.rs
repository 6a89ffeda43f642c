//! `CREATE INDEX`, `DROP INDEX`, `SHOW INDEXES`.
//!
//! An index on a scalar column stores the order of its rows ([`linal_query::scan::index`]). An index on
//! vectors sets the metric of SEARCH, which scans all vectors exactly.

use std::sync::Arc;

use linal_dataset::catalog::IndexDef;
use linal_dataset::{Cell, Dataset, Error, Metric, Result, RowSet, same_name, sorted_rows::SortedRows};
use linal_error::Code;
use linal_lang::ast::relational::CreateIndex;
use linal_lang::ast::{Ident, ObjectName};
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn create(session: &mut Session, statement: &CreateIndex) -> Result<Outcome> {
    let target = session.dataset(&statement.table)?;
    let definition = target.dataset.definition();
    let column =
        definition.column(&statement.column.name).map_err(|error| error.at(statement.column.span))?;
    let column = &definition.columns[column];
    let is_vector = matches!(&column.column_type, ColumnType::Tensor(tensor) if tensor.shape.rank() == 1);
    if statement.vector && !is_vector {
        let message = format!(
            "the column `{}` is {}, and a vector index is on a Vector",
            column.name, column.column_type
        );
        return Err(Error::new(Code::BadIndexDefinition, message).at(statement.column.span));
    }
    if let Some((option, _)) = statement.options.first() {
        let message = format!("an index has no option `{}`", option.name);
        let error = Error::new(Code::BadIndexDefinition, message).at(option.span);
        return Err(error.with_help("a search scans exactly, whatever the index; METRIC is what it takes"));
    }
    let metric = match &statement.metric {
        Some(named) => Some(Metric::parse(&named.name).map_err(|error| error.at(named.span))?),
        None => is_vector.then_some(Metric::Cosine),
    };
    let name: Arc<str> = match &statement.name {
        Some(name) => (&*name.name).into(),
        None => format!("{}_{}_index", definition.name, column.name).into(),
    };
    let index = IndexDef {
        name,
        table: definition.name.clone(),
        column: column.name.clone(),
        metric,
        sorted: SortedRows::default(),
    };
    let said = format!("index {} is on {}({})", index.name, index.table, index.column);
    let span = statement.name.as_ref().map_or(statement.table.span, |name| name.span);
    let keep = statement.if_not_exists;
    session.change_catalog(|catalog| {
        if let Some(known) = catalog.database(&target.database)?.index(&index.name) {
            if keep {
                return Ok(());
            }
            let message = format!("there is an index `{}` already", known.name);
            return Err(Error::new(Code::NameExists, message).at(span));
        }
        catalog.put_index(&target.database, Arc::new(index))
    })?;
    // Plans made without the index are discarded.
    session.plans.clear();
    Ok(Outcome::Done(said))
}

pub(super) fn drop(session: &mut Session, name: &Ident, if_exists: bool) -> Result<Outcome> {
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).filter(|own| own.index(&name.name).is_some());
    let database = if own.is_some() { session.own.clone() } else { session.database.clone() };
    let known = catalog.database(&database)?;
    let Some(index) = known.index(&name.name).cloned() else {
        if if_exists {
            return Ok(Outcome::Done(format!("there is no index `{}`", name.name)));
        }
        let names = known.indexes().map(|index| &*index.name);
        return Err(Error::unknown(Code::UnknownName, "index", &name.name, names).at(name.span));
    };
    session.change_catalog(|catalog| catalog.remove_index(&database, &index.name))?;
    session.plans.clear();
    Ok(Outcome::Done(format!("index {} is gone", index.name)))
}

pub(super) fn list(session: &Session, table: Option<&ObjectName>) -> Result<Outcome> {
    let only = table.map(|table| session.dataset(table)).transpose()?;
    let name = only.as_ref().map(|target| target.dataset.name());
    let columns = [
        ("name", ColumnType::String),
        ("dataset", ColumnType::String),
        ("column", ColumnType::String),
        ("kind", ColumnType::String),
        ("metric", ColumnType::String),
    ];
    let mut rows = Vec::new();
    let catalog = session.catalog_view().catalog();
    let databases = match &only {
        Some(target) => vec![&target.database],
        None => vec![&session.own, &session.database],
    };
    let databases = databases.into_iter().filter_map(|database| catalog.find(database));
    for index in databases.flat_map(|database| database.indexes()) {
        if name.as_ref().is_some_and(|name| !same_name(name, &index.table)) {
            continue;
        }
        let kind = if index.metric.is_some() { "vector, exact scan" } else { "sorted" };
        rows.push(vec![
            Cell::String(index.name.to_string()),
            Cell::String(index.table.to_string()),
            Cell::String(index.column.to_string()),
            Cell::String(kind.to_string()),
            index.metric.map_or(Cell::Null, |metric| Cell::String(metric.name().to_string())),
        ]);
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}

/// The metric of the vector index on a column.
pub(super) fn metric_of(
    session: &Session,
    table: &ObjectName,
    dataset: &Dataset,
    column: usize,
) -> Option<Metric> {
    let target = session.dataset(table).ok()?;
    let definition = dataset.definition();
    let column = &definition.columns.get(column)?.name;
    let catalog = session.catalog_view().catalog();
    let database = catalog.find(&target.database)?;
    database
        .indexes()
        .filter(|index| same_name(&index.table, &definition.name) && same_name(&index.column, column))
        .find_map(|index| index.metric)
}
