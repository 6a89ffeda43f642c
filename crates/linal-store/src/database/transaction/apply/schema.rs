//! Columns.

use std::collections::HashMap;

use rusqlite::params;

use super::super::super::catalog::{columns as catalog_columns, insert_columns};
use super::super::super::column::{Column, allows_inline, id_count};
use super::super::super::error::Result;
use super::super::tables::create_inline_table;
use super::Context;
use super::datasets::Progress;

/// Makes columns the live ones, as a schema of its own with its own table of inline rows.
pub(super) fn set_columns(context: &Context<'_>, progress: &mut Progress, columns: &[Column]) -> Result<()> {
    let live = catalog_columns(context.connection, progress.id, context.snapshot)?;
    let live: HashMap<u64, (usize, &Column)> =
        live.iter().enumerate().map(|(position, column)| (column.id, (position, column))).collect();
    let stays = |position: usize, column: &Column| {
        live.get(&column.id).is_some_and(|(before, other)| *before == position && **other == *column)
    };
    for (position, column) in live.values() {
        let same = columns
            .iter()
            .enumerate()
            .any(|(at, other)| other.id == column.id && at == *position && stays(at, other));
        if !same {
            let last = column.id + id_count(&column.field) - 1;
            context.end(
                "linal_column",
                "dataset_id = ?2 AND column_id BETWEEN ?3 AND ?4",
                &[&progress.id, &column.id, &last],
            )?;
        }
    }
    for (position, column) in columns.iter().enumerate().filter(|(at, column)| !stays(*at, column)) {
        insert_columns(context.connection, progress.id, context.snapshot, column, position)?;
    }
    new_schema(context, progress, columns)
}

fn new_schema(context: &Context<'_>, progress: &mut Progress, columns: &[Column]) -> Result<()> {
    context.end("linal_dataset_schema", "dataset_id = ?2", &[&progress.id])?;
    progress.head.schema_version += 1;
    let version = progress.head.schema_version;
    let has_inline = allows_inline(columns);
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_dataset_schema (dataset_id, schema_version, begin_snapshot, has_inline) \
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![progress.id, version, context.snapshot, has_inline])?;
    if has_inline {
        create_inline_table(context.connection, progress.id, version, columns)?;
    }
    progress.inline_schemas = None;
    Ok(())
}
