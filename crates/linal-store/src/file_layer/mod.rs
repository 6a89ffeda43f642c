//! The file operations of the store, behind one trait.
//!
//! Every file that the store itself creates, reads, renames or removes goes through a [`FileLayer`], so that
//! a test can make any of these calls fail, and can take back what was not synced. [`OsFiles`] is the
//! operating system, [`FaultyFiles`] the one of the tests.
//!
//! Not behind it: the file of the catalog and its WAL, which SQLite writes by itself (a VFS of SQLite could
//! go through the same trait), and the lock, which is advisory and holds no data.

mod bytes_map;
mod fault;
mod layer;
mod os;

pub use bytes_map::FileMap;
pub use fault::{Fault, FaultyFiles};
pub use layer::{Entry, FileLayer, FileReader, FileWriter};
pub use os::OsFiles;
