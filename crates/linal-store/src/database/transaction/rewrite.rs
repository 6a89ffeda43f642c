//! Writes parts of a dataset anew, as segments.

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, interleave_record_batch};

use super::super::column::Column;
use super::super::error::Result;
use super::super::segment::SegmentWriter;
use super::super::snapshot::{Part, PartBatch, Scan};
use super::adapt::adapt;
use super::overlay::{Overlay, OverlayReader};
use super::plan::Rewrite;

/// Writes adjacent parts in the given columns, with their deletions and changes, and those of `overlay`. The
/// writer gets all rows.
pub(in crate::database) fn rewrite_parts(
    parts: &[Part],
    from: &[Column],
    to: &[Column],
    overlay: Option<&Overlay>,
    writer: &mut SegmentWriter,
) -> Result<Rewrite> {
    let mut rewrite = Rewrite::default();
    let bounds =
        parts.iter().map(Part::row_ids).reduce(|all, part| all.start.min(part.start)..all.end.max(part.end));
    rewrite.range = bounds.unwrap_or_default();
    // One for all parts, since changes that are made for one may go on in the next.
    let mut changes = overlay.map(|overlay| overlay.reader(writer.memory().cloned()));
    for part in parts {
        rewrite.ended.extend(part.files().map(|segment| segment.id));
        rewrite.deleted += part.deleted();
        rewrite.inline += part.inline_count();
        rewrite.rows_before += part.rows();
        if let Some(changes) = &mut changes
            && changes.overlay().streams_all(&part.row_ids(), part.rows())
        {
            // Nothing is left of what is there.
            changes.each_in(&part.row_ids(), |rows, ids| writer.write(rows, Some(ids)))?;
            continue;
        }
        for batch in part.scan(&Scan::default())? {
            writer.poll()?;
            let PartBatch { rows, row_ids } = batch?;
            let ids: Vec<u64> = row_ids.iter().collect();
            let rows = if from == to { rows } else { adapt(&rows, from, to)? };
            match &mut changes {
                None => writer.write(&rows, Some(&ids))?,
                Some(changes) => write_changed(&rows, &ids, to, changes, writer)?,
            }
        }
    }
    rewrite.segments = writer.finish()?;
    Ok(rewrite)
}

fn write_changed(
    rows: &RecordBatch,
    ids: &[u64],
    columns: &[Column],
    changes: &mut OverlayReader<'_>,
    writer: &mut SegmentWriter,
) -> Result<()> {
    let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else { return Ok(()) };
    let (changed_ids, changed) = changes.updated_in(columns, first, last + 1)?;
    let overlay = changes.overlay();
    let pick = |(row, id): (usize, &u64)| match changed_ids.binary_search(id) {
        Ok(at) => (1, at),
        Err(_) => (0, row),
    };
    let rows = if changed_ids.is_empty() {
        rows.clone()
    } else {
        let picks: Vec<(usize, usize)> = ids.iter().enumerate().map(pick).collect();
        interleave_record_batch(&[rows, &changed], &picks)?
    };
    let keep: Vec<bool> = ids.iter().map(|id| !overlay.deleted().contains(id)).collect();
    if keep.iter().all(|&keep| keep) {
        return writer.write(&rows, Some(ids));
    }
    let kept: Vec<u64> = ids.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(id, _)| *id).collect();
    writer.write(&filter_record_batch(&rows, &BooleanArray::from(keep))?, Some(&kept))
}
