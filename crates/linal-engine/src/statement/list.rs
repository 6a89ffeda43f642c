//! What datasets there are and what they are: `SHOW ALL DATASETS`, `SHOW SCHEMA t`, `SHOW t`.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;
use linal_lang::ast::{Expr, ExprKind, ObjectName};

use crate::dataset::{ColumnDef, Dataset, Snapshot};
use crate::error::Result;
use crate::outcome::{Cell, Outcome, RowSet};
use crate::session::Session;

/// The datasets of the database in use.
pub(super) fn datasets(session: &Session) -> Result<RowSet> {
    let mut rows = RowSet::new(&[("name", "String"), ("rows", "Int"), ("columns", "Int")]);
    let catalog = session.catalog_view().catalog();
    for dataset in catalog.database(&session.database)?.datasets() {
        let snapshot = dataset.snapshot();
        rows.rows.push(vec![
            Cell::String(snapshot.name.to_string()),
            Cell::Int(snapshot.rows as i64),
            Cell::Int(snapshot.columns.len() as i64),
        ]);
    }
    Ok(rows)
}

/// The columns of a dataset.
pub(super) fn schema(session: &Session, table: &ObjectName) -> Result<Outcome> {
    let target = session.dataset(table)?;
    let columns = [
        ("column", "String"),
        ("type", "String"),
        ("nullable", "Bool"),
        ("default", "String"),
        ("computed", "String"),
    ];
    let mut rows = RowSet::new(&columns);
    for column in target.dataset.definition().columns.iter() {
        rows.rows.push(vec![
            Cell::String(column.name.to_string()),
            Cell::String(column.column_type.to_string()),
            Cell::Bool(column.nullable),
            column.default.as_ref().map_or(Cell::Null, |default| Cell::String(default.text.to_string())),
            computed(column),
        ]);
    }
    Ok(Outcome::Rows(rows))
}

fn computed(column: &ColumnDef) -> Cell {
    match &column.computed {
        None => Cell::Null,
        Some(computed) if computed.lazy => Cell::String(format!("{} (lazy)", computed.text)),
        Some(computed) => Cell::String(computed.text.to_string()),
    }
}

/// The dataset that `SHOW t` and `SHOW db.t` are about, when no tensor has the name.
pub(super) fn shown(session: &Session, expr: &Expr) -> Result<Option<Arc<Dataset>>> {
    let found = match &expr.root().kind {
        ExprKind::Name(name) => match session.variables.find(name) {
            Some(_) if session.variables.dataset_alias(name).is_none() => None,
            _ => session.lookup_dataset(None, name)?,
        },
        // `a.b` is a column of the dataset `a` if there is one, else the dataset `b` of the database `a`.
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

/// All rows of a dataset.
pub(super) fn rows(snapshot: &Snapshot) -> RowSet {
    let columns: Vec<(&str, &'static str)> = snapshot
        .columns
        .iter()
        .map(|column| (&*column.name, kind(&column.field().data_type().clone())))
        .collect();
    let mut rows = RowSet::new(&columns);
    for batch in snapshot.batches() {
        for row in 0..batch.num_rows() {
            rows.rows.push(batch.columns().iter().map(|column| cell(column, row)).collect());
        }
    }
    rows
}

fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "Bool",
        DataType::Int64 => "Int",
        DataType::Float64 => "Float",
        _ => "String",
    }
}

fn cell(column: &dyn Array, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Null;
    }
    match column.data_type() {
        DataType::Boolean => Cell::Bool(column.as_boolean().value(row)),
        DataType::Int64 => Cell::Int(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::Float(column.as_primitive::<Float64Type>().value(row)),
        _ => Cell::String(array_value_to_string(column, row).unwrap_or_default()),
    }
}
