//! File formats of LINAL: readers and writers, the types of columns, and values as text.
//!
//! This crate knows neither the text of the language, nor sessions, nor queries. Its modules:
//!
//! - [`database`]: the database directory: catalog, segments, versions, transactions.
//! - [`file_layer`]: the file operations of the database directory, and faults for tests.
//! - [`package`]: folders with a dataset and what describes it.
//! - [`npy`], [`npz`], [`hdf5`], [`zarr`]: one reader per format, each yielding a [`Tensor`](linal_tensor::Tensor).
//! - [`table`]: reads and writes files of all formats as Arrow tables, and a CSV file of numbers as a tensor.
//! - [`json`]: JSON texts: whether one is valid, its parts by path.
//! - [`mod@column`]: the types of columns, and the conversion between columns and tensors.
//! - [`text`]: formats values, for files and for results.
//! - [`temporal`]: dates, times and intervals: calendar, arithmetic, parsing and formatting.
//! - [`ReadContext`]: the memory pool and the progress observer of a read.
//! - [`ReadError`]: an error in a file, with its location.
//!
//! Files are untrusted. A reader reserves memory from the statement's pool before it allocates, and never
//! more than the real file length justifies, whatever sizes the file declares. Corrupted and truncated files
//! yield an error, never a panic.
//!
//! ```
//! use linal_store::{MemoryPool, NoProgress, ReadContext, TableOptions, table};
//!
//! let pool = MemoryPool::new(1 << 20);
//! let context = ReadContext::new(&pool, &NoProgress);
//! let text = "x,y\n1,2\n3,4.5\n";
//! let matrix = table::parse_csv("inline", text.as_bytes(), None, &TableOptions::default(), &context)?;
//! assert_eq!(matrix.shape().dims(), [2, 2]);
//! assert_eq!(matrix.to_vec::<f64>(), [1.0, 2.0, 3.0, 4.5]);
//! # Ok::<(), linal_store::ReadError>(())
//! ```

pub mod column;
pub mod database;
pub mod file_layer;
pub mod hdf5;
pub mod json;
pub mod npy;
pub mod npz;
pub mod package;
pub mod table;
pub mod temporal;
pub mod text;
pub mod zarr;

mod catch_panic;
mod charged_vec;
mod column_name;
mod elements;
mod error;
mod numeric;
mod progress;
mod source;

pub use column::{ColumnType, NotTensor, TensorType, column_to_tensor, tensor_to_column};
pub use column_name::{UUID_BYTES, key_and_value};
pub use error::ReadError;
pub use hdf5::{hdf5_datasets, read_hdf5};
pub use linal_error::Code;
pub use linal_tensor::MemoryPool;
pub use npy::read_npy;
pub use npz::{npz_names, read_npz};
pub use progress::{NoProgress, Progress, ReadContext};
pub use table::{
    ExistingFiles, PageCodec, PartitionedWriter, Table, TableFiles, TableFormat, TableOptions, TableStream,
    TableWriter, TextColumns, WriteStyle, matching_files, open_table, read_csv, read_table, table_files,
    write_table,
};
pub use zarr::{read_zarr, zarr_arrays};
