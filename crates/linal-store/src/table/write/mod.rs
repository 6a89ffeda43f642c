//! Writes tables to files.

mod arrays;
mod atomic_file;
mod existing;
mod hdf5;
mod partitioned;
mod writer;
mod zarr;

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub use self::existing::ExistingFiles;
pub use self::partitioned::PartitionedWriter;
pub use self::writer::{PageCodec, TableWriter, WriteStyle};

use super::TableFormat;
use crate::error::Result;

/// Writes a table to a file; the extension selects the format. The write is atomic: bytes go to a temporary
/// file beside the target, which replaces the target when it is complete.
///
/// CSV distinguishes NULL (nothing) from the empty text (`""`), and writes vectors as text `[1,2,3]`. `npy`
/// takes one column, or columns of one numeric type as a matrix; `npz`, `h5` and `zarr` have one array per
/// column; a single column `value` of `zarr` is an array without a group.
///
/// # Errors
/// When the extension is no writable format, a column does not fit the format, or the file cannot be written.
/// The temporary file is removed.
pub fn write_table(path: &Path, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
    let mut writer = TableWriter::create(path, TableFormat::from_path(path)?, schema)?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.finish()
}
