//! An open file: its columns, and the readers of its row groups.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use super::int96::{self, Int96Columns};
use crate::error::{ReadError, Result};
use crate::source::{Source, quoted};
use crate::table::normalize::catch_failure;
use crate::table::{TableOptions, names};

/// A file and the columns that are read of it.
pub(super) struct ParquetFile {
    pub(super) source: Source,
    pub(super) place: String,
    /// With timestamps of 96 bits as microseconds.
    pub(super) metadata: ArrowReaderMetadata,
    /// The root columns that are read, in the order of the file.
    pub(super) places: Vec<usize>,
    pub(super) int96: Option<Int96Columns>,
    /// The schema of these columns.
    pub(super) schema: SchemaRef,
}

impl ParquetFile {
    pub(super) fn open(path: &Path, options: &TableOptions) -> Result<ParquetFile> {
        let source = Source::open(path)?;
        let place = quoted(&source.label);
        let metadata =
            catch_failure(&place, || ArrowReaderMetadata::load(&source.file, ArrowReaderOptions::new()))?;
        let metadata = with_views(metadata);
        let names: Vec<String> =
            metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut places = if options.fields.is_some() {
            // Repeated names are made distinct later, so only distinct names narrow the projection.
            names::select(&place, &names, options.fields.as_deref()).unwrap_or((0..names.len()).collect())
        } else {
            (0..names.len()).collect()
        };
        places.sort_unstable();
        let (metadata, int96) = match catch_failure(&place, || int96::find(&metadata, &places))? {
            Some((metadata, columns)) => (metadata, Some(columns)),
            None => (metadata, None),
        };
        let schema = Arc::new(catch_failure(&place, || metadata.schema().project(&places))?);
        Ok(ParquetFile { source, place, metadata, places, int96, schema })
    }

    pub(super) fn groups(&self) -> &[RowGroupMetaData] {
        self.metadata.metadata().row_groups()
    }

    /// The mask of the columns that are read.
    pub(super) fn mask(&self) -> ProjectionMask {
        ProjectionMask::roots(self.metadata.parquet_schema(), self.places.iter().copied())
    }

    /// The column chunks of a row group that are read.
    pub(super) fn chunks<'g>(
        &self,
        group: &'g RowGroupMetaData,
    ) -> impl Iterator<Item = (usize, &'g ColumnChunkMetaData)> {
        let schema = self.metadata.parquet_schema();
        let root = |leaf: usize| schema.get_column_root_idx(leaf);
        group.columns().iter().enumerate().map(move |(leaf, chunk)| (root(leaf), chunk))
    }

    /// A reader of some columns of a row group, in batches of at most `rows` rows.
    pub(super) fn reader(
        &self,
        group: usize,
        metadata: &ArrowReaderMetadata,
        mask: &ProjectionMask,
        rows: usize,
    ) -> Result<ParquetRecordBatchReader> {
        let file = self.source.file.try_clone().map_err(|error| ReadError::from_io(&self.place, &error))?;
        catch_failure(&self.place, || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
                .with_projection(mask.clone())
                .with_row_groups(vec![group])
                .with_batch_size(rows.max(1))
                .build()
        })
    }

    /// Checks that the columns of a row group lie within the file; returns their declared size in bytes.
    pub(super) fn check(&self, group: &RowGroupMetaData) -> Result<usize> {
        let damaged = |what: &str| ReadError::bad_format(format!("{} is damaged: {what}", self.place));
        let mut unpacked = 0usize;
        if group.num_rows() < 0 {
            return Err(damaged("a row group has less than no rows"));
        }
        for column in group.columns() {
            let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
            let (start, size) = (u64::try_from(start), u64::try_from(column.compressed_size()));
            let (Ok(start), Ok(size)) = (start, size) else { return Err(damaged("a column has no place")) };
            if start.checked_add(size).is_none_or(|end| end > self.source.length) {
                return Err(damaged("a column lies beyond its end"));
            }
            let size = usize::try_from(column.uncompressed_size());
            unpacked = unpacked.saturating_add(size.map_err(|_| damaged("a column has no size"))?);
        }
        Ok(unpacked)
    }
}

/// The file with its texts as views: they share the pages, where other texts are copied, so that a page with
/// a dictionary of long texts would become as large as a file likes.
fn with_views(metadata: ArrowReaderMetadata) -> ArrowReaderMetadata {
    let fields: Fields = metadata.schema().fields().iter().map(|field| viewed(field)).collect();
    let schema = Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    // What the reader does not accept is read as before.
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), options).unwrap_or(metadata)
}

fn viewed(field: &Field) -> Arc<Field> {
    let view = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8);
    let kind = if view { DataType::Utf8View } else { field.data_type().clone() };
    Arc::new(field.clone().with_data_type(kind))
}
