//! What is compared with the catalog before bytes of a file are used.

use std::collections::HashSet;
use std::sync::Mutex;

use super::catalog::{self, CHECKSUMS_SINCE};
use super::error::Result;
use super::inner::{Inner, locked};
use super::segment::{FileEntry, VerifiedBlocks};

/// How the files of an open directory are verified.
#[derive(Debug)]
pub(super) struct Verification {
    is_on: bool,
    /// The version of the format when the directory was opened.
    pub format_version: u64,
    /// The ids of the files without checksums of blocks whose hash was checked.
    whole: Mutex<HashSet<u64>>,
}

impl Verification {
    /// `is_on`: whether checksums and hashes are compared; sizes always are.
    pub fn new(is_on: bool, format_version: u64) -> Verification {
        Verification { is_on, format_version, whole: Mutex::default() }
    }
}

impl Inner {
    /// The blocks of a file, to verify what is read of it. `None` when nothing is to be verified any more: the
    /// file has no checksums, and its hash was checked.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a file without checksums whose hash is another, and for a catalog whose
    /// list is of another length.
    pub fn blocks(&self, file: &FileEntry) -> Result<Option<VerifiedBlocks>> {
        if !self.verification.is_on {
            return Ok(None);
        }
        let checksums = match &file.checksums {
            Some(checksums) => Some(checksums.clone()),
            None => self.with_checksums(file)?.checksums,
        };
        let Some(checksums) = checksums else {
            self.verify_once(file)?;
            return Ok(None);
        };
        Ok(Some(VerifiedBlocks::new(&self.files.full_path(&file.path)?, file.bytes, checksums)))
    }

    /// The file as the catalog has it now, with the checksums of its blocks if there are some. A file of
    /// tensors may have been built again since a snapshot was read.
    pub fn with_checksums(&self, file: &FileEntry) -> Result<FileEntry> {
        if file.id == 0 || self.verification.format_version < CHECKSUMS_SINCE {
            return Ok(file.clone());
        }
        let known = self.readers.with(|connection| catalog::file(connection, file.id))?;
        Ok(known.unwrap_or_else(|| file.clone()))
    }

    /// Checks the hash of a file, the first time.
    fn verify_once(&self, file: &FileEntry) -> Result<()> {
        if locked(&self.verification.whole).contains(&file.id) {
            return Ok(());
        }
        self.files.verify(file)?;
        locked(&self.verification.whole).insert(file.id);
        Ok(())
    }
}
