//! A table as a stream of batches, for files that are larger than memory.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use linal_tensor::{MemoryPool, Reservation, Tensor};

use super::files::{self, FileSet};
use super::{OPERATION, Table, TableFormat, TableOptions, csv, ipc, json, npy_stream, parquet, read_file};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;

/// Greatest number of rows of a batch.
pub(super) const BATCH_ROWS: usize = 1 << 16;

/// The size of a batch, in bytes. A batch of one row may be larger.
pub(super) const BATCH_BYTES: usize = 16 << 20;

/// The rows of a file in batches of bounded size, in file order: at most 65,536 rows, and about 16 MiB unless
/// one row is larger.
///
/// A batch is charged to the pool of the context while the stream holds it, that is until the next call; who
/// keeps it for longer charges it. After an error the stream has ended.
pub struct TableStream<'a> {
    schema: SchemaRef,
    notices: Vec<String>,
    tensors: Vec<(String, Tensor)>,
    /// Which columns have no type in the file; none where it is shorter.
    untyped: Vec<bool>,
    source: Option<Box<dyn BatchSource + 'a>>,
    /// What is left of the last batch of the source, and the batch that was handed out.
    block: Option<Block>,
}

/// Batches of any size.
pub(super) trait BatchSource: Send {
    /// The next batch in the schema of the stream, `None` at the end.
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>>;
}

/// A batch and the reservation of its memory.
pub(super) struct ChargedBatch {
    pub(super) batch: RecordBatch,
    pub(super) memory: Reservation,
}

/// A batch that is handed out in slices.
struct Block {
    charged: ChargedBatch,
    /// Rows that were handed out.
    done: usize,
    /// Rows of a slice.
    step: usize,
}

impl<'a> TableStream<'a> {
    pub(super) fn new(
        schema: SchemaRef,
        notices: Vec<String>,
        source: impl BatchSource + 'a,
    ) -> TableStream<'a> {
        let source: Option<Box<dyn BatchSource + 'a>> = Some(Box::new(source));
        TableStream { schema, notices, tensors: Vec::new(), untyped: Vec::new(), source, block: None }
    }

    /// The stream, with a mark for each column that the file declares without a type.
    pub(super) fn with_untyped(self, untyped: Vec<bool>) -> TableStream<'a> {
        TableStream { untyped, ..self }
    }

    /// Whether the file declares no type for a column.
    pub(super) fn is_untyped(&self, at: usize) -> bool {
        self.untyped.get(at).copied().unwrap_or(false)
    }

    /// A stream of a table that was read as a whole.
    pub(super) fn of_table(table: Table, context: &ReadContext<'_>) -> TableStream<'a> {
        let Table { schema, batches, notices, tensors, memory } = table;
        let whole = WholeTable { batches: batches.into_iter(), _memory: memory, pool: context.pool.clone() };
        TableStream { tensors, ..TableStream::new(schema, notices, whole) }
    }

    /// Names and types of the columns, those that [`super::read_table`] gives.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Notices for the user, one sentence each, as [`Table::notices`].
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The arrays of a bundle, as [`Table::tensors`]; they share the memory of the batches.
    pub fn tensors(&self) -> &[(String, Tensor)] {
        &self.tensors
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(slice) = self.block.as_mut().and_then(Block::next_slice) {
            return Ok(Some(slice));
        }
        // Released before the next batch is read.
        self.block = None;
        let Some(charged) = self.next_charged()? else { return Ok(None) };
        Ok(self.block.insert(Block::new(charged)).next_slice())
    }

    /// The next batch with rows, as the source gives it.
    pub(super) fn next_charged(&mut self) -> Result<Option<ChargedBatch>> {
        let Some(source) = &mut self.source else { return Ok(None) };
        while let Some(charged) = source.next_batch()? {
            if charged.batch.num_rows() > 0 {
                return Ok(Some(charged));
            }
        }
        self.source = None;
        Ok(None)
    }
}

impl Iterator for TableStream<'_> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let next = self.advance();
        if next.is_err() {
            (self.source, self.block) = (None, None);
        }
        next.transpose()
    }
}

impl Block {
    fn new(charged: ChargedBatch) -> Block {
        let rows = charged.batch.num_rows();
        // The texts of views count once, with what is charged: slices and columns share them.
        let sizes = charged.batch.columns().iter().map(|column| column.to_data().get_slice_memory_size());
        let size = sizes.map(|size| size.unwrap_or(0)).sum::<usize>().max(charged.memory.bytes());
        let a_row = (size / rows.max(1)).max(1);
        Block { charged, done: 0, step: (BATCH_BYTES / a_row).clamp(1, BATCH_ROWS) }
    }

    fn next_slice(&mut self) -> Option<RecordBatch> {
        let rows = self.charged.batch.num_rows();
        let left = rows.checked_sub(self.done).filter(|left| *left > 0)?;
        let slice = self.charged.batch.slice(self.done, self.step.min(left));
        self.done += slice.num_rows();
        Some(slice)
    }
}

/// The batches of a table in memory. Its reservation is that of all batches, and ends with the stream.
struct WholeTable {
    batches: std::vec::IntoIter<RecordBatch>,
    _memory: Reservation,
    pool: Arc<MemoryPool>,
}

impl BatchSource for WholeTable {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        Ok(Some(ChargedBatch { batch, memory: self.pool.reserve(OPERATION, 0)? }))
    }
}

/// The error for a file whose second reading does not agree with the first.
pub(super) fn changed(place: &str) -> ReadError {
    ReadError::io(format!("{place} was changed while it was read"))
}

/// Opens a file as a stream of batches; the extension selects the format. Names, types and notices are those
/// of [`super::read_table`], and so are the errors, though some come only while the stream is read. The files
/// of a glob or of a folder are opened one after the other.
///
/// Types depend on all rows of a file, so CSV, JSON and Arrow files are read twice: first for the types, then
/// for the rows. Of a Parquet file the first reading skips columns whose statistics suffice.
///
/// A NumPy array is read once, row by row. Some files are read as a whole, and their memory is charged while
/// the stream exists: NumPy archives, HDF5 and Zarr, whose arrays are tensors of the session as well; an array
/// in Fortran order; a compressed Arrow file of the file format, which is read from its end; whatever is no
/// regular file, which cannot be read twice. Columns of arrays are charged by themselves, also for who keeps
/// them.
///
/// # Errors
/// As [`super::read_table`].
pub fn open_table<'a>(
    path: &Path,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    if let Some(set) = FileSet::find(path, options, context)? {
        return files::open(set, options, context);
    }
    open_file(path, TableFormat::from_path(path)?, options, context)
}

/// Opens a single file.
pub(super) fn open_file<'a>(
    path: &Path,
    format: TableFormat,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    // Who cannot be opened fails in the reader, with its error.
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        match format {
            TableFormat::Csv(delimiter) => {
                let delimiter = csv::delimiter(path, delimiter, options, context)?;
                return csv::open(path, delimiter, options, context);
            }
            TableFormat::Json | TableFormat::JsonLines => return json::open(path, options, context),
            TableFormat::Parquet => return parquet::open(path, options, context),
            TableFormat::Arrow => return ipc::open(path, options, context),
            TableFormat::Npy => return npy_stream::open(path, options, context),
            TableFormat::Npz | TableFormat::Hdf5 | TableFormat::Zarr => {}
        }
    }
    Ok(TableStream::of_table(read_file(path, format, options, context)?, context))
}
