//! Writes rows as segments.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;

use super::super::column::{Column, schema_of, with_field_ids};
use super::super::error::{Result, StoreError};
use super::super::ids::DatasetId;
use super::super::layout::{segment_path, vectors_path};
use super::files::{Files, WrittenFile};
use super::relabel::relabel;
use super::statistics::{StoredStatistics, collect};
use super::{row_ids, stored, vectors};

/// Rows of a segment. A segment is the unit of rewriting, of hashing and of statistics in the catalog.
pub(super) const MAX_ROWS: usize = 1 << 20;

/// Size of a segment's rows in memory. The writer holds one segment at a time.
const MAX_BYTES: usize = 128 << 20;

/// Rows of a Parquet row group, DuckDB's unit of parallel reading.
const GROUP_ROWS: usize = 1 << 17;

/// A segment whose files are written and synced; their folders are not.
#[derive(Clone, Debug)]
pub(in crate::database) struct WrittenSegment {
    pub id: u64,
    pub rows: u64,
    pub file: WrittenFile,
    pub vectors: Option<WrittenFile>,
    pub statistics: Vec<StoredStatistics>,
    /// The row ids from the first to behind the last, and whether the file has them. `None`: the commit gives
    /// them.
    pub row_ids: Option<(u64, u64, bool)>,
}

/// Splits a stream of rows into segments.
pub(in crate::database) struct SegmentWriter {
    files: Files,
    dataset: DatasetId,
    columns: Vec<Column>,
    schema: SchemaRef,
    next_id: Arc<dyn Fn() -> u64 + Send + Sync>,
    pending: Vec<RecordBatch>,
    pending_ids: Vec<u64>,
    pending_rows: usize,
    pending_bytes: usize,
    done: Vec<WrittenSegment>,
}

impl SegmentWriter {
    /// A writer of rows with these columns. `next_id` yields the ids of segments.
    pub fn new(
        files: Files,
        dataset: DatasetId,
        columns: Vec<Column>,
        next_id: Arc<dyn Fn() -> u64 + Send + Sync>,
    ) -> Result<SegmentWriter> {
        let root = files.layout.root().to_path_buf();
        for folder in ["data", "vectors"] {
            files.create_folder(&root.join(folder).join(dataset.to_string()))?;
        }
        let schema = schema_of(&columns);
        Ok(SegmentWriter {
            files,
            dataset,
            columns,
            schema,
            next_id,
            pending: Vec::new(),
            pending_ids: Vec::new(),
            pending_rows: 0,
            pending_bytes: 0,
            done: Vec::new(),
        })
    }

    /// The segments that are written so far.
    pub fn done(&self) -> &[WrittenSegment] {
        &self.done
    }

    /// Writes rows with all columns in order. Either all rows of a writer have row ids, which ascend, or
    /// none.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&mut self, batch: &RecordBatch, ids: Option<&[u64]>) -> Result<()> {
        let mut start = 0;
        while start < batch.num_rows() {
            let count = (MAX_ROWS - self.pending_rows).min(batch.num_rows() - start);
            let part = batch.slice(start, count);
            self.pending_bytes += crate::table::memory(&part);
            self.pending_rows += count;
            self.pending.push(part);
            if let Some(ids) = ids {
                self.pending_ids.extend(&ids[start..start + count]);
            }
            start += count;
            if self.pending_rows >= MAX_ROWS || self.pending_bytes >= MAX_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes the rest and syncs the folders.
    ///
    /// # Errors
    /// A file that cannot be written. The files of this writer are removed by the caller, who has their names
    /// from [`SegmentWriter::done`].
    pub fn finish(&mut self) -> Result<Vec<WrittenSegment>> {
        self.flush()?;
        let root = self.files.layout.root().to_path_buf();
        let dataset = self.dataset.to_string();
        if !self.done.is_empty() {
            self.files.sync_folder(&root.join("data").join(&dataset))?;
        }
        if self.done.iter().any(|segment| segment.vectors.is_some()) {
            self.files.sync_folder(&root.join("vectors").join(&dataset))?;
        }
        Ok(self.done.clone())
    }

    /// Removes the segments that are written so far.
    pub fn discard(&self) {
        for segment in &self.done {
            for file in std::iter::once(&segment.file).chain(&segment.vectors) {
                // A file that cannot be removed is an orphan, which the next opening removes.
                let _ = self.files.remove(&self.files.layout.root().join(&file.path));
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        if self.pending_rows == 0 {
            return Ok(());
        }
        let rows = concat_batches(&self.schema, &self.pending)?;
        let ids = std::mem::take(&mut self.pending_ids);
        self.pending.clear();
        (self.pending_rows, self.pending_bytes) = (0, 0);
        let segment = self.write_segment(&rows, &ids)?;
        self.done.push(segment);
        Ok(())
    }

    fn write_segment(&self, rows: &RecordBatch, ids: &[u64]) -> Result<WrittenSegment> {
        let id = (self.next_id)();
        let row_ids = range_of(ids);
        let stores_ids = row_ids.is_some_and(|(_, _, stored)| stored);
        let (mut fields, mut arrays, mut column_ids) = (Vec::new(), Vec::new(), Vec::new());
        for (column, array) in self.columns.iter().zip(rows.columns()) {
            if column.is_lazy() {
                continue;
            }
            let values = stored::to_stored(array)?;
            let field = column.field.as_ref().clone().with_nullable(true);
            let field = field.with_data_type(stored::stored_type(column.field.data_type()));
            fields.push(with_field_ids(&field, column.id));
            arrays.push(values);
            column_ids.push(column.id);
        }
        if stores_ids {
            fields.push(row_ids::field());
            arrays.push(Arc::new(ids.iter().map(|&id| id as i64).collect::<Int64Array>()) as ArrayRef);
        }
        let schema = Arc::new(Schema::new(fields));
        let (file, metadata) = self.write_parquet(id, &schema, &arrays, rows.num_rows())?;
        let of_column =
            |(at, &column): (usize, &u64)| collect(column, at, &arrays[at..=at], &schema, &metadata);
        let statistics = column_ids.iter().enumerate().map(of_column).collect::<Result<Vec<_>>>()?;
        let vectors = vectors::write(
            &self.files,
            &vectors_path(self.dataset.0, id),
            self.columns.iter().zip(rows.columns()),
            rows.num_rows(),
        );
        let vectors = match vectors {
            Ok(vectors) => vectors,
            Err(error) => {
                // A file that cannot be removed is an orphan, which the next opening removes.
                let _ = self.files.remove(&self.files.layout.root().join(&file.path));
                return Err(error);
            }
        };
        Ok(WrittenSegment { id, rows: rows.num_rows() as u64, file, vectors, statistics, row_ids })
    }

    fn write_parquet(
        &self,
        id: u64,
        schema: &SchemaRef,
        arrays: &[ArrayRef],
        rows: usize,
    ) -> Result<(WrittenFile, ParquetMetaData)> {
        let arrays: Vec<ArrayRef> = arrays
            .iter()
            .zip(schema.fields())
            .map(|(array, field)| relabel(array, field.data_type()))
            .collect::<Result<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?;
        let properties = self.properties(schema)?;
        let mut metadata = None;
        let path = segment_path(self.dataset.0, id);
        let file = self.files.write(&path, |out| {
            let written = || {
                let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties))?;
                writer.write(&batch)?;
                writer.close()
            };
            metadata = Some(written().map_err(io_error)?);
            Ok(())
        })?;
        let metadata = metadata.ok_or_else(|| StoreError::internal("a segment has no metadata"))?;
        Ok((file, metadata))
    }

    /// LZ4 decodes fastest of what DuckDB, pyarrow and Polars read. Elements of tensors do not compress, and
    /// are read from the mapped file.
    fn properties(&self, schema: &SchemaRef) -> Result<WriterProperties> {
        let mut properties = WriterProperties::builder()
            .set_created_by(format!("linal {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::LZ4_RAW)
            .set_max_row_group_row_count(Some(GROUP_ROWS));
        let stored: Vec<&Column> = self.columns.iter().filter(|column| !column.is_lazy()).collect();
        let leaves = ArrowSchemaConverter::new().convert(schema)?;
        for (leaf, description) in leaves.columns().iter().enumerate() {
            let root = leaves.get_column_root_idx(leaf);
            if stored.get(root).is_some_and(|column| column.is_tensor()) {
                let path = description.path().clone();
                properties = properties
                    .set_column_compression(path.clone(), Compression::UNCOMPRESSED)
                    .set_column_dictionary_enabled(path, false);
            }
        }
        Ok(properties.build())
    }
}

/// The first id, that behind the last, and whether there are gaps; `None` without ids.
fn range_of(ids: &[u64]) -> Option<(u64, u64, bool)> {
    let (first, last) = (*ids.first()?, *ids.last()?);
    Some((first, last + 1, last - first + 1 != ids.len() as u64))
}

/// An error of the Parquet writer; one of the file layer comes out as it was.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}
