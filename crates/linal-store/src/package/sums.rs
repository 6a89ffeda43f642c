//! Checksums of files in files of their own, as `sha256sum` writes and reads them: a line for each file, with the
//! SHA-256 and the name.

use std::fs;
use std::path::Path;

use super::write::sha256;
use crate::error::{ReadError, Result};

/// The extension of the checksum of a single file, beside it.
pub const EXTENSION: &str = "sha256";

/// The line of a file.
pub fn line(name: &str, bytes: &[u8]) -> String {
    format!("{}  {name}\n", sha256(bytes))
}

/// Verifies the files that a list of checksums names, which are in its folder.
///
/// # Errors
/// `E0403 bad_format` with the name of a file that is missing or has other contents, and for a list that is none.
pub fn verify_beside(list: &Path) -> Result<()> {
    let damaged = |name: &str| {
        let place = list.parent().unwrap_or(list).display();
        ReadError::bad_format(format!("the file {name} in '{place}' is missing or damaged"))
    };
    let own_name = list.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = fs::read_to_string(list).map_err(|_| damaged(&own_name))?;
    if text.is_empty() {
        return Err(damaged(&own_name));
    }
    for line in text.split_inclusive('\n') {
        let parts = line.strip_suffix('\n').and_then(|line| line.split_once("  "));
        let Some((expected, name)) = parts else { return Err(damaged(&own_name)) };
        // A name leads nowhere else.
        if name.is_empty() || name.contains(['/', '\\']) || name == ".." {
            return Err(damaged(&own_name));
        }
        let bytes = fs::read(list.with_file_name(name)).map_err(|_| damaged(name))?;
        if sha256(&bytes) != expected {
            return Err(damaged(name));
        }
    }
    Ok(())
}
