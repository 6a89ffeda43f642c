//! Rows of a segment without those that are deleted, and with changed rows in their places.
//!
//! A changed row is a deletion in the segment and a row of the catalog with the same row id. Rows are in the
//! order of their ids, so that the two are merged by id.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{filter_record_batch, interleave_record_batch};
use arrow::datatypes::SchemaRef;

use super::super::column::{Column, schema_of};
use super::super::error::{Result, StoreError};
use super::super::segment::SegmentBatch;
use super::part::PartRows;
use super::scan::{PartBatch, RowIds};

/// The changes of a part that are not merged yet.
pub(super) struct SegmentMerge {
    schema: SchemaRef,
    /// The deleted places, in order.
    deletions: Arc<[u64]>,
    /// The rows of the catalog, and their ids.
    inline: RecordBatch,
    ids: Arc<[u64]>,
    next: usize,
}

impl SegmentMerge {
    /// The changes of a part in some columns and rows.
    pub fn new(part: &PartRows, columns: &[Column], row_ids: Option<&[Range<u64>]>) -> Result<SegmentMerge> {
        let changed = &part.inline;
        let arrays: Vec<ArrayRef> = columns
            .iter()
            .filter_map(|column| part.columns.iter().position(|other| other.id == column.id))
            .map(|at| changed.rows.column(at).clone())
            .collect();
        let schema = schema_of(columns);
        let mut inline = with_schema(&schema, arrays, changed.ids.len())?;
        let mut ids = changed.ids.clone();
        if let Some(ranges) = row_ids {
            let is_wanted = |id: &u64| {
                let at = ranges.partition_point(|range| range.end <= *id);
                ranges.get(at).is_some_and(|range| range.contains(id))
            };
            let keep: Vec<bool> = ids.iter().map(is_wanted).collect();
            ids = ids.iter().copied().filter(is_wanted).collect();
            inline = filter_record_batch(&inline, &BooleanArray::from(keep))?;
        }
        Ok(SegmentMerge { schema, deletions: part.deletions.clone(), inline, ids, next: 0 })
    }

    /// A batch of the segment with its changes; `None` when all of its rows are deleted.
    pub fn merge(&mut self, batch: SegmentBatch, row_ids: RowIds) -> Result<Option<PartBatch>> {
        let rows = with_schema(&self.schema, batch.columns, batch.rows)?;
        let keep = self.kept(&batch.positions, batch.rows);
        let last = row_ids.last().unwrap_or(0);
        let end = self.next + self.ids[self.next..].partition_point(|&id| id <= last);
        let Some(keep) = keep else {
            if end == self.next {
                return Ok(Some(PartBatch { rows, row_ids }));
            }
            let keep = vec![true; batch.rows];
            return self.interleaved(&rows, &row_ids, &keep, end);
        };
        if end == self.next {
            let kept_ids: Arc<[u64]> =
                row_ids.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(id, _)| id).collect();
            if kept_ids.is_empty() {
                return Ok(None);
            }
            let rows = filter_record_batch(&rows, &BooleanArray::from(keep))?;
            return Ok(Some(PartBatch { rows, row_ids: RowIds::List(kept_ids) }));
        }
        self.interleaved(&rows, &row_ids, &keep, end)
    }

    /// Which rows of a batch are not deleted; `None` when all are there.
    fn kept(&self, positions: &[Range<u64>], rows: usize) -> Option<Vec<bool>> {
        let any = positions.iter().any(|range| {
            let at = self.deletions.partition_point(|&place| place < range.start);
            self.deletions.get(at).is_some_and(|&place| place < range.end)
        });
        if !any {
            return None;
        }
        let mut keep = Vec::with_capacity(rows);
        for range in positions {
            let mut at = self.deletions.partition_point(|&place| place < range.start);
            for place in range.clone() {
                let is_deleted = self.deletions.get(at) == Some(&place);
                at += usize::from(is_deleted);
                keep.push(!is_deleted);
            }
        }
        Some(keep)
    }

    /// The kept rows and the rows of the catalog up to `end`, by id.
    fn interleaved(
        &mut self,
        rows: &RecordBatch,
        row_ids: &RowIds,
        keep: &[bool],
        end: usize,
    ) -> Result<Option<PartBatch>> {
        let mut picks = Vec::with_capacity(keep.len());
        let mut ids = Vec::with_capacity(keep.len());
        for (row, id) in row_ids.iter().enumerate().filter(|(row, _)| keep[*row]) {
            while self.next < end && self.ids[self.next] < id {
                picks.push((1, self.next));
                ids.push(self.ids[self.next]);
                self.next += 1;
            }
            picks.push((0, row));
            ids.push(id);
        }
        picks.extend((self.next..end).map(|at| (1, at)));
        ids.extend(&self.ids[self.next..end]);
        self.next = end;
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(StoreError::damaged("a row of the catalog has the id of a row that is not deleted"));
        }
        let rows = if self.schema.fields().is_empty() {
            with_schema(&self.schema, Vec::new(), picks.len())?
        } else {
            interleave_record_batch(&[rows, &self.inline], &picks)?
        };
        Ok(Some(PartBatch { rows, row_ids: RowIds::List(ids.into()) }))
    }

    /// The rows of the catalog behind the segment.
    pub fn rest(&mut self) -> Result<Option<PartBatch>> {
        let range = self.next..self.ids.len();
        if range.is_empty() {
            return Ok(None);
        }
        self.next = range.end;
        let rows = self.inline.slice(range.start, range.len());
        Ok(Some(PartBatch { rows, row_ids: RowIds::List(self.ids[range].into()) }))
    }
}

fn with_schema(schema: &SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
        .map_err(|error| StoreError::damaged(format!("stored rows do not fit their columns: {error}")))
}
