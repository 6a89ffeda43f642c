//! Reads and writes tables, one module per format.
//!
//! | extension | read | written |
//! | --- | --- | --- |
//! | `csv`, `tsv`, `tab` | types inferred from the whole file | NULL an empty cell, the empty text `""` |
//! | `json`, `jsonl`, `ndjson` | an array of objects, or concatenated objects | `.json` an array, otherwise
//! one row per line |
//! | `parquet` | | snappy |
//! | `arrow`, `ipc`, `feather` | file or stream format | file format |
//! | `npy`, `npz` | the first axis is the row | numeric and tensor columns |
//! | `h5`, `hdf5`, `hdf` | the first axis is the row | |
//! | `zarr`, a folder | version 2 or 3: an array, or a group of arrays | version 3 |
//!
//! Text formats, `arrow` and `npy` may be compressed with `.gz` and `.zst`, which reads detect by content.
//!
//! A path may stand for several files: a glob or a folder (`files/`).
//!
//! In all formats, integers become `i64`, or decimals where that does not hold them, half precision becomes
//! `f32`, text `Utf8View`, and timestamps microseconds where that is lossless.

mod arrays;
mod budget;
mod csv;
mod datetime;
mod files;
mod format;
mod input;
mod ipc;
mod json;
mod names;
mod normalize;
mod npy_stream;
mod parquet;
mod stream;
mod write;

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_tensor::{Reservation, Tensor};

pub use csv::{parse_csv, read_csv};
pub use files::{TableFiles, matching_files, table_files};
pub use format::TableFormat;
pub(crate) use ipc::{check_ipc_types, read_mapped, visit_metadata};
pub(crate) use normalize::without_padding;
pub(crate) use parquet::row_bytes;
pub use stream::{TableStream, open_table};
pub use write::{ExistingFiles, PageCodec, PartitionedWriter, TableWriter, WriteStyle, write_table};

use crate::error::Result;
use crate::progress::ReadContext;

/// The name of a table read in memory errors.
const OPERATION: &str = "reading a file";

/// Options for a file; by default all are detected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Whether the first line of a CSV file is a header. `None`: it is when one of its cells differs in class
    /// from the cells below it, when it has the names of [`TableOptions::fields`], or when all columns are
    /// text, which a notice reports.
    pub header: Option<bool>,
    /// The delimiter of a CSV file. `None`: a tab for `.tsv` and `.tab`, otherwise the one of comma, bar, semicolon and tab that
    /// divides its first lines into rows of one width.
    pub delimiter: Option<u8>,
    /// The quote of a CSV file. `None`: `"`.
    pub quote: Option<u8>,
    /// What stands before a quote within quotes. `None`: the quote itself.
    pub escape: Option<u8>,
    /// The cells of a CSV file that are NULL. `None`: those that are empty and not quoted.
    pub nulls: Option<Vec<String>>,
    /// The columns of a CSV file that are read as text, whatever is in them.
    pub text: TextColumns,
    /// Lines to skip at the start of a CSV file.
    pub skip: usize,
    /// The selected fields, in order, by name in any case; columns without names are indexed from 0. `None`:
    /// all.
    pub fields: Option<Vec<String>>,
    /// Whether the last column is `filename`, with the path of the file as it was matched.
    pub filename: bool,
}

/// Which columns are read as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TextColumns {
    /// Those whose cells are nothing else.
    #[default]
    Inferred,
    /// All.
    All,
    /// These, by name in any case.
    Named(Vec<String>),
    /// The first ones.
    First(usize),
}

impl TextColumns {
    /// Whether the column at a position is read as text.
    pub(crate) fn has(&self, at: usize, name: &str) -> bool {
        match self {
            TextColumns::Inferred => false,
            TextColumns::All => true,
            TextColumns::Named(names) => names.iter().any(|known| known.eq_ignore_ascii_case(name)),
            TextColumns::First(count) => at < *count,
        }
    }
}

/// A table read from a file.
#[derive(Debug)]
pub struct Table {
    /// Names and types of the columns. Names are distinct, also case-insensitively.
    pub schema: SchemaRef,
    /// The rows, in file order. As few batches as possible, so that a column is a tensor without a copy.
    pub batches: Vec<RecordBatch>,
    /// Notices for the user, one sentence each: fields that were skipped, names that were changed.
    pub notices: Vec<String>,
    /// The arrays of a bundle (`npz`, `hdf5`) by their name in the file, with `/` as `_`, including those
    /// that are no columns.
    pub tensors: Vec<(String, Tensor)>,
    /// The reservation of the columns, released on drop. Memory of arrays and of [`Table::tensors`] is
    /// charged by the tensors themselves.
    pub memory: Reservation,
}

impl Table {
    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// Reads a file as a table; the extension selects the format.
///
/// A path with `*`, `?`, `[..]` or `**` that is no file stands for all files that match, and a folder for all
/// files below it whose names begin with neither a dot nor `_`. They are of one format, and are read in the
/// order of their paths as text. Columns are matched by name; a type is inferred from the rows of all files,
/// or is the declared one, where integers among floats are floats, and a column without a type has that of the
/// other files. Folders `key=value` below the first wildcard, or below the folder, are columns behind those of
/// the files. [`Table::tensors`] is empty then.
///
/// # Errors
/// When a glob matches nothing; when files differ in their format or their columns. When the file is missing, damaged, or of an unsupported format; when a field does not exist, or the
/// selected fields differ in their number of rows; when the pool is exhausted; when the read was cancelled.
/// Errors name the file and the line or field.
pub fn read_table(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    if let Some(set) = files::FileSet::find(path, options, context)? {
        return files::read(set, options, context);
    }
    read_file(path, TableFormat::from_path(path)?, options, context)
}

/// Reads a single file.
fn read_file(
    path: &Path,
    format: TableFormat,
    options: &TableOptions,
    context: &ReadContext,
) -> Result<Table> {
    match format {
        TableFormat::Csv(delimiter) => {
            let delimiter = csv::delimiter(path, delimiter, options, context)?;
            csv::read(path, delimiter, options, context)
        }
        TableFormat::Json | TableFormat::JsonLines => json::read(path, options, context),
        TableFormat::Parquet => parquet::read(path, options, context),
        TableFormat::Arrow => ipc::read(path, options, context),
        TableFormat::Npy => arrays::read_npy(path, options, context),
        TableFormat::Npz => arrays::read_npz(path, options, context),
        TableFormat::Hdf5 => arrays::read_hdf5(path, options, context),
        TableFormat::Zarr => arrays::read_zarr(path, options, context),
    }
}
