//! A part of a dataset's rows.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use rusqlite::Connection;

use super::super::catalog::{self, InlineRows};
use super::super::error::Result;
use super::super::segment::{ColumnStatistics, OpenSegment, SegmentFiles, SegmentScan, VectorSource};
use super::super::vectors::VectorReader;
use super::dataset::DatasetSnapshot;
use super::merge::SegmentMerge;
use super::scan::{PartScan, Scan};

/// Adjacent rows of a dataset: a segment with its changes, or rows of the catalog.
#[derive(Clone, Debug)]
pub struct Part {
    dataset: DatasetSnapshot,
    segment: Option<SegmentFiles>,
    /// The places of the rows of the segment that are deleted or changed, in order.
    deletions: Arc<[u64]>,
    /// The rows of the catalog: the part's own, or changed rows of the segment.
    inline: InlineRows,
}

impl Part {
    pub(super) fn segment(dataset: DatasetSnapshot, at: usize, inline: Range<usize>) -> Result<Part> {
        let stored = dataset.stored()?;
        let segment = stored.segments[at].clone();
        let deletions = stored.deletions.get(&segment.id).cloned().unwrap_or_default();
        let inline = stored.inline.slice(inline);
        Ok(Part { segment: Some(segment), deletions, inline, dataset })
    }

    pub(super) fn inline(dataset: DatasetSnapshot, inline: Range<usize>) -> Result<Part> {
        let inline = dataset.stored()?.inline.slice(inline);
        Ok(Part { dataset, segment: None, deletions: Arc::default(), inline })
    }

    pub(in crate::database) fn files(&self) -> Option<&SegmentFiles> {
        self.segment.as_ref()
    }

    pub(super) fn deletions(&self) -> Arc<[u64]> {
        self.deletions.clone()
    }

    pub(super) fn dataset(&self) -> &DatasetSnapshot {
        &self.dataset
    }

    pub(super) fn changed_rows(&self) -> &InlineRows {
        &self.inline
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        let stored = self.files().map_or(0, |segment| segment.rows);
        stored.saturating_sub(self.deleted()) + self.inline_count()
    }

    /// The number of rows of the segment that are deleted or changed.
    pub(in crate::database) fn deleted(&self) -> u64 {
        self.deletions.len() as u64
    }

    /// The number of rows that are in the catalog.
    pub(in crate::database) fn inline_count(&self) -> u64 {
        self.inline.ids.len() as u64
    }

    /// Bounds of the row ids.
    pub fn row_ids(&self) -> Range<u64> {
        match self.files() {
            Some(segment) => segment.row_ids.0..segment.row_ids.1,
            None => {
                let ids = &self.inline.ids;
                ids.first().copied().unwrap_or(0)..ids.last().map_or(0, |last| last + 1)
            }
        }
    }

    /// The Parquet file of the segment; `None` for rows of the catalog.
    pub fn path(&self) -> Option<PathBuf> {
        self.files().and_then(|segment| self.dataset.inner().files.layout.file(&segment.file.path))
    }

    /// Whether the rows are exactly those of the Parquet file, in its columns of this snapshot: none is
    /// deleted or changed.
    pub fn is_plain(&self) -> bool {
        self.segment.is_some() && self.deleted() == 0 && self.inline.ids.is_empty()
    }

    /// Whether the row ids are the numbers from the first to the last, without gaps.
    pub fn has_dense_ids(&self) -> bool {
        let ids = self.row_ids();
        self.rows() == ids.end - ids.start
    }

    /// The statistics of a column by its number. They are unknown for rows of the catalog, and bounds are
    /// unknown for a segment with changed rows.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn statistics(&self, column: u64) -> Result<ColumnStatistics> {
        let (Some(segment), true) = (self.files(), self.inline.ids.is_empty()) else {
            return Ok(ColumnStatistics::default());
        };
        let Some(definition) = self.dataset.0.columns.iter().find(|other| other.id == column) else {
            return Ok(ColumnStatistics::default());
        };
        let stored = match self.dataset.staged_statistics(segment.id) {
            Some(staged) => staged.iter().find(|statistics| statistics.column == column).cloned(),
            None => {
                let read = |connection: &Connection| catalog::statistics(connection, segment.id);
                self.dataset.inner().readers.with(read)?.remove(&column)
            }
        };
        let mut statistics = match stored {
            Some(stored) => stored.decode(definition.field.data_type()),
            None => ColumnStatistics::default(),
        };
        if self.deleted() > 0 {
            statistics.nulls = statistics.nulls.filter(|&nulls| nulls == 0);
        }
        Ok(statistics)
    }

    /// The rows, in order.
    ///
    /// # Errors
    /// `E0603 unknown_column` for a column that the dataset does not have; a file that is missing or damaged.
    pub fn scan(&self, scan: &Scan) -> Result<PartScan> {
        let columns = scan.columns_of(&self.dataset)?;
        let row_ids = scan.row_ids.as_deref();
        let changes = SegmentMerge::new(self, &columns, row_ids)?;
        let Some(segment) = self.files() else { return Ok(PartScan::inline(changes)) };
        let open = self.dataset.inner().segment(segment)?;
        let vectors =
            if columns.iter().any(|column| column.is_tensor()) { self.vectors(&open)? } else { None };
        let vectors = vectors.map(|vectors| Arc::new(vectors) as Arc<dyn VectorSource>);
        let ids = open.stored_ids()?;
        let rows = SegmentScan::new(open, &columns, row_ids, scan.batch_rows, vectors)?;
        Ok(PartScan::segment(rows, ids, segment.row_ids.0, changes))
    }

    fn vectors(&self, open: &Arc<OpenSegment>) -> Result<Option<VectorReader>> {
        VectorReader::new(self.dataset.inner(), open, &self.dataset.0.columns)
    }

    /// Values of a tensor column in rows of the segment, by their places in it, which for a plain part are
    /// those of its rows: a slice of the mapped file, without a copy. Blocks of the file that are read for the
    /// first time are verified; a file that is damaged is built again. `None` for rows of the catalog, and for a
    /// column that the segment's file of tensors does not have.
    ///
    /// # Errors
    /// A segment that is damaged, too; rows that it does not have.
    pub fn vector_slice(&self, column: u64, rows: Range<u64>) -> Result<Option<ArrayRef>> {
        let Some(segment) = self.files() else { return Ok(None) };
        let vectors = self.vectors(&self.dataset.inner().segment(segment)?)?;
        match vectors.filter(|vectors| vectors.has(column)) {
            Some(vectors) => vectors.slice(column, rows).map(Some),
            None => Ok(None),
        }
    }

    /// Tells the system that the pages behind a tensor column which was read from this part may leave the memory
    /// of the process. The values stay usable: their pages are read again. Without effect for other arrays.
    ///
    /// # Errors
    /// A segment that is missing or damaged.
    pub fn release_vectors(&self, values: &dyn Array) -> Result<()> {
        let Some(segment) = self.files() else { return Ok(()) };
        let vectors = self.vectors(&self.dataset.inner().segment(segment)?)?;
        vectors.iter().for_each(|vectors| vectors.release(values));
        Ok(())
    }
}
