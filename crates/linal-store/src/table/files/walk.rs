//! The files below a folder.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use super::find::Found;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;
use crate::table::budget::Budget;
use crate::zarr;

/// The memory of a path beside its text.
const PATH_BYTES: usize = 64;

/// The files of a folder at any depth, in no order. Names that begin with a dot or `_` are skipped, and links
/// to folders are not followed, which a notice reports. A Zarr store counts as a file.
///
/// # Errors
/// A folder that cannot be read, or has no file; a Delta table.
pub(super) fn files(folder: &Path, memory: &mut Budget, context: &ReadContext<'_>) -> Result<Found> {
    let place = quoted(&folder.display().to_string());
    if folder.join("_delta_log").is_dir() {
        return Err(ReadError::unsupported(format!(
            "{place} is a Delta table, whose log tells which of its files have the current rows"
        )));
    }
    let (mut paths, mut links) = (Vec::new(), Vec::new());
    let mut walk = WalkDir::new(folder).into_iter();
    while let Some(entry) = walk.next() {
        context.poll()?;
        let entry = entry.map_err(|error| no_access(folder, &error))?;
        let kind = entry.file_type();
        // The folder itself may be a link.
        if entry.depth() == 0 {
            continue;
        }
        if is_hidden(entry.file_name()) || entry.file_name().as_encoded_bytes().starts_with(b"_") {
            if kind.is_dir() {
                walk.skip_current_dir();
            }
            continue;
        }
        let path = entry.path();
        let is_store = kind.is_dir() && zarr::is_zarr(path);
        if is_store {
            walk.skip_current_dir();
        }
        let is_link_to_folder = kind.is_symlink() && fs::metadata(path).is_ok_and(|linked| linked.is_dir());
        if is_link_to_folder {
            links.push(path.display().to_string());
        } else if is_store || kind.is_file() || kind.is_symlink() {
            charge(memory, path)?;
            paths.push(path.to_path_buf());
        }
    }
    if paths.is_empty() {
        return Err(ReadError::file_not_found(format!("the folder {place} has no file to read")));
    }
    let notices = links.first().map(|first| {
        let more = if links.len() > 1 { format!(" and {} more", links.len() - 1) } else { String::new() };
        format!("{place}: links to folders are not followed: {}{more}", quoted(first))
    });
    Ok(Found { paths, base: folder.to_path_buf(), notices: notices.into_iter().collect() })
}

/// Whether a name begins with a dot.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Charges a path.
pub(super) fn charge(memory: &mut Budget, path: &Path) -> Result<()> {
    Ok(memory.add(path.as_os_str().len() + PATH_BYTES)?)
}

/// The error for a folder that cannot be listed.
pub(super) fn no_access(folder: &Path, error: &walkdir::Error) -> ReadError {
    let place = quoted(&error.path().unwrap_or(folder).display().to_string());
    match error.io_error() {
        Some(error) => ReadError::io(format!("{place} cannot be read: {}", error.kind())),
        None => ReadError::io(format!("{place} cannot be read: {error}")),
    }
}
