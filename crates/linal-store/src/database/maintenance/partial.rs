//! The names of copies that are not complete.

use std::path::{Path, PathBuf};

use linal_error::Code;

use super::super::error::{Result, StoreError};

/// The name of a copy until it is complete, beside its own.
pub(super) fn partial_path(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.tmp"))
}

/// The folder of a path.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Checks that the folder of a path that is written is there.
///
/// # Errors
/// `E0401 file_not_found`.
pub(super) fn check_parent(target: &Path) -> Result<()> {
    let folder = parent(target);
    if folder.is_dir() {
        return Ok(());
    }
    Err(StoreError::new(Code::FileNotFound, format!("there is no folder '{}'", folder.display())))
}
