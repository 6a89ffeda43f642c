//! Several files as one table: a glob, or a folder.
//!
//! 1. [`FileSet::find`] gives the paths in the order of their text; all are of one format.
//! 2. The first reading surveys the columns of each file. [`Columns`] matches them by name and merges what
//!    was found, so that a type is that of the rows of all files.
//! 3. The second reading gives the rows, file by file, in these types. Behind them stand the columns of
//!    [`partitions::Partitions`] and `filename`, which are constant within a file.
//!
//! Only what is known of the columns is kept between the two readings, and one file is open at a time.

mod arrow;
mod columns;
mod constant;
mod find;
mod glob;
mod layout;
mod notices;
mod partitions;
mod read;
mod reader;
mod stream;
mod walk;

pub use find::{TableFiles, matching_files, table_files};

pub(super) use columns::{ColumnFacts, Columns};
pub(super) use find::FileSet;
pub(super) use partitions::NULL as NULL_PARTITION;
pub(super) use read::read;
pub(super) use reader::{FileReader, Surveyed};
pub(super) use stream::open;
