//! Writes rows as one segment: a Parquet file, and an Arrow file of its tensor columns.

use std::io;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::compute::concat;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;

use super::super::column::{Column, with_field_ids};
use super::super::error::{Result, StoreError};
use super::super::ids::DatasetId;
use super::super::layout::{segment_path, vectors_path};
use super::files::{Files, WrittenFile};
use super::relabel::relabel;
use super::statistics::{StoredStatistics, collect};
use super::{row_ids, stored, vectors};

/// Rows of a Parquet row group, DuckDB's unit of parallel reading.
const GROUP_ROWS: usize = 1 << 17;

/// Size of a Parquet row group, which the Parquet writer holds in memory.
const GROUP_BYTES: usize = 32 << 20;

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

/// Where and how the segments of a dataset are written.
pub(super) struct SegmentFormat {
    pub files: Files,
    pub dataset: DatasetId,
    pub columns: Vec<Column>,
    pub place: Place,
}

/// What the segments are part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A database directory, in which tensor columns have a file beside each segment.
    Directory,
    /// An exported DuckLake, of which the root of the files is the folder of data.
    Lake,
}

impl Place {
    /// The folders of a dataset, relative to the root: the segments', and that of tensor columns.
    pub fn folders(self, dataset: DatasetId) -> Vec<String> {
        match self {
            Place::Directory => vec![format!("data/{dataset}"), format!("vectors/{dataset}")],
            Place::Lake => vec![format!("main/{dataset}")],
        }
    }
}

impl SegmentFormat {
    /// Writes rows, which are not empty, as a segment.
    ///
    /// # Errors
    /// A file that cannot be written; nothing is left of the segment then.
    pub fn write_segment(&self, id: u64, batches: &[RecordBatch], ids: &[u64]) -> Result<WrittenSegment> {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let row_ids = range_of(ids);
        let stores_ids = row_ids.is_some_and(|(_, _, stored)| stored);
        let schema = self.stored_schema(stores_ids);
        let (file, metadata) = self.write_parquet(id, &schema, batches, stores_ids.then_some(ids))?;
        let rest = self.statistics(batches, &schema, &metadata);
        let rest = rest.and_then(|statistics| Ok((statistics, self.write_vectors(id, batches, rows)?)));
        let (statistics, vectors) = rest.inspect_err(|_| {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = self.files.remove(&self.files.layout.root().join(&file.path));
        })?;
        Ok(WrittenSegment { id, rows: rows as u64, file, vectors, statistics, row_ids })
    }

    /// The columns that have values in the segment, with their places among all.
    fn stored(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.is_lazy())
    }

    fn stored_schema(&self, stores_ids: bool) -> SchemaRef {
        let field = |(_, column): (usize, &Column)| {
            let field = column.field.as_ref().clone().with_nullable(true);
            let field = field.with_data_type(stored::stored_type(column.field.data_type()));
            with_field_ids(&field, column.id)
        };
        let fields = self.stored().map(field).chain(stores_ids.then(row_ids::field));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn statistics(
        &self,
        batches: &[RecordBatch],
        schema: &SchemaRef,
        metadata: &ParquetMetaData,
    ) -> Result<Vec<StoredStatistics>> {
        let of_column = |(place, (at, column)): (usize, (usize, &Column))| {
            self.files.poll()?;
            let arrays: Vec<ArrayRef> = batches.iter().map(|batch| batch.column(at).clone()).collect();
            collect(column.id, place, &arrays, schema, metadata)
        };
        self.stored().enumerate().map(of_column).collect()
    }

    /// The tensor columns as one array each, which the mapped file has as one buffer.
    fn write_vectors(&self, id: u64, batches: &[RecordBatch], rows: usize) -> Result<Option<WrittenFile>> {
        let has_file = self.place == Place::Directory;
        let tensors = self.stored().filter(|(_, column)| has_file && column.is_tensor());
        let joined = tensors.map(|(at, column)| {
            self.files.poll()?;
            let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
            Ok((column, concat(&arrays)?))
        });
        let joined = joined.collect::<Result<Vec<(&Column, ArrayRef)>>>()?;
        let columns = joined.iter().map(|(column, array)| (*column, array));
        vectors::write(&self.files, &vectors_path(self.dataset.0, id), columns, rows)
    }

    fn write_parquet(
        &self,
        id: u64,
        schema: &SchemaRef,
        batches: &[RecordBatch],
        ids: Option<&[u64]>,
    ) -> Result<(WrittenFile, ParquetMetaData)> {
        let properties = self.properties(schema)?;
        let mut metadata = None;
        let path = match self.place {
            Place::Directory => segment_path(self.dataset.0, id),
            Place::Lake => format!("main/{}/{id}.parquet", self.dataset),
        };
        let mut failure = None;
        let file = self.files.write(&path, |out| {
            let written = || {
                let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties))?;
                let mut start = 0;
                for batch in batches {
                    self.files.poll().map_err(|error| external(&mut failure, error))?;
                    let ids = ids.map(|ids| &ids[start..start + batch.num_rows()]);
                    let stored = self.stored_rows(schema, batch, ids);
                    writer.write(&stored.map_err(|error| external(&mut failure, error))?)?;
                    start += batch.num_rows();
                }
                writer.close()
            };
            metadata = Some(written().map_err(io_error)?);
            Ok(())
        });
        let file = file.map_err(|error| failure.unwrap_or(error))?;
        let metadata = metadata.ok_or_else(|| StoreError::internal("a segment has no metadata"))?;
        Ok((file, metadata))
    }

    /// Rows in the columns of the Parquet file.
    fn stored_rows(
        &self,
        schema: &SchemaRef,
        batch: &RecordBatch,
        ids: Option<&[u64]>,
    ) -> Result<RecordBatch> {
        let mut arrays = Vec::with_capacity(schema.fields().len());
        for ((at, _), field) in self.stored().zip(schema.fields()) {
            arrays.push(relabel(&stored::to_stored(batch.column(at))?, field.data_type())?);
        }
        if let Some(ids) = ids {
            arrays.push(Arc::new(ids.iter().map(|&id| id as i64).collect::<Int64Array>()) as ArrayRef);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
    }

    /// LZ4 decodes fastest of what DuckDB, pyarrow and Polars read. Elements of tensors do not compress, and
    /// are read from the mapped file.
    fn properties(&self, schema: &SchemaRef) -> Result<WriterProperties> {
        let mut properties = WriterProperties::builder()
            .set_created_by(format!("linal {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::LZ4_RAW)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES));
        let stored: Vec<&Column> = self.stored().map(|(_, column)| column).collect();
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

/// Keeps an error of our own while the Parquet writer has one of its kind.
fn external(failure: &mut Option<StoreError>, error: StoreError) -> ParquetError {
    let text = error.to_string();
    *failure = Some(error);
    ParquetError::General(text)
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
