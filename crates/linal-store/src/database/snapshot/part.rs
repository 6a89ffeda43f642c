//! A part of a dataset's rows.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use rusqlite::Connection;

use super::super::catalog::{self, InlineRows};
use super::super::column::Column;
use super::super::error::Result;
use super::super::inner::Inner;
use super::super::segment::{
    ColumnStatistics, OpenSegment, SegmentFiles, SegmentScan, StoredStatistics, VectorSource,
};
use super::super::transaction::StagedFiles;
use super::super::vectors::VectorReader;
use super::dataset::DatasetSnapshot;
use super::merge::SegmentMerge;
use super::scan::{PartScan, Scan};

/// Adjacent rows of a dataset: a segment with its changes, or rows of the catalog.
#[derive(Clone, Debug)]
pub struct Part {
    /// Keeps the snapshot from expiry.
    dataset: DatasetSnapshot,
    pub(super) rows: PartRows,
}

/// Where the rows of a part are.
#[derive(Clone, Debug)]
pub(super) struct PartRows {
    pub inner: Arc<Inner>,
    /// The columns of the dataset.
    pub columns: Arc<[Column]>,
    pub segment: Option<SegmentFiles>,
    /// The places of the rows of the segment that are deleted or changed, in order.
    pub deletions: Arc<[u64]>,
    /// The rows of the catalog: the part's own, or changed rows of the segment.
    pub inline: InlineRows,
    /// The files of the segment, where no commit has named them yet.
    _staged: Option<Arc<StagedFiles>>,
}

impl PartRows {
    /// The number of rows of the segment that are deleted or changed.
    fn deleted(&self) -> u64 {
        self.deletions.len() as u64
    }

    /// Number of rows.
    fn count(&self) -> u64 {
        let stored = self.segment.as_ref().map_or(0, |segment| segment.rows);
        stored.saturating_sub(self.deleted()) + self.inline.ids.len() as u64
    }

    /// Bounds of the row ids.
    fn row_ids(&self) -> Range<u64> {
        match &self.segment {
            Some(segment) => segment.row_ids.0..segment.row_ids.1,
            None => {
                let ids = &self.inline.ids;
                ids.first().copied().unwrap_or(0)..ids.last().map_or(0, |last| last + 1)
            }
        }
    }

    /// Whether the row ids of the segment have no gaps, so that each is a place in the file.
    pub fn is_dense(&self) -> bool {
        self.segment.as_ref().is_some_and(|segment| !segment.stores_row_ids)
    }

    /// The number of rows of a dense segment, with its changes, whose ids are within a range.
    pub fn rows_within(&self, ids: &Range<u64>) -> usize {
        let first = self.row_ids().start;
        let deleted = count_within(&self.deletions, &(ids.start - first..ids.end - first));
        (ids.end - ids.start) as usize - deleted + count_within(&self.inline.ids, ids)
    }

    /// Whether no row of a dense segment with an id in a range is deleted or changed.
    pub fn has_no_changes_within(&self, ids: &Range<u64>) -> bool {
        if self.deletions.is_empty() {
            return true;
        }
        let first = self.row_ids().start;
        self.is_dense() && count_within(&self.deletions, &(ids.start - first..ids.end - first)) == 0
    }

    /// Whether the segment has a column in its mapped file.
    pub fn is_mapped(&self, column: &Column) -> bool {
        let has_vectors = self.segment.as_ref().is_some_and(|segment| segment.vectors.is_some());
        has_vectors && column.is_tensor() && !column.is_lazy()
    }

    /// The rows, in order.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn scan(&self, columns: &[Column], scan: &Scan) -> Result<PartScan> {
        let row_ids = scan.row_ids.as_deref();
        let changes = SegmentMerge::new(self, columns, row_ids)?;
        let Some(segment) = &self.segment else { return Ok(PartScan::inline(changes)) };
        let open = self.inner.segment(segment)?;
        let vectors = if columns.iter().any(Column::is_tensor) { self.vectors(&open)? } else { None };
        let vectors = vectors.map(|vectors| Arc::new(vectors) as Arc<dyn VectorSource>);
        let ids = open.stored_ids()?;
        let rows = SegmentScan::new(open, columns, row_ids, scan.batch_rows, vectors)?;
        Ok(PartScan::segment(rows, ids, segment.row_ids.0, changes))
    }

    fn vectors(&self, open: &Arc<OpenSegment>) -> Result<Option<VectorReader>> {
        VectorReader::new(&self.inner, open, &self.columns)
    }

    /// Values of a tensor column in rows of the segment, by their places in it; `None` for rows of the catalog,
    /// and for a column that the segment's file of tensors does not have.
    pub fn vector_slice(&self, column: u64, rows: Range<u64>) -> Result<Option<ArrayRef>> {
        let Some(segment) = &self.segment else { return Ok(None) };
        let vectors = self.vectors(&self.inner.segment(segment)?)?;
        match vectors.filter(|vectors| vectors.has(column)) {
            Some(vectors) => vectors.slice(column, rows).map(Some),
            None => Ok(None),
        }
    }

    /// Tells the system that the pages behind a tensor column may leave the memory of the process.
    pub fn release_vectors(&self, values: &dyn Array) -> Result<()> {
        let Some(segment) = &self.segment else { return Ok(()) };
        let vectors = self.vectors(&self.inner.segment(segment)?)?;
        vectors.iter().for_each(|vectors| vectors.release(values));
        Ok(())
    }
}

/// The number of ascending numbers within a range.
fn count_within(numbers: &[u64], range: &Range<u64>) -> usize {
    let start = numbers.partition_point(|&number| number < range.start);
    let end = numbers.partition_point(|&number| number < range.end);
    end - start
}

impl Part {
    pub(super) fn segment(dataset: DatasetSnapshot, at: usize, inline: Range<usize>) -> Result<Part> {
        let stored = dataset.stored()?;
        let segment = stored.segments[at].clone();
        let deletions = stored.deletions.get(&segment.id).cloned().unwrap_or_default();
        let inline = stored.inline.slice(inline);
        Ok(Part::new(dataset, Some(segment), deletions, inline))
    }

    pub(super) fn inline(dataset: DatasetSnapshot, inline: Range<usize>) -> Result<Part> {
        let inline = dataset.stored()?.inline.slice(inline);
        Ok(Part::new(dataset, None, Arc::default(), inline))
    }

    fn new(
        dataset: DatasetSnapshot,
        segment: Option<SegmentFiles>,
        deletions: Arc<[u64]>,
        inline: InlineRows,
    ) -> Part {
        let (inner, columns) = (dataset.inner().clone(), dataset.0.columns.clone());
        let staged = dataset.0.staged.clone();
        Part { rows: PartRows { inner, columns, segment, deletions, inline, _staged: staged }, dataset }
    }

    pub(in crate::database) fn files(&self) -> Option<&SegmentFiles> {
        self.rows.segment.as_ref()
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows.count()
    }

    /// The number of rows of the segment that are deleted or changed.
    pub(in crate::database) fn deleted(&self) -> u64 {
        self.rows.deleted()
    }

    /// The number of rows that are in the catalog.
    pub(in crate::database) fn inline_count(&self) -> u64 {
        self.rows.inline.ids.len() as u64
    }

    /// Bounds of the row ids.
    pub fn row_ids(&self) -> Range<u64> {
        self.rows.row_ids()
    }

    /// The number of the segment; `None` for rows of the catalog.
    pub fn segment_id(&self) -> Option<u64> {
        self.files().map(|segment| segment.id)
    }

    /// The Parquet file of the segment; `None` for rows of the catalog.
    pub fn path(&self) -> Option<PathBuf> {
        self.files().and_then(|segment| self.rows.inner.files.layout.file(&segment.file.path))
    }

    /// Whether the rows are exactly those of the Parquet file, in its columns of this snapshot: none is
    /// deleted or changed.
    pub fn is_plain(&self) -> bool {
        self.files().is_some() && self.deleted() == 0 && self.inline_count() == 0
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
        let mut all = self.all_statistics()?.into_iter();
        Ok(all.find(|(id, _)| *id == column).map(|(_, statistics)| statistics).unwrap_or_default())
    }

    /// The statistics of all columns of a segment, with the number of each.
    pub(super) fn all_statistics(&self) -> Result<Vec<(u64, ColumnStatistics)>> {
        let (Some(segment), true) = (self.files(), self.inline_count() == 0) else { return Ok(Vec::new()) };
        let stored: Vec<StoredStatistics> = match self.dataset.staged_statistics(segment.id) {
            Some(staged) => staged.to_vec(),
            None => {
                let read = |connection: &Connection| catalog::statistics(connection, segment.id);
                self.rows.inner.readers.with(read)?.into_values().collect()
            }
        };
        let decode = |column: &Column| {
            let known = stored.iter().find(|statistics| statistics.column == column.id)?;
            let mut statistics = known.decode(column.field.data_type());
            if self.deleted() > 0 {
                statistics.nulls = statistics.nulls.filter(|&nulls| nulls == 0);
            }
            Some((column.id, statistics))
        };
        Ok(self.rows.columns.iter().filter_map(decode).collect())
    }

    /// The rows, in order.
    ///
    /// # Errors
    /// `E0603 unknown_column` for a column that the dataset does not have; a file that is missing or damaged.
    pub fn scan(&self, scan: &Scan) -> Result<PartScan> {
        self.rows.scan(&scan.columns_of(&self.dataset)?, scan)
    }

    /// Values of a tensor column in rows of the segment, by their places in it, which for a plain part are
    /// those of its rows: a slice of the mapped file, without a copy. Blocks of the file that are read for the
    /// first time are verified; a file that is damaged is built again. `None` for rows of the catalog, and for a
    /// column that the segment's file of tensors does not have.
    ///
    /// # Errors
    /// A segment that is damaged, too; rows that it does not have.
    pub fn vector_slice(&self, column: u64, rows: Range<u64>) -> Result<Option<ArrayRef>> {
        self.rows.vector_slice(column, rows)
    }

    /// Tells the system that the pages behind a tensor column which was read from this part may leave the memory
    /// of the process. The values stay usable: their pages are read again. Without effect for other arrays.
    ///
    /// # Errors
    /// A segment that is missing or damaged.
    pub fn release_vectors(&self, values: &dyn Array) -> Result<()> {
        self.rows.release_vectors(values)
    }
}
