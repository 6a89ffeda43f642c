//! Opens files, with a suggestion when one is missing.

use std::fs::File;
use std::io;
use std::path::Path;

use linal_error::suggest;

use crate::error::{ReadError, Result};

/// Greatest number of directory entries that are searched for a suggestion.
const MAX_SEARCHED: usize = 10_000;

/// An open file and the name that the user wrote.
pub(crate) struct Source {
    pub(crate) file: File,
    /// Length in bytes when it was opened.
    pub(crate) length: u64,
    /// The path as written.
    pub(crate) label: String,
}

impl Source {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// `file_not_found` with the most similar name of the directory, or `io` for any other failure.
    pub(crate) fn open(path: &Path) -> Result<Source> {
        let label = path.display().to_string();
        let file = File::open(path).map_err(|error| open_error(path, &label, &error))?;
        let metadata = file.metadata().map_err(|error| open_error(path, &label, &error))?;
        if metadata.is_dir() {
            return Err(ReadError::io(format!("{} is a folder, not a file", quoted(&label))));
        }
        Ok(Source { file, length: metadata.len(), label })
    }
}

/// A file name as errors show it.
pub(crate) fn quoted(label: &str) -> String {
    format!("`{label}`")
}

fn open_error(path: &Path, label: &str, error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => missing(path, label),
        kind => ReadError::io(format!("{} cannot be opened: {kind}", quoted(label))),
    }
}

fn missing(path: &Path, label: &str) -> ReadError {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return ReadError::file_not_found(format!(
            "there is no file {}, nor a folder {}",
            quoted(label),
            quoted(&folder.display().to_string())
        ));
    }
    ReadError::file_not_found(format!("there is no file {}", quoted(label))).with_help(similar(path, folder))
}

/// The most similar name in the same directory, with the user's directory prefix.
fn similar(path: &Path, folder: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy();
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .take(MAX_SEARCHED)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let name = suggest::nearest(&wanted, names.iter().map(String::as_str))?;
    Some(suggest::meant(path.with_file_name(name).display()))
}
