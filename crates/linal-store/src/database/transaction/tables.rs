//! The tables and views of single datasets.

use rusqlite::Connection;

use super::super::catalog::{column_name, inline_table};
use super::super::column::{Column, lake_type};
use super::super::error::Result;
use super::super::ids::DatasetId;
use super::super::value::{inline_sql_type, inline_view_expr};

/// Creates the table of inline rows of a schema, and the view that DuckLake reads it through.
pub(super) fn create_inline_table(
    connection: &Connection,
    dataset: DatasetId,
    version: u64,
    columns: &[Column],
) -> Result<()> {
    let table = inline_table(dataset, version);
    let mut definitions = String::new();
    let mut shown = String::new();
    for column in columns.iter().filter(|column| !column.is_lazy()) {
        let (name, kind) = (column_name(column.id), column.field.data_type());
        definitions.push_str(&format!("{name} {}, ", inline_sql_type(kind)));
        if lake_type(&column.field).is_some() {
            shown.push_str(&format!(", {} AS {}", inline_view_expr(kind, &name), quoted(column.name())));
        }
    }
    connection.execute_batch(&format!(
        "CREATE TABLE {table} (row_id INTEGER NOT NULL, begin_snapshot INTEGER NOT NULL, end_snapshot INTEGER, \
         checksum INTEGER, {definitions}PRIMARY KEY (row_id, begin_snapshot)) STRICT, WITHOUT ROWID; \
         CREATE VIEW ducklake_inlined_data_{dataset}_{version} AS \
         SELECT row_id, begin_snapshot, end_snapshot{shown} FROM {table};"
    ))?;
    Ok(())
}

/// Creates the view of the deletions of a dataset.
pub(super) fn create_delete_view(connection: &Connection, dataset: DatasetId) -> Result<()> {
    connection.execute_batch(&format!(
        "CREATE VIEW ducklake_inlined_delete_{dataset} AS SELECT segment_id AS file_id, position AS row_id, \
         begin_snapshot FROM linal_inline_delete WHERE dataset_id = {dataset};"
    ))?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
