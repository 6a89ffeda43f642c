//! Verifies packages without reading their rows.

use std::fs;
use std::path::Path;

use super::read::{check, entry, manifest};
use super::{DATA, DESCRIPTIONS, MANIFEST, SUMS, sums};
use crate::error::{ReadError, Result};

/// The key of a manifest that says that its own checksum is in a file beside it.
pub(super) const HAS_SUMS: &str = "checksums";

/// Whether a folder is a package, be it damaged.
pub(crate) fn is_package(folder: &Path) -> bool {
    [MANIFEST, SUMS].iter().any(|name| folder.join(name).is_file())
}

/// Verifies all files of a package.
///
/// # Errors
/// `E0403 bad_format` with the name of the first file that is missing or has other contents.
pub fn verify(folder: &Path) -> Result<()> {
    DESCRIPTIONS.into_iter().chain([DATA]).try_for_each(|name| verify_file(folder, name))
}

/// Verifies a file of a package, and the manifest that has its SHA-256.
///
/// # Errors
/// `E0401 file_not_found` without a package; `E0403 bad_format` for a file that is missing or has other contents.
pub fn verify_file(folder: &Path, name: &str) -> Result<()> {
    let place = folder.display().to_string();
    if !is_package(folder) {
        return Err(ReadError::file_not_found(format!("there is no package '{place}'")));
    }
    let damaged = |name: &str| {
        ReadError::bad_format(format!("the file {name} of the package '{place}' is missing or damaged"))
    };
    if folder.join(SUMS).is_file() {
        sums::verify_beside(&folder.join(SUMS))?;
    }
    let manifest = manifest(folder, &place)?;
    if manifest.get(HAS_SUMS).is_some() && !folder.join(SUMS).is_file() {
        return Err(damaged(SUMS));
    }
    if name == MANIFEST {
        return Ok(());
    }
    if entry(&manifest, name, "sha256").is_none() {
        return Err(damaged(MANIFEST));
    }
    let bytes = fs::read(folder.join(name)).map_err(|_| damaged(name))?;
    check(&manifest, name, &bytes, &place)
}
