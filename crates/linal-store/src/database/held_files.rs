//! Files that are still read after the catalog has forgotten them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::error::Result;
use super::inner::locked;
use super::reader_lock::alone;
use super::segment::{Files, SegmentFiles};

/// The files that readers hold, and those of them that are to be removed afterwards.
///
/// Rows that are read when they are needed outlive the snapshot that they were found in, which is not held for
/// them: it would keep all versions from expiry.
#[derive(Debug)]
pub(super) struct HeldFiles {
    files: Files,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of holders by path.
    holders: HashMap<String, usize>,
    /// Held files that the catalog has forgotten.
    forgotten: HashSet<String>,
    /// Files that the catalog has forgotten and nobody here holds, while another process read.
    left: Vec<String>,
}

/// Keeps the files of a segment while it exists.
#[derive(Debug)]
pub(super) struct FileHold {
    held: Arc<HeldFiles>,
    paths: Vec<String>,
}

impl HeldFiles {
    pub fn new(files: Files) -> Arc<HeldFiles> {
        Arc::new(HeldFiles { files, state: Mutex::default() })
    }

    /// Holds the files of a segment that a snapshot names, which the caller holds meanwhile.
    pub fn hold(self: &Arc<HeldFiles>, segment: &SegmentFiles) -> FileHold {
        let paths = std::iter::once(&segment.file).chain(&segment.vectors).map(|file| file.path.clone());
        let paths: Vec<String> = paths.collect();
        let mut state = locked(&self.state);
        for path in &paths {
            *state.holders.entry(path.clone()).or_default() += 1;
        }
        FileHold { held: self.clone(), paths }
    }

    /// Removes files that the catalog has forgotten: those that somebody here reads when he has ended, and all of them when
    /// no other process reads. What is left then goes with the next call; after the end of this process it is what an
    /// interrupted statement leaves.
    ///
    /// # Errors
    /// The first file that cannot be removed. The others are removed nevertheless.
    pub fn remove(&self, paths: Vec<String>) -> Result<()> {
        let left = {
            let mut state = locked(&self.state);
            for path in paths {
                if state.holders.contains_key(&path) {
                    state.forgotten.insert(path);
                } else {
                    state.left.push(path);
                }
            }
            std::mem::take(&mut state.left)
        };
        if left.is_empty() {
            return Ok(());
        }
        let root = self.files.layout.root();
        // All of them before the first error is looked at.
        let remove = || {
            let ended: Vec<Result<()>> =
                left.iter().map(|path| self.files.remove(&root.join(path))).collect();
            ended.into_iter().collect()
        };
        match alone(&self.files.layout.data(), remove) {
            Some(removed) => removed,
            None => {
                locked(&self.state).left.extend(left);
                Ok(())
            }
        }
    }

    fn release(&self, path: &str) {
        let mut state = locked(&self.state);
        let Some(holders) = state.holders.get_mut(path) else { return };
        *holders -= 1;
        if *holders > 0 {
            return;
        }
        state.holders.remove(path);
        let is_forgotten = state.forgotten.remove(path);
        drop(state);
        if is_forgotten {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = self.remove(vec![path.to_string()]);
        }
    }
}

impl Drop for HeldFiles {
    fn drop(&mut self) {
        // The last chance of this process; a later opening has others.
        let _ = self.remove(Vec::new());
    }
}

impl Drop for FileHold {
    fn drop(&mut self) {
        self.paths.iter().for_each(|path| self.held.release(path));
    }
}
