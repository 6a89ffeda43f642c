//! HDF5 files, through the crate `hdf5-pure`.
//!
//! The format is large and its files are foreign, so that crate is not trusted with what the house promises: each
//! call into it that looks at bytes goes through `guard::contain`, which makes an error of a panic, and the sizes
//! that a file declares are compared with its length and charged to the pool before the crate is asked for data.

mod chunks;
mod dataset;
mod element;
mod file;
mod filters;
mod guard;
mod links;
mod shared;

pub use dataset::{parse, read_hdf5};
pub use file::{hdf5_datasets, list};
