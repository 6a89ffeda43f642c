//! Zarr: a folder with an array in chunks, or a tree of such folders. Version 3 is read and written, version
//! 2 is read.
//!
//! Read with own code over the decompressors of the other formats. The crate `zarrs` decompresses a chunk to
//! whatever size its bytes declare; here no chunk becomes larger than the metadata say, and those declare no
//! more than the files of the array can hold.

mod blosc;
mod chunk;
mod codec;
mod fill;
mod metadata;
mod read;
mod store;
mod v2;
mod v3;
mod write;

pub use read::{read_zarr, zarr_arrays};

pub(crate) use store::is_zarr;
pub(crate) use write::{ArrayWriter, write_group};

#[cfg(test)]
mod tests;
