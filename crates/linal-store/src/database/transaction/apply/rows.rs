//! Rows: inline ones, and deletions.

use arrow::array::RecordBatch;
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::super::super::catalog::{checksum, column_name, columns, has_checksums, inline_table, segments};
use super::super::super::error::{Result, StoreError};
use super::super::super::value::encode_inline;
use super::Context;
use super::datasets::Progress;

/// Looks once in so many rows, each of which takes some microseconds, whether the statement is to stop.
fn look(context: &Context<'_>, at: usize) -> Result<()> {
    if at % 256 == 255 { context.poll() } else { Ok(()) }
}

/// The numbers of the schemas that have a table of inline rows, the last one first.
fn inline_schemas(context: &Context<'_>, progress: &mut Progress) -> Result<Vec<u64>> {
    if progress.inline_schemas.is_none() {
        let mut statement = context.connection.prepare_cached(
            "SELECT schema_version FROM linal_dataset_schema WHERE dataset_id = ?1 AND has_inline = 1 \
             ORDER BY schema_version DESC",
        )?;
        let versions = statement.query_map([progress.id], |row| row.get(0))?;
        progress.inline_schemas = Some(versions.collect::<rusqlite::Result<_>>()?);
    }
    Ok(progress.inline_schemas.clone().unwrap_or_default())
}

/// Ends all segments and inline rows.
pub(super) fn end_all(context: &Context<'_>, progress: &mut Progress) -> Result<()> {
    context.end("linal_segment", "dataset_id = ?2", &[&progress.id])?;
    end_inline(context, progress, 0, i64::MAX as u64)?;
    progress.segments = None;
    Ok(())
}

/// Ends the inline rows among the ids from `start` to before `end`; returns their number.
pub(super) fn end_inline(
    context: &Context<'_>,
    progress: &mut Progress,
    start: u64,
    end: u64,
) -> Result<u64> {
    let mut ended = 0;
    for version in inline_schemas(context, progress)? {
        let table = inline_table(progress.id, version);
        ended += context.end(&table, "row_id >= ?2 AND row_id < ?3", &[&start, &end])?;
    }
    Ok(ended as u64)
}

/// Whether a live inline row among the ids from `start` to before `end` is younger than the snapshot that the plan is
/// based on.
pub(super) fn has_newer_inline(
    context: &Context<'_>,
    progress: &mut Progress,
    start: u64,
    end: u64,
) -> Result<bool> {
    for version in inline_schemas(context, progress)? {
        let table = inline_table(progress.id, version);
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {table} WHERE row_id >= ?1 AND row_id < ?2 AND end_snapshot IS NULL \
             AND begin_snapshot > ?3)"
        );
        let found: bool = context
            .connection
            .prepare_cached(&sql)?
            .query_row(params![start, end, context.base], |row| row.get(0))?;
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Inserts rows into the table of the live schema.
pub(super) fn insert(
    context: &Context<'_>,
    progress: &mut Progress,
    ids: &[u64],
    rows: &RecordBatch,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let live = match context.inner.known_columns(progress.id, progress.head.schema_version) {
        Some(known) => known,
        None => columns(context.connection, progress.id, context.snapshot)?.into(),
    };
    let stored: Vec<usize> = (0..live.len()).filter(|&at| !live[at].is_lazy()).collect();
    let mut names = String::from("row_id, begin_snapshot");
    let mut values = String::from("?, ?");
    for &at in &stored {
        names.push_str(", ");
        names.push_str(&column_name(live[at].id));
        values.push_str(", ?");
    }
    let table = inline_table(progress.id, progress.head.schema_version);
    let has_checksums = has_checksums(context.connection, &table)?;
    if has_checksums {
        names.push_str(", checksum");
        values.push_str(", ?");
    }
    let sql = format!("INSERT INTO {table} ({names}) VALUES ({values})");
    let mut statement = context.connection.prepare_cached(&sql)?;
    for (row, &id) in ids.iter().enumerate() {
        look(context, row)?;
        let mut bound = Vec::with_capacity(stored.len() + 3);
        bound.push(Value::Integer(id as i64));
        bound.push(Value::Integer(context.snapshot as i64));
        for &at in &stored {
            bound.push(encode_inline(rows.column(at), row)?);
        }
        if has_checksums {
            let values = stored.iter().map(|&at| live[at].id).zip(&bound[2..]);
            bound.push(Value::Integer(checksum(id, context.snapshot, values)));
        }
        statement.execute(params_from_iter(bound))?;
    }
    Ok(())
}

/// Deletes rows by ascending ids.
///
/// # Errors
/// An id that no row has.
pub(super) fn delete(context: &Context<'_>, progress: &mut Progress, ids: &[u64]) -> Result<()> {
    for (at, &id) in ids.iter().enumerate() {
        look(context, at)?;
        end_row(context, progress, id)?;
        progress.head.rows = progress.head.rows.checked_sub(1).ok_or_else(|| progress.miscounted())?;
    }
    Ok(())
}

/// Replaces rows by ascending ids.
///
/// # Errors
/// An id that no row has.
pub(super) fn update(
    context: &Context<'_>,
    progress: &mut Progress,
    ids: &[u64],
    rows: &RecordBatch,
) -> Result<()> {
    for (at, &id) in ids.iter().enumerate() {
        look(context, at)?;
        end_row(context, progress, id)?;
    }
    insert(context, progress, ids, rows)
}

/// Ends a row wherever it is.
fn end_row(context: &Context<'_>, progress: &mut Progress, id: u64) -> Result<()> {
    for version in inline_schemas(context, progress)? {
        let table = inline_table(progress.id, version);
        if context.end(&table, "row_id = ?2", &[&id])? > 0 {
            return Ok(());
        }
    }
    let missing =
        || StoreError::internal(format!("the dataset `{}` has no row with the id {id}", progress.label));
    if progress.segments.is_none() {
        progress.segments = Some(segments(context.connection, progress.id, context.snapshot)?);
    }
    let live = progress.segments.as_deref().unwrap_or_default();
    let at = live.partition_point(|segment| segment.row_ids.1 <= id);
    let segment = live.get(at).filter(|segment| segment.row_ids.0 <= id).ok_or_else(missing)?;
    let position = if segment.stores_row_ids {
        context.inner.segment(segment)?.row_position(id)?.ok_or_else(missing)?
    } else {
        id - segment.row_ids.0
    };
    let inserted = context
        .connection
        .prepare_cached(
            "INSERT INTO linal_inline_delete (segment_id, position, row_id, begin_snapshot, dataset_id) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![segment.id, position, id, context.snapshot, progress.id])?;
    if inserted == 0 { Err(missing()) } else { Ok(()) }
}
