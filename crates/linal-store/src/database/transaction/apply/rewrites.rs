//! Parts of a dataset that were written anew.

use rusqlite::{OptionalExtension, params};

use super::super::plan::Rewrite;
use super::datasets::Progress;
use super::{Context, Failure, rows, segments};

/// Replaces parts by segments.
///
/// # Errors
/// [`Failure::Stale`] when the parts are not as they were read.
pub(super) fn apply(
    context: &Context<'_>,
    progress: &mut Progress,
    rewrite: &Rewrite,
) -> std::result::Result<(), Failure> {
    let mut deleted = 0;
    for &segment in &rewrite.ended {
        let count: Option<u64> = context
            .connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM linal_inline_delete d WHERE d.segment_id = s.segment_id) \
                 FROM linal_segment s WHERE s.segment_id = ?1 AND s.end_snapshot IS NULL",
            )?
            .query_row([segment], |row| row.get(0))
            .optional()?;
        deleted += count.ok_or(Failure::Stale)?;
        context.end("linal_segment", "segment_id = ?2", &[&segment])?;
    }
    let others: bool = context
        .connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM linal_segment WHERE dataset_id = ?1 AND end_snapshot IS NULL \
             AND row_id_start < ?3 AND row_id_end > ?2)",
        )?
        .query_row(params![progress.id, rewrite.range.start, rewrite.range.end], |row| row.get(0))?;
    // A row that was changed meanwhile has a successor under the same id, which the count does not show.
    if rows::has_newer_inline(context, progress, rewrite.range.start, rewrite.range.end)? {
        return Err(Failure::Stale);
    }
    let inline = rows::end_inline(context, progress, rewrite.range.start, rewrite.range.end)?;
    if others || deleted != rewrite.deleted || inline != rewrite.inline {
        return Err(Failure::Stale);
    }
    let mut rows_after = 0;
    for segment in &rewrite.segments {
        let ids = segment.row_ids.unwrap_or((rewrite.range.start, rewrite.range.end, true));
        segments::insert(context, progress, segment, ids)?;
        rows_after += segment.rows;
    }
    let left = (progress.head.rows + rows_after).checked_sub(rewrite.rows_before);
    progress.head.rows = left.ok_or_else(|| progress.miscounted())?;
    progress.segments = None;
    Ok(())
}
