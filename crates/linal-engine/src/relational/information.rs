//! `information_schema`: what there is, as tables that tools look for.

use std::sync::Arc;

use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::TableSource;
use linal_store::ColumnType;

use crate::catalog::{Database, is_own};
use crate::error::Result;
use crate::outcome::{Cell, RowSet};
use crate::session::Session;

/// The schema's name.
pub(super) const SCHEMA: &str = "information_schema";

/// `information_schema.tables` and `information_schema.columns`, over all databases.
pub(super) fn table(session: &Session, name: &str) -> Result<Option<Arc<dyn TableSource>>> {
    let rows = match name {
        "tables" => tables(session),
        "columns" => columns(session),
        _ => return Ok(None),
    };
    let table =
        MemTable::try_new(rows.schema, vec![rows.batches]).map_err(|error| super::error::internal(&error))?;
    Ok(Some(provider_as_source(Arc::new(table))))
}

fn text(value: &str) -> Cell {
    Cell::String(value.to_string())
}

/// The schema that a database is: a session's own is `session` to it.
fn schema_name(database: &Database) -> &str {
    if is_own(&database.name) { "session" } else { &database.name }
}

fn tables(session: &Session) -> RowSet {
    let names = ["table_catalog", "table_schema", "table_name", "table_type"];
    let catalog = session.catalog_view().catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(&session.own) {
        for dataset in database.datasets() {
            rows.push(vec![
                text("linal"),
                text(schema_name(database)),
                text(&dataset.name()),
                text("BASE TABLE"),
            ]);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

fn columns(session: &Session) -> RowSet {
    let types = [
        ("table_catalog", ColumnType::String),
        ("table_schema", ColumnType::String),
        ("table_name", ColumnType::String),
        ("column_name", ColumnType::String),
        ("ordinal_position", ColumnType::Int),
        ("column_default", ColumnType::String),
        ("is_nullable", ColumnType::String),
        ("data_type", ColumnType::String),
    ];
    let catalog = session.catalog_view().catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(&session.own) {
        for dataset in database.datasets() {
            let definition = dataset.definition();
            for (at, column) in definition.columns.iter().enumerate() {
                rows.push(vec![
                    text("linal"),
                    text(schema_name(database)),
                    text(&definition.name),
                    text(&column.name),
                    Cell::Int(at as i64 + 1),
                    column.default.as_ref().map_or(Cell::Null, |default| text(&default.text)),
                    text(if column.nullable { "YES" } else { "NO" }),
                    text(&column.column_type.to_string()),
                ]);
            }
        }
    }
    RowSet::from_rows(&types, &rows)
}
