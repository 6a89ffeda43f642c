//! The numbers that were not given yet.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::error::Result;

/// The next number of each kind. One process writes, so that numbers can be given before a commit.
#[derive(Debug, Default)]
pub(super) struct Ids {
    pub database: AtomicU64,
    pub dataset: AtomicU64,
    pub segment: AtomicU64,
    pub file: AtomicU64,
    pub object: AtomicU64,
}

impl Ids {
    /// The numbers behind those of the catalog.
    pub fn of(connection: &Connection) -> Result<Ids> {
        let next = |table: &str, column: &str| -> Result<AtomicU64> {
            let sql = format!("SELECT coalesce(max({column}), 0) + 1 FROM {table}");
            Ok(AtomicU64::new(connection.query_row(&sql, [], |row| row.get(0))?))
        };
        Ok(Ids {
            database: next("linal_database", "database_id")?,
            dataset: next("linal_dataset_head", "dataset_id")?,
            segment: next("linal_segment", "segment_id")?,
            file: next("linal_file", "file_id")?,
            object: next("linal_object", "object_id")?,
        })
    }
}

impl Ids {
    /// Gives no number that a file has in its name, or in that of its folder: files that were not removed may still be
    /// read under them.
    pub fn avoid(&self, files: &[PathBuf]) {
        let number = |name: Option<&OsStr>| name?.to_str()?.split('.').next()?.parse::<u64>().ok();
        for path in files {
            let folder = path.parent().and_then(Path::file_name);
            let Some(file) = number(path.file_name()) else { continue };
            let counter = match number(folder) {
                Some(dataset) => {
                    self.dataset.fetch_max(dataset + 1, Ordering::Relaxed);
                    &self.segment
                }
                None => &self.object,
            };
            counter.fetch_max(file + 1, Ordering::Relaxed);
        }
    }
}

/// Takes a number.
pub(super) fn next(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Ordering::Relaxed)
}
