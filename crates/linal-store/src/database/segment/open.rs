//! Opens segments.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;

use super::super::error::{Result, StoreError};
use super::blocks::{BlockChecksums, VerifiedBlocks};
use super::files::Files;
use super::row_ids;
use super::source::ParquetSource;
use super::vectors::VectorColumns;

/// A file as the catalog has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct FileEntry {
    /// The number; 0 for a file that no commit has named yet.
    pub id: u64,
    /// The path, relative to the directory.
    pub path: String,
    pub bytes: u64,
    pub sha256: [u8; 32],
    /// The checksums of its blocks, if they were asked for: the catalog has many.
    pub checksums: Option<BlockChecksums>,
}

/// A segment as the catalog has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct SegmentFiles {
    pub id: u64,
    pub rows: u64,
    /// The first row id and that behind the last.
    pub row_ids: (u64, u64),
    /// Whether the file has the row ids; otherwise they have no gaps.
    pub stores_row_ids: bool,
    pub schema_version: u64,
    pub file: FileEntry,
    pub vectors: Option<FileEntry>,
}

/// A segment whose metadata are read. It holds no open file.
#[derive(Debug)]
pub(in crate::database) struct OpenSegment {
    pub segment: SegmentFiles,
    files: Files,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    ids: OnceLock<Arc<[u64]>>,
    /// The blocks of the Parquet file; `None` when all of it is verified, or nothing is to be.
    blocks: Option<Arc<VerifiedBlocks>>,
    /// The tensor columns, once they were used.
    pub vectors: Mutex<Option<Arc<VectorColumns>>>,
}

/// Reads the metadata of a segment. What is read of the file, now and later, is verified by `blocks`; without
/// them, its hash was checked.
///
/// # Errors
/// A file that is missing or damaged.
pub(in crate::database) fn open_segment(
    files: &Files,
    segment: &SegmentFiles,
    blocks: Option<VerifiedBlocks>,
) -> Result<OpenSegment> {
    let path = files.layout.file(&segment.file.path);
    let path = path.ok_or_else(|| StoreError::damaged(format!("'{}' is no path", segment.file.path)))?;
    let blocks = blocks.map(Arc::new);
    let bytes = segment.file.bytes;
    let source = ParquetSource::new(files.open_sized(&path, bytes)?, bytes, blocks.clone());
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let metadata = guarded(&path, &source, || ArrowReaderMetadata::load(&source, options))?;
    if u64::try_from(metadata.metadata().file_metadata().num_rows()) != Ok(segment.rows) {
        return Err(StoreError::unreadable(&path, &"it has another number of rows than the catalog"));
    }
    Ok(OpenSegment {
        segment: segment.clone(),
        files: files.clone(),
        path,
        metadata,
        ids: OnceLock::new(),
        blocks,
        vectors: Mutex::default(),
    })
}

/// Calls the Parquet reader, whose errors and panics become errors of the file.
fn guarded<T>(
    path: &Path,
    source: &ParquetSource,
    call: impl FnOnce() -> std::result::Result<T, ParquetError>,
) -> Result<T> {
    let called = catch_unwind(AssertUnwindSafe(call));
    if let Some(damage) = source.damage() {
        return Err(damage);
    }
    match called {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ParquetError::External(error))) => match error.downcast::<std::io::Error>() {
            Ok(error) => Err(StoreError::io(path, "cannot be read", &error)),
            Err(error) => Err(StoreError::unreadable(path, &error)),
        },
        Ok(Err(error)) => Err(StoreError::unreadable(path, &error)),
        Err(_) => Err(StoreError::unreadable(path, &"its reader does not know the damage")),
    }
}

/// Reads rows of a segment.
pub(in crate::database) struct SegmentReader {
    path: PathBuf,
    source: ParquetSource,
    batches: ParquetRecordBatchReader,
}

impl SegmentReader {
    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// A file that is damaged.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let batches = &mut self.batches;
        guarded(&self.path, &self.source, || batches.next().transpose().map_err(Into::into))
    }
}

impl OpenSegment {
    /// The metadata of the Parquet file.
    pub fn metadata(&self) -> &ArrowReaderMetadata {
        &self.metadata
    }

    /// The path of the Parquet file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The place of a column among the top-level columns of the file.
    pub fn position(&self, column: u64) -> Option<usize> {
        let root = self.metadata.parquet_schema().root_schema();
        root.get_fields().iter().position(|field| {
            let info = field.get_basic_info();
            info.has_id() && u64::try_from(info.id()) == Ok(column)
        })
    }

    /// A reader of some columns and rows.
    pub fn reader(
        &self,
        columns: &[usize],
        selection: Option<RowSelection>,
        batch_rows: usize,
    ) -> Result<SegmentReader> {
        let bytes = self.segment.file.bytes;
        let reader = self.files.open_sized(&self.path, bytes)?;
        let source = ParquetSource::new(reader, bytes, self.blocks.clone());
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
        let batches = guarded(&self.path, &source, || {
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(source.clone(), self.metadata.clone());
            let builder = builder.with_projection(mask).with_batch_size(batch_rows);
            match selection {
                Some(selection) => builder.with_row_selection(selection).build(),
                None => builder.build(),
            }
        })?;
        Ok(SegmentReader { path: self.path.clone(), source, batches })
    }

    /// The row ids that the file has; `None` for a segment without gaps.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn stored_ids(&self) -> Result<Option<Arc<[u64]>>> {
        if !self.segment.stores_row_ids {
            return Ok(None);
        }
        if let Some(ids) = self.ids.get() {
            return Ok(Some(ids.clone()));
        }
        let read = self.read_ids()?;
        Ok(Some(self.ids.get_or_init(|| read).clone()))
    }

    fn read_ids(&self) -> Result<Arc<[u64]>> {
        let damaged = |what: &str| StoreError::unreadable(&self.path, &what);
        let at = self.position(row_ids::FIELD_ID as u64).ok_or_else(|| damaged("it has no row ids"))?;
        let mut reader = self.reader(&[at], None, super::writer::MAX_ROWS)?;
        let mut ids = Vec::with_capacity((self.segment.rows as usize).min(super::writer::MAX_ROWS));
        while let Some(batch) = reader.next_batch()? {
            let column = batch.column(0);
            let values = column.as_primitive_opt::<Int64Type>().filter(|_| column.null_count() == 0);
            ids.extend(
                values.ok_or_else(|| damaged("a row has no row id"))?.values().iter().map(|&id| id as u64),
            );
        }
        let (start, end) = self.segment.row_ids;
        let ascend = ids.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = ids.first().is_none_or(|&id| id >= start) && ids.last().is_none_or(|&id| id < end);
        if ascend && inside { Ok(ids.into()) } else { Err(damaged("its row ids do not ascend")) }
    }

    /// The ids of rows from one place in the file to before another.
    ///
    /// # Errors
    /// A file that is missing or damaged; places that it does not have.
    pub fn row_ids_at(&self, rows: &Range<u64>) -> Result<Range<u64>> {
        let outside = || StoreError::internal("a segment has fewer rows than were asked for");
        let Some(ids) = self.stored_ids()? else {
            let start = self.segment.row_ids.0;
            return Ok(start + rows.start..start + rows.end);
        };
        let ids = ids.get(rows.start as usize..rows.end as usize).ok_or_else(outside)?;
        Ok(ids.first().map_or(0..0, |first| *first..ids.last().map_or(*first, |last| last + 1)))
    }

    /// The place of a row in the file.
    ///
    /// # Errors
    /// A file that is missing or damaged.
    pub fn row_position(&self, row_id: u64) -> Result<Option<u64>> {
        let (start, end) = self.segment.row_ids;
        if !(start..end).contains(&row_id) {
            return Ok(None);
        }
        Ok(match self.stored_ids()? {
            None => Some(row_id - start),
            Some(ids) => ids.binary_search(&row_id).ok().map(|at| at as u64),
        })
    }
}
