//! How a database directory is opened.

use std::sync::Arc;

use crate::file_layer::{FileLayer, OsFiles};

/// How a database directory is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Whether the directory is only read. Nothing is written then, and a writer may be open beside it.
    pub read_only: bool,
    /// Whether a directory that does not exist is created; ignored for reading only.
    pub create: bool,
    /// Whether the hash of a file is checked when it is opened for the first time. Sizes always are.
    pub verify: bool,
    /// The files; those of the operating system but for tests.
    pub files: Arc<dyn FileLayer>,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions { read_only: false, create: true, verify: true, files: Arc::new(OsFiles) }
    }
}

impl OpenOptions {
    /// Options of a directory that is only read.
    pub fn read_only() -> OpenOptions {
        OpenOptions { read_only: true, create: false, ..OpenOptions::default() }
    }
}
