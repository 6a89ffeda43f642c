//! Scans.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use linal_error::Code;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::segment::{RowIdRanges, SegmentBatch, SegmentScan};
use super::dataset::DatasetSnapshot;
use super::merge::SegmentMerge;

/// Rows of a batch unless a scan asks for another number: a column of 8-byte values fits the second cache.
const BATCH_ROWS: usize = 1 << 16;

/// What a scan reads.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The columns by their numbers, in the order of the batches; `None`: all.
    pub columns: Option<Vec<u64>>,
    /// The rows by their ids; `None`: all. Ids that no row has are skipped.
    pub row_ids: Option<RowIdRanges>,
    /// Most rows of a batch. Tensor columns alone are slices of the mapped file, whatever their number.
    pub batch_rows: usize,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { columns: None, row_ids: None, batch_rows: BATCH_ROWS }
    }
}

impl Scan {
    /// A scan of some columns.
    pub fn columns(columns: impl IntoIterator<Item = u64>) -> Scan {
        Scan { columns: Some(columns.into_iter().collect()), ..Scan::default() }
    }

    /// The columns of a dataset that are read.
    pub(super) fn columns_of(&self, dataset: &DatasetSnapshot) -> Result<Vec<Column>> {
        let Some(ids) = &self.columns else { return Ok(dataset.columns().to_vec()) };
        let find = |id: &u64| {
            let found = dataset.columns().iter().find(|column| column.id == *id).cloned();
            let missing = || format!("the dataset `{}` has no column number {id}", dataset.name());
            found.ok_or_else(|| StoreError::new(Code::UnknownColumn, missing()))
        };
        ids.iter().map(find).collect()
    }
}

/// The row ids of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowIds {
    /// The numbers of a range.
    Range(Range<u64>),
    /// Ascending numbers.
    List(Arc<[u64]>),
}

impl RowIds {
    /// The ids, in order.
    pub fn iter(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            RowIds::Range(range) => Box::new(range.clone()),
            RowIds::List(ids) => Box::new(ids.iter().copied()),
        }
    }

    /// The greatest id; `None` when there are none.
    pub fn last(&self) -> Option<u64> {
        match self {
            RowIds::Range(range) => (!range.is_empty()).then(|| range.end - 1),
            RowIds::List(ids) => ids.last().copied(),
        }
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        match self {
            RowIds::Range(range) => (range.end - range.start) as usize,
            RowIds::List(ids) => ids.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Rows of a part.
#[derive(Clone, Debug)]
pub struct PartBatch {
    /// The columns of the scan.
    pub rows: RecordBatch,
    /// The id of each row.
    pub row_ids: RowIds,
}

/// The rows of a part, batch by batch. It ends after the first error.
pub struct PartScan {
    segment: Option<SegmentRows>,
    changes: SegmentMerge,
    failed: bool,
}

/// The rows of the segment of a part.
struct SegmentRows {
    rows: SegmentScan,
    /// The row ids, where they have gaps.
    ids: Option<Arc<[u64]>>,
    first_id: u64,
}

impl PartScan {
    pub(super) fn inline(changes: SegmentMerge) -> PartScan {
        PartScan { segment: None, changes, failed: false }
    }

    pub(super) fn segment(
        rows: SegmentScan,
        ids: Option<Arc<[u64]>>,
        first_id: u64,
        changes: SegmentMerge,
    ) -> PartScan {
        PartScan { segment: Some(SegmentRows { rows, ids, first_id }), changes, failed: false }
    }

    fn next_batch(&mut self) -> Result<Option<PartBatch>> {
        while let Some(SegmentRows { rows, ids, first_id }) = &mut self.segment {
            let Some(batch) = rows.next_batch()? else {
                self.segment = None;
                break;
            };
            let row_ids = row_ids(&batch, ids.as_deref(), *first_id);
            if let Some(merged) = self.changes.merge(batch, row_ids)? {
                return Ok(Some(merged));
            }
        }
        self.changes.rest()
    }
}

/// The ids of rows by their places in the file.
fn row_ids(batch: &SegmentBatch, ids: Option<&[u64]>, first: u64) -> RowIds {
    match (ids, batch.positions.as_slice()) {
        (None, [range]) => RowIds::Range(first + range.start..first + range.end),
        (None, ranges) => RowIds::List(ranges.iter().cloned().flatten().map(|at| first + at).collect()),
        (Some(ids), ranges) => {
            RowIds::List(ranges.iter().cloned().flatten().map(|at| ids[at as usize]).collect())
        }
    }
}

impl Iterator for PartScan {
    type Item = Result<PartBatch>;

    fn next(&mut self) -> Option<Result<PartBatch>> {
        if self.failed {
            return None;
        }
        let next = self.next_batch();
        self.failed = next.is_err();
        next.transpose()
    }
}
