//! Where operators that need more memory than they get write their rows.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use linal_dataset::{Error, Result};
use linal_error::Code;

/// The files of all queries of an engine, and the bytes that they may take together. Clones are the same.
#[derive(Clone)]
pub struct Spill(Option<Arc<DiskManager>>);

/// What the folders of DataFusion's files begin with.
const PREFIX: &str = "datafusion-";

impl Spill {
    /// Files in the system's folder of temporary files. `limit` is in bytes; without one it is DataFusion's, 100 GB.
    pub fn in_temporary(limit: Option<u64>) -> Spill {
        // Nothing is opened before the first file. Without a manager each session would have its own.
        Spill::of(DiskManagerMode::OsTmpDirectory, limit).unwrap_or(Spill(None))
    }

    /// Files in a folder, which is created. What a killed process has left there is removed, so no other process may use
    /// the folder.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn below(folder: &Path, limit: Option<u64>) -> Result<Spill> {
        let failed = |error: std::io::Error| {
            Error::new(Code::Io, format!("the folder of spilled rows cannot be written: {error}"))
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        for entry in std::fs::read_dir(folder).map_err(failed)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                // What cannot be removed takes room, and harms nobody.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        Spill::of(DiskManagerMode::Directories(vec![folder.to_path_buf()]), limit)
    }

    fn of(mode: DiskManagerMode, limit: Option<u64>) -> Result<Spill> {
        let builder = DiskManagerBuilder::default().with_mode(mode);
        let builder = match limit {
            Some(bytes) => builder.with_max_temp_directory_size(bytes),
            None => builder,
        };
        let manager = builder.build().map_err(|error| Error::new(Code::Io, error.strip_backtrace()))?;
        Ok(Spill(Some(Arc::new(manager))))
    }

    pub(crate) fn manager(&self) -> Option<Arc<DiskManager>> {
        self.0.clone()
    }
}

impl fmt::Debug for Spill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spill")
    }
}
