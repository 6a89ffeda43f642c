//! The rows of an earlier snapshot.

use rusqlite::params;

use super::super::super::catalog::{self, inline_rows, inline_schemas};
use super::super::super::error::{Result, StoreError};
use super::super::super::id_counters::next;
use super::Context;
use super::datasets::Progress;
use super::rows;

/// Names the files of an earlier snapshot again, as new segments with the same deletions, and copies its
/// inline rows. The columns are those of that snapshot already.
pub(super) fn restore(context: &Context<'_>, progress: &mut Progress, then: u64) -> Result<()> {
    if then < progress.head.oldest {
        return Err(StoreError::conflict(&progress.label));
    }
    let (connection, id) = (context.connection, progress.id);
    let columns = catalog::columns(connection, id, then)?;
    let schemas = inline_schemas(connection, id, then)?;
    let inline = inline_rows(connection, id, then, &columns, &schemas)?;
    let mut count = inline.ids.len() as u64;
    for segment in catalog::segments(connection, id, then)? {
        let new = next(&context.inner.ids.segment)?;
        connection
            .prepare_cached(
                "INSERT INTO linal_segment (segment_id, dataset_id, begin_snapshot, file_id, footer_bytes, \
                 vectors_file_id, schema_version, rows, row_id_start, row_id_end, has_row_ids, partial_max) \
                 SELECT ?1, dataset_id, ?2, file_id, footer_bytes, vectors_file_id, schema_version, rows, \
                 row_id_start, row_id_end, has_row_ids, partial_max FROM linal_segment WHERE segment_id = ?3",
            )?
            .execute(params![new, context.snapshot, segment.id])?;
        connection
            .prepare_cached(
                "INSERT INTO linal_segment_column SELECT ?1, column_id, bytes, value_count, null_count, min_value, \
                 max_value, contains_nan FROM linal_segment_column WHERE segment_id = ?2",
            )?
            .execute(params![new, segment.id])?;
        let deleted = connection
            .prepare_cached(
                "INSERT INTO linal_inline_delete (segment_id, position, row_id, begin_snapshot, dataset_id) \
                 SELECT ?1, position, row_id, ?2, dataset_id FROM linal_inline_delete WHERE segment_id = ?3 \
                 AND begin_snapshot <= ?4",
            )?
            .execute(params![new, context.snapshot, segment.id, then])?;
        count += segment.rows - deleted as u64;
    }
    rows::insert(context, progress, &inline.ids, &inline.rows)?;
    progress.segments = None;
    progress.head.rows = count;
    Ok(())
}
