//! Where operators that need more memory than they get write their rows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use linal_dataset::{Error, Result};
use linal_error::Code;

/// The files of all queries of an engine, of a database or of a session, and the bytes that they may take together.
/// Clones are the same.
#[derive(Clone)]
pub struct Spill(Arc<Node>);

/// A share of the disk. What is below it counts for it, too.
struct Node {
    manager: Option<Arc<DiskManager>>,
    folder: Option<PathBuf>,
    /// Bytes; `None` for the limit of DataFusion.
    limit: Option<u64>,
    parent: Option<Spill>,
    children: Mutex<Vec<Weak<Node>>>,
}

/// What the folders of DataFusion's files begin with.
const PREFIX: &str = "datafusion-";

impl Spill {
    /// Files in the system's folder of temporary files. `limit` is in bytes; without one it is DataFusion's, 100 GB.
    pub fn in_temporary(limit: Option<u64>) -> Spill {
        // Nothing is opened before the first file. Without a manager each session would have its own.
        let manager = manager(None, limit).ok();
        Spill(Arc::new(Node { manager, folder: None, limit, parent: None, children: Mutex::default() }))
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
        let manager = Some(manager(Some(folder), limit)?);
        let folder = Some(folder.to_path_buf());
        Ok(Spill(Arc::new(Node { manager, folder, limit, parent: None, children: Mutex::default() })))
    }

    /// A share with a limit of its own, in bytes, whose files count for this one, too.
    pub fn share(&self, limit: u64) -> Spill {
        let manager = manager(self.0.folder.as_deref(), Some(limit)).ok();
        let node = Arc::new(Node {
            manager,
            folder: self.0.folder.clone(),
            limit: Some(limit),
            parent: Some(self.clone()),
            children: Mutex::default(),
        });
        let mut children = self.0.children.lock().unwrap_or_else(PoisonError::into_inner);
        children.retain(|child| child.strong_count() > 0);
        children.push(Arc::downgrade(&node));
        Spill(node)
    }

    /// The limit in bytes; `None` for that of DataFusion.
    pub fn limit(&self) -> Option<u64> {
        self.0.limit
    }

    /// Whether files count for another one, too.
    pub(crate) fn is_share(&self) -> bool {
        self.0.parent.is_some()
    }

    pub(crate) fn is_below(&self, above: &Spill) -> bool {
        self.0.parent.as_ref().is_some_and(|parent| parent.is_same(above))
    }

    pub(crate) fn is_same(&self, other: &Spill) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn manager(&self) -> Option<Arc<DiskManager>> {
        self.0.manager.clone()
    }

    /// The bytes that queries of this share have written.
    fn used(&self) -> u64 {
        let own = self.0.manager.as_ref().map_or(0, |manager| manager.used_disk_space());
        let children = self.0.children.lock().unwrap_or_else(PoisonError::into_inner);
        own + children.iter().filter_map(Weak::upgrade).map(|child| Spill(child).used()).sum::<u64>()
    }

    /// Checks the limits of what this is a share of. Its own is checked with each write. Who has written nothing takes
    /// no part in what others have written beyond a limit.
    ///
    /// # Errors
    /// `E0505 spill_limit`.
    pub(crate) fn check(&self) -> Result<()> {
        if self.used() == 0 {
            return Ok(());
        }
        let mut above = self.0.parent.as_ref();
        while let Some(spill) = above {
            let most = spill.0.manager.as_ref().map_or(u64::MAX, |manager| manager.max_temp_directory_size());
            if spill.used() > most {
                return Err(exceeded());
            }
            above = spill.0.parent.as_ref();
        }
        Ok(())
    }
}

/// The error of queries that write more than they may.
pub(crate) fn exceeded() -> Error {
    Error::new(Code::SpillLimit, "the query has more rows to write to disk than its limit allows")
        .with_help("a smaller input, or a larger memory_limit or spill_limit")
}

fn manager(folder: Option<&Path>, limit: Option<u64>) -> Result<Arc<DiskManager>> {
    let mode = match folder {
        Some(folder) => DiskManagerMode::Directories(vec![folder.to_path_buf()]),
        None => DiskManagerMode::OsTmpDirectory,
    };
    let builder = DiskManagerBuilder::default().with_mode(mode);
    let builder = match limit {
        Some(bytes) => builder.with_max_temp_directory_size(bytes),
        None => builder,
    };
    let manager = builder.build().map_err(|error| Error::new(Code::Io, error.strip_backtrace()))?;
    Ok(Arc::new(manager))
}

impl fmt::Debug for Spill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spill").field("limit", &self.0.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn files_of_a_share_count_for_what_it_is_of() {
        let engine = Spill::in_temporary(Some(1000));
        let database = engine.share(800);
        let session = database.share(5000);
        let write = |spill: &Spill, bytes: usize| {
            let file = spill.manager().unwrap().create_tmp_file("test").unwrap();
            file.open_writer().unwrap().write_all(&vec![0; bytes]).map(|()| file)
        };
        let first = write(&session, 700).unwrap();
        session.check().unwrap();
        let second = write(&session, 200).unwrap();
        assert_eq!(engine.used(), 900);
        assert!(session.check().unwrap_err().is(Code::SpillLimit), "beyond the limit of the database");
        database.check().unwrap();
        drop(second);
        session.check().unwrap();
        let share = engine.share(900);
        let other = write(&share, 400).unwrap();
        assert!(session.check().is_err(), "beyond the limit of the engine");
        let idle = database.share(5000);
        idle.check().unwrap();
        let own = write(&idle, 1).unwrap();
        assert!(idle.check().is_err(), "it has a part in what is beyond the limit");
        drop((first, other, own));
        assert_eq!(engine.used(), 0);
        assert!(write(&database, 801).is_err(), "beyond its own limit");
    }
}
