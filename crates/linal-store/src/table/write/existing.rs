//! Files of a folder that were there before a table is written to it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::atomic_file::write_error;
use crate::error::{ReadError, Result};
use crate::source::quoted;

/// What becomes of the files that are in a folder before a table is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingFiles {
    /// There must be none: a reader of the folder would take them for rows of the table.
    Refuse,
    /// They are removed when the new ones are complete.
    Replace,
    /// They stay, but for those whose names new ones have.
    Keep,
}

impl ExistingFiles {
    /// The files of a folder that are to be removed when others are complete.
    ///
    /// # Errors
    /// `E0315 name_exists` for a folder that must have no files, and has some.
    pub(super) fn to_remove(self, folder: &Path) -> Result<Vec<PathBuf>> {
        if self == ExistingFiles::Keep || !folder.is_dir() {
            return Ok(Vec::new());
        }
        let files = files_of(folder)?;
        if self == ExistingFiles::Refuse && !files.is_empty() {
            let place = quoted(&folder.display().to_string());
            let help = "OVERWRITE removes its files, and OVERWRITE_OR_IGNORE writes beside them";
            return Err(ReadError::name_exists(format!("the folder {place} is not empty"))
                .with_help(Some(help.to_owned())));
        }
        Ok(files)
    }
}

/// The files below a folder. A link is one itself: what it leads to is somewhere else.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1) {
        let entry = entry.map_err(|error| {
            let place = quoted(&folder.display().to_string());
            ReadError::io(format!("the folder {place} cannot be read: {error}"))
        })?;
        if !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Removes old files of a folder that are none of its new ones, and the folders that are empty then.
///
/// # Errors
/// The first file that cannot be removed. The others are removed nevertheless.
pub(super) fn remove_others(folder: &Path, old: &[PathBuf], new: &[PathBuf]) -> Result<()> {
    // As the system has them: it may take two names for one file.
    let resolved = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let new: HashSet<PathBuf> = new.iter().map(resolved).collect();
    let mut removed = Ok(());
    for file in old.iter().filter(|file| !new.contains(&resolved(file))) {
        let ended = fs::remove_file(file);
        removed =
            removed.and(ended.map_err(|error| write_error(&quoted(&file.display().to_string()), &error)));
        let within = file.ancestors().skip(1).take_while(|parent| *parent != folder);
        for parent in within {
            // Refused for a folder that still has files.
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }
    removed
}
