//! Tables of the standard, with the standard's columns.

use linal_dataset::{Cell, RowSet};
use linal_store::ColumnType;

use super::{CATALOG, SCHEMA, schema_name, text};
use crate::context::QueryContext;

/// The databases visible to the session, and this schema.
pub(super) fn schemata(context: &QueryContext<'_>) -> RowSet {
    let names = [
        "catalog_name",
        "schema_name",
        "schema_owner",
        "default_character_set_catalog",
        "default_character_set_schema",
        "default_character_set_name",
        "sql_path",
    ];
    let catalog = context.catalog.catalog();
    let databases = catalog.visible(context.catalog.own).map(schema_name);
    let row = |name: &str| {
        let mut row = vec![text(CATALOG), text(name), text(CATALOG)];
        row.resize(names.len(), Cell::Null);
        row
    };
    let rows: Vec<Vec<Cell>> = databases.chain([SCHEMA]).map(row).collect();
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The datasets.
pub(super) fn tables(context: &QueryContext<'_>) -> RowSet {
    let names = ["table_catalog", "table_schema", "table_name", "table_type"];
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for dataset in database.datasets() {
            rows.push(vec![
                text(CATALOG),
                text(schema_name(database)),
                text(&dataset.name()),
                text("BASE TABLE"),
            ]);
        }
    }
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &rows)
}

/// The columns of the datasets.
pub(super) fn columns(context: &QueryContext<'_>) -> RowSet {
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
    let catalog = context.catalog.catalog();
    let mut rows = Vec::new();
    for database in catalog.visible(context.catalog.own) {
        for dataset in database.datasets() {
            let definition = dataset.definition();
            for (at, column) in definition.columns.iter().enumerate() {
                rows.push(vec![
                    text(CATALOG),
                    text(schema_name(database)),
                    text(&definition.name),
                    text(&column.name),
                    Cell::Int(at as i64 + 1),
                    column.default.as_ref().map_or(Cell::Null, |default| text(&default.text)),
                    text(if column.nullable { "YES" } else { "NO" }),
                    text(&column.type_name()),
                ]);
            }
        }
    }
    RowSet::from_rows(&types, &rows)
}

/// The views: the language has none, so tools get the columns without rows.
pub(super) fn views(_: &QueryContext<'_>) -> RowSet {
    let names = [
        "table_catalog",
        "table_schema",
        "table_name",
        "view_definition",
        "check_option",
        "is_updatable",
        "is_insertable_into",
    ];
    RowSet::from_rows(&names.map(|name| (name, ColumnType::String)), &[])
}
