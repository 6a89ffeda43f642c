//! Files that are still read after the catalog has forgotten them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::inner::locked;
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

    /// Whether a file that the catalog has forgotten is removed later, since somebody reads it.
    pub fn defers(&self, path: &str) -> bool {
        let mut state = locked(&self.state);
        let is_held = state.holders.contains_key(path);
        if is_held {
            state.forgotten.insert(path.to_string());
        }
        is_held
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
            let _ = self.files.remove(&self.files.layout.root().join(path));
        }
    }
}

impl Drop for FileHold {
    fn drop(&mut self) {
        self.paths.iter().for_each(|path| self.held.release(path));
    }
}
