//! Tables from files and to files: one file a format.
//!
//! | extension | read | written |
//! | --- | --- | --- |
//! | `csv`, `tsv`, `tab` | types inferred over the whole file | NULL an empty cell, the empty text `""` |
//! | `json`, `jsonl`, `ndjson` | objects, in an array or one after the other | `.json` an array, else a line a row |
//! | `parquet` | | snappy |
//! | `arrow`, `ipc`, `feather` | file or stream format | file format |
//! | `npy`, `npz` | the first axis is the row | columns of numbers and tensors |
//! | `h5`, `hdf5`, `hdf` | the first axis is the row | |
//!
//! Text formats, `arrow` and `npy` may be compressed: `.gz` and `.zst`, recognised by their content when they are read.
//!
//! Whatever the file brings, integers come in as `i64` and as decimals where that does not hold them, half precision
//! as `f32`, text as `Utf8View`, timestamps in microseconds where that loses nothing.

mod arrays;
mod budget;
mod csv;
mod format;
mod input;
mod int96;
mod ipc;
mod json;
mod json_kind;
mod moment;
mod names;
mod normal;
mod parquet;
mod write;

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_tensor::{Reservation, Tensor};

pub use format::TableFormat;
pub use write::write_table;

use crate::error::Result;
use crate::progress::ReadContext;

/// What memory errors call the reading of a table.
const OPERATION: &str = "reading a file";

/// What the caller says about a file. The default lets the file speak for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Whether the first line of a CSV file names the columns. `None`: it does when one of its cells differs in kind
    /// from the cells below it, when it has the names of [`TableOptions::fields`], or when all columns are text, of
    /// which a notice tells.
    pub header: Option<bool>,
    /// The byte between the cells of a CSV file. `None`: a tab for `.tsv` and `.tab`, else a comma.
    pub delimiter: Option<u8>,
    /// The fields to read, in this order, by name in any case; columns without names count from 0. `None`: all.
    pub fields: Option<Vec<String>>,
}

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    /// Names and types of the columns. Names differ, also without regard to case.
    pub schema: SchemaRef,
    /// The rows, in the file's order. As few batches as possible, so that a column is a tensor without a copy.
    pub batches: Vec<RecordBatch>,
    /// What the user should know: fields that were left out, names that were changed. A sentence each.
    pub notices: Vec<String>,
    /// The arrays of a bundle (`npz`, `hdf5`) by their name in the file, with `/` as `_`; those that are no column, too.
    pub tensors: Vec<(String, Tensor)>,
    /// What the columns take of the pool, until it is dropped. Memory of arrays and of [`Table::tensors`] is charged by
    /// the tensors themselves.
    pub memory: Reservation,
}

impl Table {
    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// Reads a file as a table; the format follows the extension.
///
/// # Errors
/// When the file is missing, is damaged, or is of a format that is not read; when a field is not there, or the fields
/// that were asked for have different numbers of rows; when the pool has no room; when the reading was stopped.
/// Errors name the file and the line or field in it.
pub fn read_table(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    match TableFormat::of(path)? {
        TableFormat::Csv(delimiter) => {
            csv::read(path, options.delimiter.unwrap_or(delimiter), options, context)
        }
        TableFormat::Json | TableFormat::JsonLines => json::read(path, options, context),
        TableFormat::Parquet => parquet::read(path, options, context),
        TableFormat::Arrow => ipc::read(path, options, context),
        TableFormat::Npy => arrays::read_npy(path, options, context),
        TableFormat::Npz => arrays::read_npz(path, options, context),
        TableFormat::Hdf5 => arrays::read_hdf5(path, options, context),
    }
}
