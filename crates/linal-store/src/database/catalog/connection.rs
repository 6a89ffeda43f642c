//! Connections to the catalog.

use std::path::Path;
use std::time::Duration;

use linal_error::Code;
use rusqlite::{Connection, OpenFlags};

use super::super::error::{Result, StoreError};

/// How long a statement waits for a lock, which another program may hold while it reads.
const BUSY: Duration = Duration::from_secs(10);

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

/// The connection that writes. The file is created when it is missing.
pub(in crate::database) fn open_writer(path: &Path) -> Result<Connection> {
    let connection = connect_writer(path)?;
    write_ahead(&connection)?;
    Ok(connection)
}

/// A connection that may write, before anything is written: the file may be none of linal.
pub(in crate::database) fn connect_writer(path: &Path) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    Ok(connection)
}

/// Sets how a connection writes: WAL, so that readers do not wait for a commit; FULL, so that a commit is synced
/// before it is answered.
///
/// # Errors
/// SQLite answers a failed switch by the mode that it stays in, which is an error here: format.md promises WAL, and
/// other processes rely on it.
pub(in crate::database) fn write_ahead(connection: &Connection) -> Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        let message =
            format!("the catalog cannot be switched to a write-ahead log; its journal mode is `{mode}`");
        return Err(StoreError::new(Code::Io, message)
            .with_help("the disk fails, or the file system has no shared memory"));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// A connection that reads.
pub(in crate::database) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // The file may come from elsewhere: its views and triggers call no function with an effect, and a cell
    // beyond its page is an error.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database in memory has no WAL, and SQLite says so without an error.
    #[test]
    fn a_catalog_that_stays_in_another_mode_is_refused() {
        let connection = Connection::open_in_memory().expect("SQLite opens");
        let error = write_ahead(&connection).expect_err("there is no WAL");
        assert_eq!(error.code(), Code::Io);
        assert!(error.to_string().contains("`memory`"), "{error}");
    }
}
