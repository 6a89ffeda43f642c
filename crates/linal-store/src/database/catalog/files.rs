//! The files that the catalog names.

use rusqlite::{Connection, Row};

use super::super::error::Result;
use super::super::segment::{BlockChecksums, FileEntry};
use super::open::CHECKSUMS_SINCE;
use super::query::all;

/// The file in four columns of a row; `None` when they are NULL.
pub(super) fn file_at(row: &Row<'_>, at: usize) -> Result<Option<FileEntry>> {
    let Some(id) = row.get::<_, Option<u64>>(at)? else { return Ok(None) };
    let (path, bytes, sha256) = (row.get(at + 1)?, row.get(at + 2)?, row.get(at + 3)?);
    Ok(Some(FileEntry { id, path, bytes, sha256, checksums: None }))
}

/// A file with the checksums of its blocks, if it has some; `None` for one that the catalog does not name.
pub(in crate::database) fn file(connection: &Connection, id: u64) -> Result<Option<FileEntry>> {
    let sql = "SELECT file_id, path, bytes, sha256, block_checksums FROM linal_file WHERE file_id = ?1";
    Ok(all(connection, sql, [id], file_with_checksums)?.pop())
}

/// All files, with the checksums of their blocks where the format has some. One whose list is damaged is the
/// error of it.
pub(in crate::database) fn files(
    connection: &Connection,
    format_version: u64,
) -> Result<Vec<Result<FileEntry>>> {
    let checksums = if format_version < CHECKSUMS_SINCE { "NULL" } else { "block_checksums" };
    let sql = format!("SELECT file_id, path, bytes, sha256, {checksums} FROM linal_file ORDER BY file_id");
    all(connection, &sql, [], |row| Ok(file_with_checksums(row)))
}

fn file_with_checksums(row: &Row<'_>) -> Result<FileEntry> {
    let (id, path, bytes, sha256): (_, String, _, _) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    let list: Option<Vec<u8>> = row.get(4)?;
    let checksums = list.map(|list| BlockChecksums::from_bytes(&list, &path, bytes)).transpose()?;
    Ok(FileEntry { id, path, bytes, sha256, checksums })
}
