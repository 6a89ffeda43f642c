//! HDF5 files, read with the crate `hdf5-pure`.
//!
//! The format is large and its files are untrusted. So each call into that crate that parses bytes goes
//! through `failure::catch_failure`, which converts a panic to an error, and declared sizes are checked against the
//! file length and charged to the pool before the crate reads data.

mod chunks;
mod dataset;
mod element;
mod failure;
mod file;
mod filters;
mod links;
mod shared;

pub use dataset::{parse, read_hdf5};
pub use file::{hdf5_datasets, list};
