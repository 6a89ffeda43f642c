//! NumPy arrays: `.npy` files of versions 1 to 3.
//!
//! The header is parsed here instead of by a crate: its grammar is a dozen lines, and existing crates
//! allocate for a header of any declared length and recurse into nested brackets without a limit.

mod elements;
mod header;
mod read;

pub use read::{parse, read_npy};

pub(crate) use elements::ArrayElements;
pub(crate) use header::format;
pub(crate) use read::{StreamLength, read_array};
