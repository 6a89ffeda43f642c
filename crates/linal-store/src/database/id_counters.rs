//! The numbers that were not given yet.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::error::{Result, StoreError};

/// The largest number that a column of the catalog takes.
const LARGEST: u64 = i64::MAX as u64;

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
            let sql = format!("SELECT coalesce(max({column}), 0) FROM {table}");
            let last: u64 = connection.query_row(&sql, [], |row| row.get(0))?;
            Ok(AtomicU64::new(last.saturating_add(1).min(LARGEST)))
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
        // A larger one is none that was given.
        let number = |name: Option<&OsStr>| {
            let number = name?.to_str()?.split('.').next()?.parse::<u64>().ok();
            number.filter(|number| *number < LARGEST)
        };
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

/// A function that numbers segments.
pub(super) type NextId = Arc<dyn Fn() -> Result<u64> + Send + Sync>;

/// Takes a number.
///
/// # Errors
/// `E0409 damaged_database` when there is none left, which only a damaged catalog or a foreign file can cause.
pub(super) fn next(counter: &AtomicU64) -> Result<u64> {
    let after = |number: u64| (number < LARGEST).then(|| number + 1);
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after).map_err(|_| {
        StoreError::damaged(
            "the directory has given its largest number; the catalog or the name of a file is damaged",
        )
    })
}

#[cfg(test)]
mod tests {
    use linal_error::Code;

    use super::*;

    #[test]
    fn numbers_end_and_do_not_begin_again() {
        let counter = AtomicU64::new(LARGEST - 1);
        assert_eq!(next(&counter).unwrap(), LARGEST - 1);
        for _ in 0..2 {
            assert_eq!(next(&counter).unwrap_err().code(), Code::DamagedDatabase);
        }
    }

    #[test]
    fn numbers_of_files_are_avoided_where_linal_can_have_given_them() {
        let ids = Ids::default();
        let files = ["data/7/3.parquet", "data/2/18446744073709551615.parquet", "objects/9.arrow"];
        ids.avoid(&files.map(PathBuf::from));
        let numbers = [&ids.dataset, &ids.segment, &ids.object].map(|counter| next(counter).unwrap());
        assert_eq!(numbers, [8, 4, 10]);
    }
}
