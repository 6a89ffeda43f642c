//! CSV and similar files of numbers, plain or compressed with gzip.

pub(crate) mod cell;
mod columns;
mod input;
mod options;
mod read;
mod rows;
mod table;

pub use options::CsvOptions;
pub use read::{parse, read_csv};
