//! Lists of datasets and columns: `SHOW ALL DATASETS`, `SHOW SCHEMA t`, `SHOW t`.

use std::sync::Arc;

use linal_lang::ast::{Expr, ExprKind, ObjectName};

use linal_dataset::catalog::is_own;
use linal_dataset::{Cell, ColumnDef, Dataset, Result, RowSet};
use linal_store::ColumnType;

use crate::outcome::Outcome;
use crate::session::Session;

/// The datasets of this session only, and those of the current database.
pub(super) fn datasets(session: &Session) -> Result<RowSet> {
    let columns = [("name", ColumnType::String), ("rows", ColumnType::Int), ("columns", ColumnType::Int)];
    let mut rows = Vec::new();
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).into_iter().flat_map(|own| own.datasets());
    for dataset in own.chain(catalog.database(&session.database)?.datasets()) {
        let snapshot = dataset.snapshot();
        rows.push(vec![
            Cell::String(snapshot.name.to_string()),
            Cell::Int(snapshot.rows as i64),
            Cell::Int(snapshot.columns.len() as i64),
        ]);
    }
    Ok(RowSet::from_rows(&columns, &rows))
}

/// The names of the datasets that the session sees without naming a database, in their order.
pub(super) fn tables(session: &Session) -> Result<RowSet> {
    let catalog = session.catalog_view().catalog();
    let own = catalog.own(&session.own).into_iter().flat_map(|own| own.datasets());
    let all = own.chain(catalog.database(&session.database)?.datasets());
    let mut names: Vec<String> = all.map(|dataset| dataset.name().to_string()).collect();
    names.sort_unstable();
    names.dedup();
    let rows: Vec<Vec<Cell>> = names.into_iter().map(|name| vec![Cell::String(name)]).collect();
    Ok(RowSet::from_rows(&[("name", ColumnType::String)], &rows))
}

/// The datasets of all databases with their columns; those of the session are temporary.
pub(super) fn all_tables(session: &Session) -> RowSet {
    let columns = [
        ("database", ColumnType::String),
        ("name", ColumnType::String),
        ("column_names", ColumnType::String),
        ("column_types", ColumnType::String),
        ("temporary", ColumnType::Bool),
    ];
    let catalog = session.catalog_view().catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(&session.own) {
        let is_own = is_own(&database.name);
        let schema = if is_own { "session" } else { &*database.name };
        for dataset in database.datasets() {
            let definition = dataset.definition();
            let names: Vec<&str> = definition.columns.iter().map(|column| &*column.name).collect();
            let types: Vec<String> = definition.columns.iter().map(ColumnDef::type_name).collect();
            rows.push(vec![
                Cell::String(schema.to_string()),
                Cell::String(definition.name.to_string()),
                Cell::String(names.join(", ")),
                Cell::String(types.join(", ")),
                Cell::Bool(is_own),
            ]);
        }
    }
    RowSet::from_rows(&columns, &rows)
}

/// The columns of a dataset.
pub(super) fn schema(session: &Session, table: &ObjectName) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let columns = [
        ("column", ColumnType::String),
        ("type", ColumnType::String),
        ("nullable", ColumnType::Bool),
        ("default", ColumnType::String),
        ("computed", ColumnType::String),
    ];
    let mut rows = Vec::new();
    for column in target.dataset.definition().columns.iter() {
        rows.push(vec![
            Cell::String(column.name.to_string()),
            Cell::String(column.type_name()),
            Cell::Bool(column.nullable),
            column.default.as_ref().map_or(Cell::Null, |default| Cell::String(default.text.to_string())),
            computed(column),
        ]);
    }
    Ok(Outcome::Rows(RowSet::from_rows(&columns, &rows)))
}

fn computed(column: &ColumnDef) -> Cell {
    match &column.computed {
        None => Cell::Null,
        Some(computed) if computed.lazy => Cell::String(format!("{} (lazy)", computed.text)),
        Some(computed) => Cell::String(computed.text.to_string()),
    }
}

/// The dataset of `SHOW t` or `SHOW db.t`, when no tensor has the name.
pub(super) fn shown(session: &Session, expr: &Expr) -> Result<Option<Arc<Dataset>>> {
    let found = match &expr.root().kind {
        ExprKind::Name(name) => match session.variables.find(name) {
            Some(_) if session.variables.dataset_alias(name).is_none() => None,
            _ => session.lookup_dataset(None, name)?,
        },
        // `a.b` is a column of the dataset `a` if there is one, and otherwise the dataset `b` of the database
        // `a`.
        ExprKind::Member { database: None, base, field } if session.lookup_dataset(None, base)?.is_none() => {
            let catalog = session.catalog_view().catalog();
            match catalog.find(base) {
                Some(_) => session.lookup_dataset(Some(base), field)?,
                None => None,
            }
        }
        _ => None,
    };
    Ok(found.map(|(_, dataset)| dataset))
}
