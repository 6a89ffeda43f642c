//! Writes a table batch by batch.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression as PageCompression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::super::TableFormat;
use super::atomic_file::{AtomicFile, write_error};
use super::zarr::ZarrTarget;
use super::{arrays, hdf5};
use crate::error::{ReadError, Result};
use crate::source::quoted;
use crate::text::{CsvLines, JsonRows};

/// The size of a row group of Parquet in bytes, before it is written: a group is held in memory until then.
const GROUP_BYTES: usize = 128 << 20;

/// A table that is written batch by batch. Bytes go to a temporary file beside the target, which replaces the
/// target in [`TableWriter::finish`]; a writer that is dropped before removes it.
///
/// Parquet holds up to one row group in memory, at most 1,048,576 rows or about 128 MiB. NumPy, HDF5 and Zarr files
/// have the number of rows, or a whole column, before the next one: their batches are kept until the end, in
/// memory that is the caller's to charge. All other formats keep nothing.
pub struct TableWriter {
    place: String,
    schema: SchemaRef,
    format: FormatWriter,
}

/// The state of a format.
enum FormatWriter {
    Csv(AtomicFile, CsvLines),
    /// Whether a row was written.
    Json(AtomicFile, JsonRows, bool),
    JsonLines(AtomicFile, JsonRows),
    Parquet(Box<ArrowWriter<AtomicFile>>),
    Arrow(Box<FileWriter<AtomicFile>>),
    /// A format that is written at the end.
    Whole(WholeFormat, AtomicFile, Vec<RecordBatch>),
    /// Also written at the end, to a folder.
    Zarr(ZarrTarget, Vec<RecordBatch>),
}

#[derive(Clone, Copy)]
enum WholeFormat {
    Npy,
    Npz,
    Hdf5,
}

/// How a file is written, where its format leaves a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteStyle {
    /// Whether a CSV file begins with the names of the columns.
    pub header: bool,
    /// The quote of a CSV file.
    pub quote: u8,
    /// What stands before a quote within quotes; the quote itself by default.
    pub escape: Option<u8>,
    /// The text of NULL in a CSV file, which is empty by default.
    pub null: Option<Box<str>>,
    /// Whether all values of a CSV file but NULL are quoted.
    pub quotes_all: bool,
    /// The compression of the pages of a Parquet file.
    pub codec: PageCodec,
}

impl Default for WriteStyle {
    fn default() -> WriteStyle {
        WriteStyle {
            header: true,
            quote: b'"',
            escape: None,
            null: None,
            quotes_all: false,
            codec: PageCodec::Snappy,
        }
    }
}

/// The compression of the pages of a Parquet file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageCodec {
    /// None.
    None,
    /// Snappy.
    Snappy,
    /// Zstandard.
    Zstd,
}

impl PageCodec {
    fn of_parquet(self) -> PageCompression {
        match self {
            PageCodec::None => PageCompression::UNCOMPRESSED,
            PageCodec::Snappy => PageCompression::SNAPPY,
            PageCodec::Zstd => PageCompression::ZSTD(Default::default()),
        }
    }
}

impl TableWriter {
    /// Begins a file in the usual style.
    ///
    /// # Errors
    /// As [`TableWriter::create_with`].
    pub fn create(path: &Path, format: TableFormat, schema: &SchemaRef) -> Result<TableWriter> {
        TableWriter::create_with(path, format, schema, WriteStyle::default())
    }

    /// Begins a file. What the extension says of compression applies to every format that may be compressed.
    ///
    /// # Errors
    /// When the temporary file cannot be created, or a column does not fit the format.
    pub fn create_with(
        path: &Path,
        format: TableFormat,
        schema: &SchemaRef,
        style: WriteStyle,
    ) -> Result<TableWriter> {
        let place = quoted(&path.display().to_string());
        let format = if format == TableFormat::Zarr {
            FormatWriter::Zarr(ZarrTarget::create(&place, path)?, Vec::new())
        } else {
            FormatWriter::begin(&place, (format, style), schema, AtomicFile::create(&place, path)?)?
        };
        Ok(TableWriter { place, schema: schema.clone(), format })
    }

    /// Writes the rows of a batch, which has the types of the schema.
    ///
    /// # Errors
    /// When a value does not fit the format, or the file cannot be written. The file is then incomplete, and
    /// to be dropped.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let place = &self.place;
        let written = match &mut self.format {
            FormatWriter::Csv(file, lines) => lines.rows(batch, file),
            FormatWriter::Json(file, rows, begun) => rows.items(batch, begun, file),
            FormatWriter::JsonLines(file, rows) => rows.lines(batch, file),
            FormatWriter::Parquet(writer) => return parquet_batch(place, writer, batch),
            FormatWriter::Arrow(writer) => {
                let written = own_texts(batch).and_then(|batch| writer.write(&batch));
                return written.map_err(|error| arrow_error(place, error));
            }
            FormatWriter::Whole(_, _, batches) | FormatWriter::Zarr(_, batches) => {
                batches.push(batch.clone());
                return Ok(());
            }
        };
        written.map_err(|error| write_error(place, &error))
    }

    /// Ends the file, syncs it, and gives it its name.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub fn finish(self) -> Result<()> {
        let TableWriter { place, schema, format } = self;
        match format {
            FormatWriter::Csv(file, _) | FormatWriter::JsonLines(file, _) => file.finish(),
            FormatWriter::Json(mut file, _, begun) => {
                let end: &[u8] = if begun { b"]\n" } else { b"[]\n" };
                file.write_all(end).map_err(|error| write_error(&place, &error))?;
                file.finish()
            }
            FormatWriter::Parquet(writer) => {
                writer.into_inner().map_err(|error| parquet_error(&place, error))?.finish()
            }
            FormatWriter::Arrow(mut writer) => {
                writer.finish().map_err(|error| arrow_error(&place, error))?;
                writer.into_inner().map_err(|error| arrow_error(&place, error))?.finish()
            }
            FormatWriter::Zarr(target, batches) => target.write(&schema, &batches),
            FormatWriter::Whole(WholeFormat::Npy, file, batches) => {
                arrays::write_npy(&place, &schema, &batches, file)
            }
            FormatWriter::Whole(WholeFormat::Npz, file, batches) => {
                arrays::write_npz(&place, &schema, &batches, file)
            }
            FormatWriter::Whole(WholeFormat::Hdf5, file, batches) => {
                hdf5::write(&place, &schema, &batches, file)
            }
        }
    }
}

impl FormatWriter {
    fn begin(
        place: &str,
        (format, style): (TableFormat, WriteStyle),
        schema: &SchemaRef,
        mut file: AtomicFile,
    ) -> Result<FormatWriter> {
        let whole = |format, file| FormatWriter::Whole(format, file, Vec::new());
        Ok(match format {
            TableFormat::Csv(delimiter) => {
                let lines = CsvLines {
                    delimiter,
                    quote: style.quote,
                    escape: style.escape.unwrap_or(style.quote),
                    null: style.null,
                    quotes_all: style.quotes_all,
                };
                if style.header {
                    lines.file_header(schema, &mut file).map_err(|error| write_error(place, &error))?;
                }
                FormatWriter::Csv(file, lines)
            }
            TableFormat::Json => FormatWriter::Json(file, JsonRows::new(schema), false),
            TableFormat::JsonLines => FormatWriter::JsonLines(file, JsonRows::new(schema)),
            TableFormat::Parquet => {
                FormatWriter::Parquet(Box::new(parquet(place, schema, file, style.codec)?))
            }
            TableFormat::Arrow => {
                let writer = FileWriter::try_new(file, schema).map_err(|error| arrow_error(place, error))?;
                FormatWriter::Arrow(Box::new(writer))
            }
            TableFormat::Npy => whole(WholeFormat::Npy, file),
            TableFormat::Npz => whole(WholeFormat::Npz, file),
            TableFormat::Hdf5 => whole(WholeFormat::Hdf5, file),
            // A folder was begun before.
            TableFormat::Zarr => return Err(ReadError::io(format!("{place} cannot be written to a file"))),
        })
    }
}

/// The batch with texts that are its own: Arrow writes all the text that views share, also with other batches.
fn own_texts(batch: &RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
    let own = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts)
            if texts.get_buffer_memory_size() / 2
                > texts.views().inner().len() + texts.total_buffer_bytes_used() =>
        {
            Arc::new(texts.gc()) as ArrayRef
        }
        _ => column.clone(),
    };
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), batch.columns().iter().map(own).collect(), &options)
}

fn parquet(
    place: &str,
    schema: &SchemaRef,
    file: AtomicFile,
    codec: PageCodec,
) -> Result<ArrowWriter<AtomicFile>> {
    let properties = WriterProperties::builder().set_compression(codec.of_parquet()).build();
    ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(|error| parquet_error(place, error))
}

fn parquet_batch(place: &str, writer: &mut ArrowWriter<AtomicFile>, batch: &RecordBatch) -> Result<()> {
    writer.write(batch).map_err(|error| parquet_error(place, error))?;
    if writer.in_progress_size() >= GROUP_BYTES {
        writer.flush().map_err(|error| parquet_error(place, error))?;
    }
    Ok(())
}

fn parquet_error(place: &str, error: ParquetError) -> ReadError {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => write_error(place, &error),
            Err(error) => ReadError::unsupported(format!("{place} cannot be written: {error}")),
        },
        error => ReadError::unsupported(format!("{place} cannot be written: {error}")),
    }
}

fn arrow_error(place: &str, error: ArrowError) -> ReadError {
    match error {
        ArrowError::IoError(_, error) => write_error(place, &error),
        error => ReadError::unsupported(format!("{place} cannot be written: {error}")),
    }
}
