//! Limits that a host sets for a session; its statements cannot exceed them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Session;

/// The upper bounds of a session's settings. The tighter of a bound and a setting counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The time that a statement may take.
    pub timeout: Option<Duration>,
    /// The bytes that the session may use.
    pub memory: Option<usize>,
}

impl Limits {
    /// The time limit of a statement whose setting is this.
    pub(super) fn timeout(&self, setting: Option<Duration>) -> Option<Duration> {
        self.timeout.into_iter().chain(setting).min()
    }
}

impl Session {
    /// Bounds the settings of the session from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.apply_limits();
    }

    /// Sets the limit of the session's memory.
    pub(crate) fn apply_limits(&self) {
        let setting = self.settings.memory_limit;
        self.pool.set_limit(self.limits.memory.map_or(setting, |bound| bound.min(setting)));
    }

    /// Confines the files that statements may read and write to those below these directories; `None` allows
    /// any file.
    pub fn confine_files(&mut self, directories: Option<Arc<[PathBuf]>>) {
        self.files.roots = directories;
        // Plans and programs may have read a file.
        self.cache.clear();
        self.plans.clear();
    }
}
