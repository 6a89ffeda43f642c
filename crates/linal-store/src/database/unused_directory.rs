//! A directory without a catalog becomes one of linal only if there is nothing in it that anybody could miss.

use std::io::{self, Read};
use std::path::Path;

use linal_error::Code;

use super::error::{Result, StoreError};
use super::maintenance::present;
use super::segment::Files;

/// What an opening leaves that did not come to its end, and what makers of file systems leave.
const HARMLESS: [&str; 6] = [
    "catalog.sqlite",
    "catalog.sqlite-journal",
    "catalog.sqlite-wal",
    "catalog.sqlite-shm",
    "lost+found",
    "spill",
];

/// Most names that an error lists.
const NAMED: usize = 3;

/// Checks that a directory has no contents: neither data whose catalog is lost, nor files of somebody else.
///
/// # Errors
/// `E0409 damaged_database` when there are data without a catalog; `E0403 bad_format` for other contents; a folder
/// that cannot be listed.
pub(super) fn check(files: &Files) -> Result<()> {
    check_lost(files)?;
    let root = files.layout.root();
    let list = files.layer.list(root);
    let mut foreign = Vec::new();
    for entry in list.map_err(|error| StoreError::io(root, "cannot be listed", &error))? {
        let name = entry.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_ours = if entry.is_folder {
            files.layout.folders().any(|folder| folder == entry.path) && is_empty(files, &entry.path)?
        } else {
            name == "lock" && is_lock(&entry.path)
        };
        if !is_ours && !HARMLESS.contains(&name.as_str()) {
            foreign.push(format!("`{name}`"));
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    let more = foreign.len().saturating_sub(NAMED);
    foreign.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!(
        "the directory '{}' is not empty and is no database directory: it has {}{more}, and no catalog.sqlite",
        root.display(),
        foreign.join(", ")
    );
    Err(StoreError::new(Code::BadFormat, message)
        .with_help("name a directory that does not exist yet, or an empty one; nothing was changed"))
}

/// Checks that there are no data whose catalog is lost.
///
/// # Errors
/// `E0409 damaged_database`; a folder that cannot be listed.
pub(super) fn check_lost(files: &Files) -> Result<()> {
    let lost = present(files)?;
    let Some(first) = lost.first() else { return Ok(()) };
    let root = files.layout.root();
    let first = first.strip_prefix(root).unwrap_or(first).display();
    let message = format!(
        "the catalog of the database directory '{}' is missing: there are {} files of data, such as '{first}', and \
         no catalog.sqlite with contents",
        root.display(),
        lost.len()
    );
    Err(StoreError::damaged(message).with_help(
        "nothing was changed; put catalog.sqlite of a backup back, or read the files with any reader of Parquet",
    ))
}

/// Whether there are no files in a folder and those below it.
fn is_empty(files: &Files, folder: &Path) -> Result<bool> {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let list = files.layer.list(&folder);
        for entry in list.map_err(|error| StoreError::io(&folder, "cannot be listed", &error))? {
            if !entry.is_folder {
                return Ok(false);
            }
            folders.push(entry.path);
        }
    }
    Ok(true)
}

/// Whether a file is what the lock of a writer looks like.
fn is_lock(path: &Path) -> bool {
    let start = || -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        std::fs::File::open(path)?.take(4).read_to_end(&mut start)?;
        Ok(start)
    };
    start().is_ok_and(|start| start.is_empty() || start == b"pid ")
}
