//! The files that a path stands for.

use std::fs;
use std::path::{Path, PathBuf};

use linal_error::Code;

use super::{glob, walk};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;
use crate::table::budget::Budget;
use crate::table::{TableFormat, TableOptions};
use crate::zarr;

/// What stands behind a path that is read as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFiles {
    /// The format of all files.
    pub format: TableFormat,
    /// The files in the order in which they are read.
    pub paths: Vec<PathBuf>,
    /// Their size in bytes; 0 for a file that is missing, which fails when it is read.
    pub bytes: u64,
}

/// The files that a path stands for: those of a glob or a folder, or the one of that name.
///
/// # Errors
/// `file_not_found` when a glob matches nothing, or a folder has no file; `unsupported` when the extension is
/// unknown, the files differ in their format, or the glob is invalid; `io` when a folder cannot be read.
pub fn table_files(path: &Path, context: &ReadContext<'_>) -> Result<TableFiles> {
    let (format, paths) = match FileSet::find(path, &TableOptions::default(), context)? {
        Some(set) => (set.format, set.paths),
        None => (TableFormat::from_path(path)?, vec![path.to_path_buf()]),
    };
    let size = |path: &PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let bytes = paths.iter().map(size).fold(0, u64::saturating_add);
    Ok(TableFiles { format, paths, bytes })
}

/// The files that a glob matches, those below a folder, or the file itself, in the order of their paths; none if there is
/// no such file.
///
/// # Errors
/// `unsupported` for an invalid glob; `io` when a folder cannot be read.
pub fn matching_files(path: &Path, context: &ReadContext<'_>) -> Result<Vec<PathBuf>> {
    let mut memory = Budget::new(context)?;
    let mut paths = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => walk::files(path, &mut memory, context)?.paths,
        Ok(_) => vec![path.to_path_buf()],
        Err(_) if glob::is_glob(path) => match glob::files(path, &mut memory, context) {
            Ok(found) => found.paths,
            Err(error) if error.code() == Code::FileNotFound => Vec::new(),
            Err(error) => return Err(error),
        },
        Err(_) => Vec::new(),
    };
    paths.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Ok(paths)
}

/// The files of a table that is not one file.
pub(in crate::table) struct FileSet {
    pub(super) format: TableFormat,
    /// In the order of their text.
    pub(super) paths: Vec<PathBuf>,
    /// The number of components of each path that tell no partition: those before the first wildcard, or of
    /// the folder.
    pub(super) fixed: usize,
    pub(super) notices: Vec<String>,
    /// The memory of the paths.
    pub(super) _memory: Budget,
}

/// Paths as a glob or a folder gives them.
pub(super) struct Found {
    pub(super) paths: Vec<PathBuf>,
    /// What comes before the first wildcard.
    pub(super) base: PathBuf,
    pub(super) notices: Vec<String>,
}

impl FileSet {
    /// The files of a glob or a folder, or a file whose name is asked for; `None` for any other path, which is
    /// read by itself. A file or folder that has the name of the glob wins.
    pub(in crate::table) fn find(
        path: &Path,
        options: &TableOptions,
        context: &ReadContext<'_>,
    ) -> Result<Option<FileSet>> {
        let mut memory = Budget::new(context)?;
        let found = match fs::metadata(path) {
            _ if zarr::is_zarr(path) => None,
            // One with the name of a store and without its metadata fails in the reader.
            Ok(metadata) if metadata.is_dir() && TableFormat::from_path(path) != Ok(TableFormat::Zarr) => {
                Some(walk::files(path, &mut memory, context)?)
            }
            Err(_) if fs::symlink_metadata(path).is_err() && glob::is_glob(path) => {
                Some(glob::files(path, &mut memory, context)?)
            }
            _ => None,
        };
        let Some(Found { mut paths, base, notices }) = found else {
            return if options.filename { FileSet::of_one(path, memory).map(Some) } else { Ok(None) };
        };
        paths.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        let fixed = base.components().count();
        Ok(Some(FileSet { format: format_of(&paths)?, paths, fixed, notices, _memory: memory }))
    }

    fn of_one(path: &Path, memory: Budget) -> Result<FileSet> {
        let format = TableFormat::from_path(path)?;
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            let place = quoted(&path.display().to_string());
            return Err(ReadError::unsupported(format!(
                "{place} is no regular file, and is read without a column `filename`"
            )));
        }
        let fixed = path.components().count();
        Ok(FileSet { format, paths: vec![path.to_path_buf()], fixed, notices: Vec::new(), _memory: memory })
    }
}

/// The format of all files.
fn format_of(paths: &[PathBuf]) -> Result<TableFormat> {
    let mut common: Option<(TableFormat, &Path)> = None;
    for path in paths {
        let format = TableFormat::from_path(path).map_err(|error| {
            error.with_help(Some("a glob such as 'folder/*.csv' reads some of the files".into()))
        })?;
        match common {
            Some((first, other)) if first != format => {
                return Err(ReadError::unsupported(format!(
                    "{} and {} are of different formats, and one table has files of one format",
                    quoted(&other.display().to_string()),
                    quoted(&path.display().to_string())
                ))
                .with_help(Some("a glob such as 'folder/*.csv' reads some of the files".into())));
            }
            _ => common = Some((format, path)),
        }
    }
    common.map(|(format, _)| format).ok_or_else(|| ReadError::file_not_found("there is no file to read"))
}
