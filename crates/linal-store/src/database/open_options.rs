//! How a database directory is opened.

use std::sync::Arc;

use linal_tensor::MemoryPool;

use crate::file_layer::{FileLayer, OsFiles};

/// How a database directory is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Whether the directory is only read. Nothing is written then, and a writer may be open beside it.
    pub read_only: bool,
    /// Whether a directory that does not exist is created; ignored for reading only.
    pub create: bool,
    /// Whether blocks of files are verified when they are read for the first time. Sizes always are.
    pub verify: bool,
    /// What rows are charged to until their segment is written; `None`: nothing limits them but the size of a
    /// segment.
    pub memory: Option<Arc<MemoryPool>>,
    /// The files; those of the operating system but for tests.
    pub files: Arc<dyn FileLayer>,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions { read_only: false, create: true, verify: true, memory: None, files: Arc::new(OsFiles) }
    }
}

impl OpenOptions {
    /// Options of a directory that is only read.
    pub fn read_only() -> OpenOptions {
        OpenOptions { read_only: true, create: false, ..OpenOptions::default() }
    }
}
