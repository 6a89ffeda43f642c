//! Writes tables to files.

mod arrays;
mod atomic_file;
mod hdf5;

use std::io::Write;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression as PageCompression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use self::atomic_file::AtomicFile;
use super::TableFormat;
use crate::error::{ReadError, Result};
use crate::source::quoted;
use crate::text::{CsvLines, JsonRows};

/// Writes a table to a file; the extension selects the format. The write is atomic: bytes go to a temporary
/// file beside the target, which replaces the target when it is complete.
///
/// CSV distinguishes NULL (nothing) from the empty text (`""`), and writes vectors as text `[1,2,3]`. `npy`
/// takes one column, or columns of one numeric type as a matrix; `npz` and `h5` have one array per column.
///
/// # Errors
/// When the extension is no writable format, a column does not fit the format, or the file cannot be written.
/// The temporary file is removed.
pub fn write_table(path: &Path, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
    let format = TableFormat::from_path(path)?;
    let place = quoted(&path.display().to_string());
    if format == TableFormat::Npz {
        return arrays::write_npz(&place, path, schema, batches);
    }
    let mut target = AtomicFile::create(&place, path)?;
    let out = target.out();
    let written = match format {
        TableFormat::Csv(delimiter) => {
            let lines = CsvLines { delimiter };
            lines
                .file_header(schema, out)
                .and_then(|()| batches.iter().try_for_each(|batch| lines.rows(batch, out)))
        }
        TableFormat::Json => JsonRows::new(schema).array(batches, out),
        TableFormat::JsonLines => {
            let rows = JsonRows::new(schema);
            batches.iter().try_for_each(|batch| rows.lines(batch, out))
        }
        TableFormat::Parquet => {
            parquet(schema, batches, out).map_err(|error| parquet_error(&place, error))?;
            Ok(())
        }
        TableFormat::Arrow => {
            ipc(schema, batches, out).map_err(|error| arrow_error(&place, error))?;
            Ok(())
        }
        TableFormat::Npy => return arrays::write_npy(&place, schema, batches, target),
        TableFormat::Hdf5 => return hdf5::write(&place, schema, batches, target),
        // An archive returned before.
        TableFormat::Npz => Ok(()),
    };
    written.map_err(|error| atomic_file::write_error(&place, &error))?;
    target.finish()
}

fn parquet(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    out: &mut (dyn Write + Send),
) -> std::result::Result<(), ParquetError> {
    let properties = WriterProperties::builder().set_compression(PageCompression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties))?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.close().map(drop)
}

fn ipc(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    out: &mut (dyn Write + Send),
) -> std::result::Result<(), ArrowError> {
    let mut writer = FileWriter::try_new(out, schema)?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.finish()
}

fn parquet_error(place: &str, error: ParquetError) -> ReadError {
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => atomic_file::write_error(place, &error),
            Err(error) => ReadError::unsupported(format!("{place} cannot be written: {error}")),
        },
        error => ReadError::unsupported(format!("{place} cannot be written: {error}")),
    }
}

fn arrow_error(place: &str, error: ArrowError) -> ReadError {
    match error {
        ArrowError::IoError(_, error) => atomic_file::write_error(place, &error),
        error => ReadError::unsupported(format!("{place} cannot be written: {error}")),
    }
}
