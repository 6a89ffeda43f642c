//! Tables of numbers as text: CSV and its relatives, plain or compressed by gzip.

pub(crate) mod cell;
mod columns;
mod input;
mod options;
mod read;
mod rows;
mod table;

pub use options::CsvOptions;
pub use read::{parse, read_csv};
