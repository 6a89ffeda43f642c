//! The tensor columns of a segment in an Arrow IPC file, which is mapped into memory, and saved tensors.
//!
//! The file has one record batch, so that each column is one buffer. Its columns have the same Parquet field
//! ids in their metadata as those of the segment.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::blocks::VerifiedBlocks;
use super::files::{Files, WrittenFile};
use super::mapped_file::MappedFile;
use super::open::FileEntry;
use crate::table::{read_mapped, visit_metadata};

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

/// Maps a file of tensors: its field and column. All of it is verified by `blocks`; without them, its hash
/// was checked.
///
/// # Errors
/// `E0409 damaged_database` for a file that is damaged, or of another form.
pub(in crate::database) fn read_tensor(
    files: &Files,
    file: &FileEntry,
    blocks: Option<VerifiedBlocks>,
) -> Result<(Field, ArrayRef)> {
    let (mapped, batch) = map(files, file, blocks)?;
    mapped.verify_all()?;
    match (batch.schema().fields().as_ref(), batch.columns()) {
        ([field], [array]) => Ok((field.as_ref().clone(), array.clone())),
        _ => Err(StoreError::damaged(format!("the file '{}' has more than one column", file.path))),
    }
}

/// The tensor columns of a segment in memory: mapped from their file, or decoded from the segment.
#[derive(Debug)]
pub(in crate::database) struct VectorColumns {
    /// The field id of each, and its values, which are to be verified where they are used.
    columns: Vec<(u64, ArrayRef)>,
    file: Option<MappedFile>,
}

impl VectorColumns {
    /// Columns that were decoded from the segment.
    pub fn in_memory(columns: Vec<(u64, ArrayRef)>) -> VectorColumns {
        VectorColumns { columns, file: None }
    }

    /// Whether a column is among them.
    pub fn has(&self, column: u64) -> bool {
        self.columns.iter().any(|(id, _)| *id == column)
    }

    /// Rows of a column, which the segment has; their blocks are verified now unless they were before. `None` for
    /// a column that is not there.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn slice(&self, column: u64, rows: &Range<u64>) -> Result<Option<ArrayRef>> {
        let Some((_, array)) = self.columns.iter().find(|(id, _)| *id == column) else { return Ok(None) };
        let slice = array.slice(rows.start as usize, (rows.end - rows.start) as usize);
        if let Some(file) = &self.file {
            file.verify_array(&slice)?;
        }
        Ok(Some(slice))
    }

    /// Tells the system that the pages of an array of this file may leave the memory of the process.
    pub fn release(&self, array: &dyn Array) {
        if let Some(file) = &self.file {
            file.release_array(array);
        }
    }
}

/// Maps the tensor columns of a segment. Metadata are verified by `blocks`, and values where they are used;
/// without blocks, the hash of the whole file was checked.
///
/// # Errors
/// `E0409 damaged_database` for damaged metadata, and for a file of another form.
pub(in crate::database) fn map_vectors(
    files: &Files,
    file: &FileEntry,
    blocks: Option<VerifiedBlocks>,
    rows: u64,
) -> Result<VectorColumns> {
    let (mapped, batch) = map(files, file, blocks)?;
    if batch.num_rows() as u64 != rows {
        return Err(StoreError::damaged(format!("the file '{}' has another number of rows", file.path)));
    }
    // Values that the decoder has copied, since they were not aligned, have lost their place.
    if !batch.columns().iter().all(|array| mapped.holds(array)) {
        mapped.verify_all()?;
    }
    let schema = batch.schema();
    let id = |field: &Field| field.metadata().get(PARQUET_FIELD_ID_META_KEY)?.parse::<u64>().ok();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.filter_map(|(field, array)| Some((id(field)?, array.clone()))).collect();
    Ok(VectorColumns { columns, file: Some(mapped) })
}

fn map(files: &Files, file: &FileEntry, blocks: Option<VerifiedBlocks>) -> Result<(MappedFile, RecordBatch)> {
    let mapped = MappedFile::open(files, file, blocks)?;
    let buffer = mapped.buffer();
    let decoded = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let verify = |range: Range<usize>| {
            mapped.verify_range(&range).map_err(|error| ArrowError::ExternalError(Box::new(error)))
        };
        visit_metadata(&buffer, verify)?;
        read_mapped(&buffer)
    }));
    let damaged = |what: &str| StoreError::damaged(format!("'{}' cannot be decoded: {what}", file.path));
    let (_, batches) = match decoded {
        Ok(Ok(decoded)) => decoded,
        Ok(Err(ArrowError::ExternalError(error))) => match error.downcast::<StoreError>() {
            Ok(error) => return Err(*error),
            Err(error) => return Err(damaged(&error.to_string())),
        },
        Ok(Err(error)) => return Err(damaged(&error.to_string())),
        Err(_) => return Err(damaged("its reader does not know the damage")),
    };
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([batch]) => Ok((mapped, batch)),
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
