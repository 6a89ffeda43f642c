//! `CREATE INDEX`, `DROP INDEX`, `SHOW INDEXES`.
//!
//! An index on a scalar column stores the order of its rows ([`linal_query::scan::index`]). An index on
//! vectors sets the metric of SEARCH, which scans all vectors exactly. A UNIQUE index is a constraint of its dataset, and
//! keys have indexes of their own.

use std::sync::Arc;

use linal_dataset::catalog::IndexDef;
use linal_dataset::{
    Cell, Constraint, Dataset, Error, KeyKind, Metric, Result, RowSet, Rule, same_name,
    sorted_rows::SortedRows,
};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::relational::CreateIndex;
use linal_lang::ast::{Ident, ObjectName};
use linal_store::ColumnType;

use super::constraint;
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn create(session: &mut Session, statement: &CreateIndex) -> Result<Outcome> {
    if statement.unique {
        return create_unique(session, statement);
    }
    if let Some(second) = statement.more_columns.first() {
        let message = "an index orders the rows by one column";
        let help = "make an index for each column; UNIQUE indexes, UNIQUE and PRIMARY KEY take several";
        return Err(Error::new(Code::BadIndexDefinition, message).at(second.span).with_help(help));
    }
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

/// `CREATE UNIQUE INDEX`: the rows of a dataset differ in some columns.
fn create_unique(session: &mut Session, statement: &CreateIndex) -> Result<Outcome> {
    let target = session.dataset(&statement.table)?;
    if let Some(name) = &statement.name {
        let catalog = session.catalog_view().catalog();
        let is_index = catalog.database(&target.database)?.index(&name.name).is_some();
        if is_index || key_index(session, &name.name)?.is_some() {
            if statement.if_not_exists {
                return Ok(Outcome::Done(format!("there already: index {}", name.name)));
            }
            let message = format!("there is an index `{}` already", name.name);
            return Err(Error::new(Code::NameExists, message).at(name.span));
        }
    }
    if let Some((option, _)) = statement.options.first() {
        let message = format!("an index has no option `{}`", option.name);
        return Err(Error::new(Code::BadIndexDefinition, message).at(option.span));
    }
    let columns: Vec<Ident> =
        std::iter::once(&statement.column).chain(&statement.more_columns).cloned().collect();
    let name = constraint::unique_index(session, &statement.table, statement.name.as_ref(), &columns)?;
    let columns: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    Ok(Outcome::Done(format!("index {name} is on {}({})", target.dataset.name(), columns.join(", "))))
}

/// The dataset with a key of this name, whose index it is.
fn key_index(session: &Session, name: &str) -> Result<Option<(ObjectName, Constraint)>> {
    let catalog = session.catalog_view().catalog();
    let databases = [&session.own, &session.database].map(|database| catalog.find(database));
    for dataset in databases.into_iter().flatten().flat_map(|database| database.datasets()) {
        let definition = dataset.definition();
        if let Some(key) = definition.constraint(name).filter(|constraint| constraint.key().is_some()) {
            let table = Ident { name: (&*definition.name).into(), span: Span::default() };
            let table = ObjectName { parts: vec![table], span: Span::default() };
            return Ok(Some((table, key.clone())));
        }
    }
    Ok(None)
}

/// Drops a UNIQUE index. The index of another key goes with its constraint.
fn drop_unique(session: &mut Session, name: &Ident) -> Result<Option<Outcome>> {
    let Some((table, key)) = key_index(session, &name.name)? else { return Ok(None) };
    if !matches!(key.rule, Rule::Key { kind: KeyKind::Index, .. }) {
        let message = format!("the index `{}` serves the {} of `{}`", key.name, key.kind(), table);
        let help = format!("ALTER TABLE {table} DROP CONSTRAINT {}", key.name);
        return Err(Error::new(Code::NeededByConstraint, message).at(name.span).with_help(help));
    }
    constraint::drop_constraint(session, &table, name, false)?;
    Ok(Some(Outcome::Done(format!("index {} is gone", key.name))))
}

pub(super) fn drop(session: &mut Session, name: &Ident, if_exists: bool) -> Result<Outcome> {
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).filter(|own| own.index(&name.name).is_some());
    let database = if own.is_some() { session.own.clone() } else { session.database.clone() };
    let known = catalog.database(&database)?;
    let Some(index) = known.index(&name.name).cloned() else {
        if let Some(outcome) = drop_unique(session, name)? {
            return Ok(outcome);
        }
        let catalog = session.catalog_view().catalog();
        let known = catalog.database(&database)?;
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
    let databases: Vec<_> = databases.into_iter().filter_map(|database| catalog.find(database)).collect();
    for definition in
        databases.iter().flat_map(|database| database.datasets()).map(|dataset| dataset.definition())
    {
        if name.as_ref().is_some_and(|name| !same_name(name, &definition.name)) {
            continue;
        }
        for key in definition.constraints.iter().filter(|constraint| constraint.key().is_some()) {
            let kind = if key.is_primary() { "hash, primary key" } else { "hash, unique" };
            rows.push(vec![
                Cell::String(key.name.to_string()),
                Cell::String(definition.name.to_string()),
                Cell::String(key.columns().join(", ")),
                Cell::String(kind.to_string()),
                Cell::Null,
            ]);
        }
    }
    for index in databases.into_iter().flat_map(|database| database.indexes()) {
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
