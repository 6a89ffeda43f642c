//! Apache Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::RowGroupMetaData;

use super::budget::Budget;
use super::normalize::{catch_failure, normalize};
use super::{Table, TableOptions, int96, names};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::{Source, quoted};

/// Greatest number of rows of a batch. A row group of usual size is one batch, so that its columns are
/// tensors without a copy.
const ROWS: usize = 1 << 20;

/// Reads a file, one row group at a time.
pub(super) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let source = Source::open(path)?;
    let place = quoted(&source.label);
    let _watch = context.start_read(&source.label, Some(source.length));
    let metadata =
        catch_failure(&place, || ArrowReaderMetadata::load(&source.file, ArrowReaderOptions::new()))?;
    let names: Vec<String> = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut places = if options.fields.is_some() {
        // Repeated names are made distinct later, so only distinct names narrow the projection.
        names::select(&place, &names, options.fields.as_deref()).unwrap_or((0..names.len()).collect())
    } else {
        (0..names.len()).collect()
    };
    places.sort_unstable();
    let mask = ProjectionMask::roots(metadata.parquet_schema(), places.iter().copied());
    let (metadata, mut int96) = match catch_failure(&place, || int96::find(&metadata, &places))? {
        Some((metadata, columns)) => (metadata, Some(columns)),
        None => (metadata, None),
    };
    let mut schema = Arc::new(catch_failure(&place, || metadata.schema().project(&places))?);
    let mut budget = Budget::new(context)?;
    let mut batches = Vec::new();
    for (at, group) in metadata.metadata().row_groups().iter().enumerate() {
        context.poll()?;
        let stored = check(&place, group, source.length)?;
        // The decoder decompresses a page of each column at a time, whose size a file may declare falsely;
        // the whole group is charged while it is read.
        let _working = context.pool.reserve(super::OPERATION, stored.min(usize::MAX / 2))?;
        let read = |metadata: &ArrowReaderMetadata, mask: &ProjectionMask| {
            let file = source.file.try_clone().map_err(|error| ReadError::from_io(&place, &error))?;
            catch_failure(&place, || {
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
                    .with_projection(mask.clone())
                    .with_row_groups(vec![at])
                    .with_batch_size(ROWS.min(usize::try_from(group.num_rows()).unwrap_or(0).max(1)))
                    .build()
            })
        };
        let mut reader = read(&metadata, &mask)?;
        let mut nanoseconds = match &int96 {
            Some(columns) => Some(read(&columns.metadata, &columns.mask)?),
            None => None,
        };
        while let Some(batch) = catch_failure(&place, || reader.next().transpose())? {
            context.poll()?;
            budget.add(memory(&batch))?;
            if let (Some(columns), Some(nanoseconds)) = (&mut int96, &mut nanoseconds)
                && let Some(exact) = catch_failure(&place, || nanoseconds.next().transpose())?
            {
                budget.add(memory(&exact))?;
                catch_failure(&place, || columns.compare(&batch, &exact))?;
            }
            batches.push(batch);
        }
        context.progress.advance(u64::try_from(group.compressed_size()).unwrap_or(0));
    }
    if let Some(columns) = int96 {
        columns.restore(&place, &mut schema, &mut batches)?;
    }
    let mut notices = Vec::new();
    let (schema, batches) = normalize(&place, &schema, batches, options, &mut budget, &mut notices)?;
    let memory = budget.resize(batches.iter().map(memory).sum(), context)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory })
}

/// Checks that the columns of a row group lie within the file; returns their declared size in bytes.
fn check(place: &str, group: &RowGroupMetaData, length: u64) -> Result<usize> {
    let damaged = |what: &str| ReadError::bad_format(format!("{place} is damaged: {what}"));
    let mut unpacked = 0usize;
    if group.num_rows() < 0 {
        return Err(damaged("a row group has less than no rows"));
    }
    for column in group.columns() {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let (start, size) = (u64::try_from(start), u64::try_from(column.compressed_size()));
        let (Ok(start), Ok(size)) = (start, size) else { return Err(damaged("a column has no place")) };
        if start.checked_add(size).is_none_or(|end| end > length) {
            return Err(damaged("a column lies beyond its end"));
        }
        let size = usize::try_from(column.uncompressed_size());
        unpacked = unpacked.saturating_add(size.map_err(|_| damaged("a column has no size"))?);
    }
    Ok(unpacked)
}

/// The size of a batch.
pub(crate) fn memory(batch: &RecordBatch) -> usize {
    let sizes = batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0));
    // Views are counted without the text that they reference.
    let texts = batch
        .columns()
        .iter()
        .filter(|column| matches!(column.data_type(), arrow::datatypes::DataType::Utf8View));
    sizes.sum::<usize>() + texts.map(|column| column.get_buffer_memory_size()).sum::<usize>()
}
