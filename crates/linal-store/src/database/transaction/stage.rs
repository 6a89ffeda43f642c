//! Rows in segments that no commit has named yet.
//!
//! A bulk load goes to segments as it comes, before the transaction that takes them over begins to commit, and
//! the session reads what it has loaded meanwhile. A segment has a number from the moment when it is written, and
//! the catalog names it with the commit; until then nothing but the [`StagedRows`] knows of it. When they are
//! dropped, the files go, and after a crash they are orphans, which the next opening removes. Compaction and
//! expiry look at files of the catalog alone, and orphans are removed by nobody while this process has the lock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use linal_tensor::Control;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::id_counters::next;
use super::super::ids::{DatabaseId, DatasetId};
use super::super::inner::Inner;
use super::super::segment::{SegmentWriter, StoredStatistics, WrittenSegment};
use super::super::snapshot::DatasetSnapshot;
use super::adapt::fit;
use super::commit::{discard, segment_writer};
use super::edit::Edit;

/// Writes rows of a dataset as segments, before a transaction takes them over.
pub struct Stage {
    inner: Arc<Inner>,
    dataset: DatasetId,
    columns: Vec<Column>,
    next_column_id: u64,
    writer: SegmentWriter,
    rows: u64,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("dataset", &self.dataset)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Stage {
    /// A stage of a dataset, or of a new one.
    pub(in crate::database) fn new(
        inner: &Arc<Inner>,
        dataset: Option<DatasetId>,
        columns: Vec<Column>,
    ) -> Result<Stage> {
        inner.committer()?.check_writable()?;
        let (dataset, columns, next_column_id) = match dataset {
            Some(_) if columns.iter().any(|column| column.id == 0) => {
                return Err(StoreError::internal("a column of staged rows has no number"));
            }
            Some(id) => (id, columns, 1),
            None => {
                let id = DatasetId(next(&inner.ids.dataset)?);
                let edit = Edit::new(id, DatabaseId(0), "", columns)?;
                (id, edit.columns, edit.next_column_id)
            }
        };
        let writer = segment_writer(inner, dataset, columns.clone())?;
        Ok(Stage { inner: inner.clone(), dataset, columns, next_column_id, writer, rows: 0 })
    }

    /// Lets the stage stop with a statement that is past its deadline or was cancelled.
    pub fn watch(&mut self, control: Arc<Control>) {
        self.writer.watch(Some(control));
    }

    /// The dataset: the given one, or the number of the new one.
    pub fn dataset(&self) -> DatasetId {
        self.dataset
    }

    /// The columns with their numbers.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Appends rows with all columns in order. At most one segment of them is in memory.
    ///
    /// # Errors
    /// `E0604 wrong_count`, `E0601 type_mismatch` or `E0602 not_null` for rows that do not fit the columns, which
    /// leave the stage as it was; a file that cannot be written, after which nothing can be appended.
    pub fn append(&mut self, rows: &RecordBatch) -> Result<()> {
        let rows = fit("the loaded rows", rows, &self.columns)?;
        self.writer.write(&rows, None)?;
        self.rows += rows.num_rows() as u64;
        Ok(())
    }

    /// Writes and syncs what is left.
    ///
    /// # Errors
    /// A file that cannot be written; the stage and its files are gone then.
    pub fn finish(mut self) -> Result<StagedRows> {
        self.writer.finish()?;
        Ok(StagedRows(Arc::new(StagedFiles {
            inner: self.inner.clone(),
            dataset: self.dataset,
            columns: self.columns.as_slice().into(),
            next_column_id: self.next_column_id,
            segments: self.writer.take_done(),
            is_taken: AtomicBool::new(false),
            is_committed: AtomicBool::new(false),
        })))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.writer.discard();
    }
}

/// Rows in segments that a commit may take over ([`Transaction::append_staged`]). Clones share the files,
/// which are removed when the last one is dropped and no commit has taken them.
///
/// [`Transaction::append_staged`]: crate::database::Transaction::append_staged
#[derive(Clone, Debug)]
pub struct StagedRows(pub(super) Arc<StagedFiles>);

/// The files of staged rows.
pub(in crate::database) struct StagedFiles {
    inner: Arc<Inner>,
    dataset: DatasetId,
    columns: Arc<[Column]>,
    next_column_id: u64,
    segments: Vec<WrittenSegment>,
    /// A transaction has them.
    is_taken: AtomicBool,
    /// The catalog names them, or may do so.
    is_committed: AtomicBool,
}

impl fmt::Debug for StagedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedFiles")
            .field("dataset", &self.dataset)
            .field("rows", &self.rows())
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

impl Drop for StagedFiles {
    fn drop(&mut self) {
        if !self.is_committed.load(Ordering::Acquire) {
            discard(&self.inner, &self.segments);
        }
    }
}

impl StagedFiles {
    pub fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    pub fn dataset(&self) -> DatasetId {
        self.dataset
    }

    pub fn columns(&self) -> &Arc<[Column]> {
        &self.columns
    }

    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }

    pub fn segments(&self) -> &[WrittenSegment] {
        &self.segments
    }

    /// The statistics of a segment; `None` for one of another stage.
    pub fn statistics(&self, segment: u64) -> Option<&[StoredStatistics]> {
        let found = self.segments.iter().find(|other| other.id == segment);
        found.map(|segment| segment.statistics.as_slice())
    }
}

impl StagedRows {
    /// The dataset that the rows are written for.
    pub fn dataset(&self) -> DatasetId {
        self.0.dataset
    }

    /// The columns with their numbers.
    pub fn columns(&self) -> &[Column] {
        &self.0.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.0.rows()
    }

    /// The rows to read, as those of a dataset that a snapshot has, before the commit and after it. They have the
    /// ids from `first_row_id` on: [`PROVISIONAL_ROW_ID`](crate::database::PROVISIONAL_ROW_ID) and the number of
    /// rows that the transaction has appended before them. The dataset has no name, and its version is 0.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn read(&self, first_row_id: u64) -> Result<DatasetSnapshot> {
        DatasetSnapshot::staged(&self.0, first_row_id)
    }

    /// The number of the next column of the dataset, at least.
    pub(super) fn next_column_id(&self) -> u64 {
        self.0.next_column_id
    }

    /// Claims the rows for one transaction.
    ///
    /// # Errors
    /// Rows that another transaction has.
    pub(super) fn take(&self) -> Result<()> {
        if self.0.is_taken.swap(true, Ordering::AcqRel) {
            return Err(StoreError::internal("staged rows are appended a second time"));
        }
        Ok(())
    }

    /// Gives the rows back: the transaction has failed.
    pub(super) fn give_back(&self) {
        self.0.is_taken.store(false, Ordering::Release);
    }

    /// Notes that the catalog names the files, or may do so.
    pub(super) fn set_committed(&self) {
        self.0.is_committed.store(true, Ordering::Release);
    }
}
