//! Reads a file of numbers as one tensor.
//!
//! The rows are those of the table reader, but no cell is kept as text: numbers go to the tensor's buffer as
//! they arrive, row by row, so that a file of a hundred million numbers takes the memory of its tensor.

mod columns;
mod read;
mod sample;
mod values;

pub use self::read::{parse, read_csv};
