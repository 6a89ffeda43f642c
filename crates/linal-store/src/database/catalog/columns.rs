//! The columns of datasets in the catalog.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::Field;
use rusqlite::{Connection, Row, params};

use super::super::column::{
    Column, ComputedColumn, LakeType, decode_field, encode_field, lake_children, lake_type,
};
use super::super::error::{Result, StoreError};
use super::super::ids::DatasetId;
use super::super::value::{decode_text, encode_text};

/// The columns of a dataset in a snapshot, in order.
///
/// # Errors
/// A catalog that is damaged.
pub(in crate::database) fn columns(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
) -> Result<Vec<Column>> {
    let mut statement = connection.prepare_cached(
        "SELECT column_id, name, logical_type, arrow_schema, nullable, initial_default, default_value, expression, \
         lazy, metadata FROM linal_column WHERE dataset_id = ?1 AND parent_column_id IS NULL \
         AND begin_snapshot <= ?2 AND (end_snapshot IS NULL OR end_snapshot > ?2) ORDER BY position",
    )?;
    let mut rows = statement.query(params![dataset, snapshot])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        columns.push(column_of(row)?);
    }
    Ok(columns)
}

fn column_of(row: &Row<'_>) -> Result<Column> {
    let name: String = row.get(1)?;
    let field: Vec<u8> = row.get(3)?;
    let field = decode_field(&field)?.with_name(name);
    let nullable: bool = row.get(4)?;
    let expression: Option<String> = row.get(7)?;
    let lazy: bool = row.get(8)?;
    let initial: Option<String> = row.get(5)?;
    let initial = initial.map(|text| decode_text(field.data_type(), &text)).transpose()?;
    let metadata: String = row.get(9)?;
    Ok(Column {
        id: row.get(0)?,
        field: Arc::new(field.with_nullable(nullable)),
        declared_type: row.get(2)?,
        default: row.get(6)?,
        initial,
        computed: expression.map(|text| ComputedColumn { text, lazy }),
        metadata: decode_metadata(&metadata)?,
    })
}

/// Entries from JSON.
pub(super) fn decode_metadata(json: &str) -> Result<BTreeMap<String, String>> {
    serde_json::from_str(json).map_err(|_| StoreError::damaged("the catalog has metadata that are no JSON"))
}

/// Entries as JSON.
pub(in crate::database) fn encode_metadata(metadata: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(metadata).map_err(|error| StoreError::internal(error.to_string()))
}

/// Adds a column at a position, with its nested fields.
///
/// # Errors
/// A file that cannot be written.
pub(in crate::database) fn insert_columns(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
    column: &Column,
    position: usize,
) -> Result<()> {
    let initial = column.initial.as_ref().map(|value| encode_text(value, 0)).transpose()?.flatten();
    let shown = if column.is_lazy() { None } else { lake_type(&column.field) };
    let (lake_name, lake_cast) = match shown {
        Some(LakeType { name, cast }) => (Some(name), cast),
        None => (None, None),
    };
    let is_shown = lake_name.is_some();
    connection
        .prepare_cached(
            "INSERT INTO linal_column (dataset_id, column_id, begin_snapshot, position, name, logical_type, \
             arrow_schema, nullable, initial_default, default_value, expression, lazy, metadata, lake_type, \
             lake_cast) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            dataset,
            column.id,
            snapshot,
            position,
            column.name(),
            column.declared_type,
            encode_field(&column.field),
            column.field.is_nullable(),
            initial,
            column.default,
            column.computed.as_ref().map(|computed| &computed.text),
            column.is_lazy(),
            encode_metadata(&column.metadata)?,
            lake_name,
            lake_cast,
        ])?;
    let mut next = column.id + 1;
    insert_children(connection, dataset, snapshot, column.id, &column.field, is_shown, &mut next)
}

fn insert_children(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
    parent: u64,
    field: &Field,
    is_shown: bool,
    next: &mut u64,
) -> Result<()> {
    for (position, (name, child)) in lake_children(field.data_type()).into_iter().enumerate() {
        let id = *next;
        *next += 1;
        let lake_name = if is_shown { lake_type(&child).map(|lake| lake.name) } else { None };
        connection
            .prepare_cached(
                "INSERT INTO linal_column (dataset_id, column_id, begin_snapshot, parent_column_id, position, name, \
                 logical_type, nullable, lake_type) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                dataset,
                id,
                snapshot,
                parent,
                position,
                name,
                crate::ColumnType::of(&child).to_string(),
                child.is_nullable(),
                lake_name,
            ])?;
        insert_children(connection, dataset, snapshot, id, &child, is_shown, next)?;
    }
    Ok(())
}
