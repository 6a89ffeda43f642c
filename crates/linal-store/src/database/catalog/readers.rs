//! Connections that read.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::super::error::Result;
use super::connection::open_reader;

/// Connections that are kept while they are not used.
const IDLE: usize = 8;

/// A pool of connections that read. A call takes one of its own, so that readers do not wait for each other.
#[derive(Debug)]
pub(in crate::database) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub fn new(path: &Path) -> Readers {
        Readers { path: path.to_path_buf(), idle: Mutex::default() }
    }

    /// Calls a function with a connection, in one read transaction.
    ///
    /// # Errors
    /// A file that cannot be opened, and those of the function.
    pub fn with<T>(&self, call: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        let transaction = connection.unchecked_transaction()?;
        let result = call(&transaction);
        drop(transaction);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && connection.is_autocommit() {
            idle.push(connection);
        }
        result
    }
}
