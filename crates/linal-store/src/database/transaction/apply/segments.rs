//! Files and segments.

use rusqlite::params;

use super::super::super::error::Result;
use super::super::super::id_counters::next;
use super::super::super::segment::{StoredStatistics, WrittenFile, WrittenSegment};
use super::Context;
use super::datasets::Progress;

/// Names a file; returns its number.
pub(super) fn insert_file(context: &Context<'_>, file: &WrittenFile, kind: &str) -> Result<u64> {
    let id = next(&context.inner.ids.file)?;
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_file (file_id, path, kind, bytes, sha256, created_snapshot, block_checksums) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id,
            file.path,
            kind,
            file.bytes,
            file.sha256,
            context.snapshot,
            file.checksums.to_bytes()
        ])?;
    Ok(id)
}

/// Names a segment. `ids` are the first row id, that behind the last, and whether the file has them.
pub(super) fn insert(
    context: &Context<'_>,
    progress: &mut Progress,
    segment: &WrittenSegment,
    ids: (u64, u64, bool),
) -> Result<()> {
    let file = insert_file(context, &segment.file, "segment")?;
    let vectors = segment.vectors.as_ref().map(|file| insert_file(context, file, "vectors")).transpose()?;
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_segment (segment_id, dataset_id, begin_snapshot, file_id, footer_bytes, \
             vectors_file_id, schema_version, rows, row_id_start, row_id_end, has_row_ids) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            segment.id,
            progress.id,
            context.snapshot,
            file,
            segment.file.parquet_footer(),
            vectors,
            progress.head.schema_version,
            segment.rows,
            ids.0,
            ids.1,
            ids.2
        ])?;
    for statistics in &segment.statistics {
        insert_statistics(context, segment.id, statistics)?;
    }
    progress.segments = None;
    Ok(())
}

fn insert_statistics(context: &Context<'_>, segment: u64, statistics: &StoredStatistics) -> Result<()> {
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_segment_column (segment_id, column_id, bytes, value_count, null_count, min_value, \
             max_value, contains_nan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            segment,
            statistics.column,
            statistics.bytes,
            statistics.values,
            statistics.nulls,
            statistics.min,
            statistics.max,
            statistics.contains_nan
        ])?;
    Ok(())
}
