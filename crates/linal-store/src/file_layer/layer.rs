//! The trait of a file layer.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::bytes_map::FileMap;

/// The operations on files and folders that the store needs. A call is either done when it returns, or has
/// failed; what it did is durable only after the sync of the file and of its folder.
pub trait FileLayer: fmt::Debug + Send + Sync {
    /// Creates a file, which must not exist.
    ///
    /// # Errors
    /// Those of the operating system, as all calls of this trait.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileWriter>>;

    /// Opens a file for reading.
    ///
    /// # Errors
    /// Those of the operating system.
    fn open(&self, path: &Path) -> io::Result<Box<dyn FileReader>>;

    /// Maps a file into memory, read-only.
    ///
    /// # Errors
    /// Those of the operating system.
    fn map(&self, path: &Path) -> io::Result<FileMap>;

    /// Renames a file within one file system; an existing target is replaced.
    ///
    /// # Errors
    /// Those of the operating system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Those of the operating system.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// Those of the operating system.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Creates a folder; its parent exists. An existing folder is not an error.
    ///
    /// # Errors
    /// Those of the operating system.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes the entries of a folder durable: files that were created, renamed or removed in it.
    ///
    /// # Errors
    /// Those of the operating system.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// The entries of a folder, in the order of their names.
    ///
    /// # Errors
    /// Those of the operating system.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
}

/// A file that is written from start to end.
pub trait FileWriter: Write + Send {
    /// Makes the contents durable.
    ///
    /// # Errors
    /// Those of the operating system. After a failure the contents are unspecified.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that is read at any place.
pub trait FileReader: Send + Sync {
    /// Size in bytes.
    ///
    /// # Errors
    /// Those of the operating system.
    fn size(&self) -> io::Result<u64>;

    /// Reads up to `bytes.len()` bytes at `offset` and returns their number; 0 at the end of the file.
    ///
    /// # Errors
    /// Those of the operating system.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path, which begins with that of the folder.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Size in bytes; 0 for a folder.
    pub size: u64,
}
