//! The readers over committed fixtures, real data, damaged bytes and limits.

mod csv;
mod files;
mod folders;
mod hdf5;
mod limits;
mod mutations;
mod npy;
mod npz;
mod real_data;
mod streams;
mod support;
mod table_round_trips;
mod tables;
mod zarr;
