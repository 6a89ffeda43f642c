//! What becomes of a commit whose sync failed.
//!
//! SQLite has written the frames of such a commit to the WAL by then, and forgets them: the connection goes on as
//! before the commit. The file has them all the same, so that the next opening would find the commit that was
//! answered by an error. They are taken out of the file here. Where that is not possible either, nobody can say what
//! is on disk, and the error says so. PostgreSQL stops the server in this place, for the same reason: what a failed
//! fsync has lost is not written by the next one.

use std::fs::OpenOptions;
use std::path::PathBuf;

use linal_error::Code;
use rusqlite::{Connection, TransactionBehavior};

use super::super::catalog::connect_writer;
use super::super::error::{Result, StoreError};

/// Size of the header of a WAL, and of that of a frame, in bytes.
const WAL_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// Cuts the WAL behind the last frame of a commit that SQLite knows to be done, and syncs it. `connection` is the one
/// that writes, outside of a transaction.
///
/// # Errors
/// A file that cannot be written: what is on disk is unknown then.
pub(super) fn take_back(connection: &mut Connection) -> Result<()> {
    let catalog = PathBuf::from(connection.path().unwrap_or_default());
    // Nobody else commits meanwhile, not even another process.
    let alone = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let other = connect_writer(&catalog)?;
    // A connection knows the WAL once it has read something.
    other.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    // NOOP checkpoints nothing and says how many frames are committed.
    let frames: i64 = other.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1))?;
    let page: u64 = other.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let frames = u64::try_from(frames).map_err(|_| StoreError::new(Code::Io, "the catalog has no WAL"))?;
    let path = catalog.with_extension("sqlite-wal");
    let io = |error: std::io::Error| StoreError::io(&path, "cannot be written", &error);
    // SQLite has no locks on the WAL itself, which closing it here would release.
    let wal = OpenOptions::new().write(true).open(&path).map_err(io)?;
    let length = wal.metadata().map_err(io)?.len();
    let end = WAL_HEADER + frames * (FRAME_HEADER + page);
    if length > end {
        wal.set_len(end).map_err(io)?;
    }
    wal.sync_all().map_err(io)?;
    alone.rollback()?;
    Ok(())
}
