//! NumPy arrays: `.npy` files of versions 1 to 3.
//!
//! The header is read here and not by a crate: it is a dozen lines of grammar, and what there is takes memory for a
//! header of any declared length and descends without a bound into nested brackets.

mod header;
mod read;

pub use read::{parse, read_npy};

pub(crate) use read::{Limits, read_array};
