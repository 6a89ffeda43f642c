//! Bytes and versions for linal: files in and out, and later the catalog.
//!
//! This crate does not know the text of the language, sessions or queries. Its parts:
//!
//! - [`csv`], [`npy`], [`npz`], [`hdf5`]: one reader a format, each giving one [`Tensor`](linal_tensor::Tensor).
//! - [`table`]: files of any format as Arrow tables, and the way back.
//! - [`mod@column`]: the types of columns; a column and a tensor as the same memory.
//! - [`text`]: values as text, for files and for results.
//! - [`temporal`]: dates, times and intervals: their calendar, their arithmetic and their texts.
//! - [`ReadContext`]: what a reader may use and whom it tells how far it is.
//! - [`ReadError`]: what can be wrong with a file, and where in it.
//!
//! Files are foreign bytes. A reader reserves memory from the statement's pool before it allocates, and takes
//! no more than the file's real length justifies, whatever sizes the file declares about itself. Mutated and
//! truncated files end in an error, never in a panic.
//!
//! ```
//! use linal_store::{CsvOptions, MemoryPool, NoProgress, ReadContext, csv};
//!
//! let pool = MemoryPool::new(1 << 20);
//! let context = ReadContext::new(&pool, &NoProgress);
//! let table = csv::parse("inline", "x,y\n1,2\n3,4.5\n".as_bytes(), None, &CsvOptions::default(), &context)?;
//! assert_eq!(table.shape().dims(), [2, 2]);
//! assert_eq!(table.to_vec::<f64>(), [1.0, 2.0, 3.0, 4.5]);
//! # Ok::<(), linal_store::ReadError>(())
//! ```

pub mod column;
pub mod csv;
pub mod hdf5;
pub mod npy;
pub mod npz;
pub mod table;
pub mod temporal;
pub mod text;

mod elements;
mod error;
mod growing;
mod numeric;
mod progress;
mod source;

pub use column::{ColumnType, NotTensor, TensorType, column_to_tensor, tensor_to_column};
pub use csv::{CsvOptions, read_csv};
pub use error::ReadError;
pub use hdf5::{hdf5_datasets, read_hdf5};
pub use linal_error::Code;
pub use linal_tensor::MemoryPool;
pub use npy::read_npy;
pub use npz::{npz_names, read_npz};
pub use progress::{NoProgress, Progress, ReadContext};
pub use table::{Table, TableOptions, read_table, write_table};
