//! The tensor columns of a segment in an Arrow IPC file, which is mapped into memory, and saved tensors.
//!
//! The file has one record batch, so that each column is one buffer. Its columns have the same Parquet field
//! ids in their metadata as those of the segment.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::buffer::Buffer;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::files::{Files, WrittenFile};
use crate::table::read_mapped;

/// Alignment of buffers in the file: a cache line, and the widest SIMD register.
const ALIGNMENT: usize = 64;

/// Writes the tensor columns of a segment; `None` when it has none.
pub(super) fn write<'c>(
    files: &Files,
    path: &str,
    columns: impl Iterator<Item = (&'c Column, &'c ArrayRef)>,
    rows: usize,
) -> Result<Option<WrittenFile>> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (column, array) in columns.filter(|(column, _)| column.is_tensor() && !column.is_lazy()) {
        let mut metadata = column.field.metadata().clone();
        metadata.insert(PARQUET_FIELD_ID_META_KEY.to_string(), column.id.to_string());
        fields.push(column.field.as_ref().clone().with_nullable(true).with_metadata(metadata));
        arrays.push(array.clone());
    }
    if fields.is_empty() {
        return Ok(None);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?;
    write_batch(files, path, &batch).map(Some)
}

fn write_batch(files: &Files, path: &str, batch: &RecordBatch) -> Result<WrittenFile> {
    // Tensor columns that are damaged are replaced; names of other files are given once.
    files.replace(path, |out| {
        let written = || {
            let options = IpcWriteOptions::try_new(ALIGNMENT, false, arrow::ipc::MetadataVersion::V5)?;
            let mut writer = FileWriter::try_new_with_options(out, &batch.schema(), options)?;
            writer.write(batch)?;
            writer.finish()
        };
        written().map_err(|error| match error {
            ArrowError::IoError(_, error) => error,
            error => std::io::Error::other(error),
        })
    })
}

/// Writes a saved tensor: a file with one column of one row or more.
pub(in crate::database) fn write_tensor(
    files: &Files,
    path: &str,
    field: &Field,
    values: &ArrayRef,
) -> Result<WrittenFile> {
    let schema = Arc::new(Schema::new(vec![field.clone()]));
    let written = write_batch(files, path, &RecordBatch::try_new(schema, vec![values.clone()])?)?;
    let target = files.layout.root().join(path);
    files.sync_folder(target.parent().unwrap_or(&target))?;
    Ok(written)
}

/// Maps a file of tensors whose hash was checked: its fields and columns.
///
/// # Errors
/// `E0409 damaged_database` for a file of another form.
pub(in crate::database) fn read_tensor(files: &Files, path: &str) -> Result<(Field, ArrayRef)> {
    let batch = map(files, path)?;
    match (batch.schema().fields().as_ref(), batch.columns()) {
        ([field], [array]) => Ok((field.as_ref().clone(), array.clone())),
        _ => Err(StoreError::damaged(format!("the file '{path}' has more than one column"))),
    }
}

/// Maps the tensor columns of a segment whose hash was checked: the field id of each, and its values.
///
/// # Errors
/// `E0409 damaged_database` for a file of another form.
pub(in crate::database) fn map_vectors(files: &Files, path: &str, rows: u64) -> Result<Vec<(u64, ArrayRef)>> {
    let batch = map(files, path)?;
    if batch.num_rows() as u64 != rows {
        return Err(StoreError::damaged(format!("the file '{path}' has another number of rows")));
    }
    let schema = batch.schema();
    let id = |field: &Field| field.metadata().get(PARQUET_FIELD_ID_META_KEY)?.parse::<u64>().ok();
    let columns = schema.fields().iter().zip(batch.columns());
    Ok(columns.filter_map(|(field, array)| Some((id(field)?, array.clone()))).collect())
}

fn map(files: &Files, path: &str) -> Result<RecordBatch> {
    let full = files.layout.file(path).ok_or_else(|| StoreError::damaged(format!("'{path}' is no path")))?;
    let bytes = files.layer.map(&full).map_err(|error| StoreError::io(&full, "cannot be mapped", &error))?;
    let decoded = std::panic::catch_unwind(|| read_mapped(&Buffer::from(bytes)));
    let damaged = |what: &str| StoreError::damaged(format!("'{}' cannot be decoded: {what}", full.display()));
    let (_, batches) = match decoded {
        Ok(Ok(decoded)) => decoded,
        Ok(Err(error)) => return Err(damaged(&error.to_string())),
        Err(_) => return Err(damaged("its reader does not know the damage")),
    };
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([batch]) => Ok(batch),
        Err(_) => Err(damaged("it has not one record batch")),
    }
}

/// Writes the tensor columns of a segment again, from the columns that its Parquet file has.
pub(in crate::database) fn rebuild(
    files: &Files,
    path: &str,
    columns: &[(Column, ArrayRef)],
    rows: usize,
) -> Result<WrittenFile> {
    let written = write(files, path, columns.iter().map(|(column, array)| (column, array)), rows)?;
    let target = files.layout.root().join(path);
    files.sync_folder(target.parent().unwrap_or(&target))?;
    written.ok_or_else(|| StoreError::internal("a segment without tensors has a file for them"))
}
