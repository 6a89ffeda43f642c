//! Samples of rows.
//!
//! Whether a row belongs to a sample depends on its number and the seed alone, so that a sample with a seed is the same
//! for any number of threads: the rows come in the order of their table, through one partition.

mod exec;
mod reservoir;
mod spec;

pub(crate) use self::exec::SampleExec;
pub(crate) use self::spec::{Method, SampleSpec, Size};
