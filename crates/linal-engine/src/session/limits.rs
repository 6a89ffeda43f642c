//! Limits that a host sets for a session; its statements cannot exceed them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use linal_bind::settings::Settings;
use linal_dataset::catalog::Catalog;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::SettingValue;
use linal_query::Spill;

use super::Session;
use crate::statement::{CONCURRENCY, QUEUE};

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

/// The limits of the database in use, which ALTER DATABASE sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DatabaseLimits {
    timeout: Option<Duration>,
    memory: Option<usize>,
    rows: Option<u64>,
    spill: Option<u64>,
}

impl Session {
    /// The time that a statement may take now: the tightest limit counts.
    pub(super) fn time_limit(&self) -> Option<Duration> {
        self.limits.timeout(self.settings.timeout).into_iter().chain(self.database_limits.timeout).min()
    }

    /// Most rows of a result now.
    pub(crate) fn row_limit(&self) -> Option<u64> {
        self.settings.max_rows_returned.into_iter().chain(self.database_limits.rows).min()
    }

    /// Takes the limits of the database in use, which another session may have changed.
    pub(super) fn follow_database(&mut self) {
        // Until they are those of the current catalog: sessions that take others meanwhile share the memory whose limit
        // is set.
        while self.takes_limits() {}
    }

    /// Takes the limits of the database in use; false when they are those of the current catalog already.
    fn takes_limits(&mut self) -> bool {
        let catalog = self.engine.catalog.snapshot();
        let (seen, database) = &self.limits_of;
        // The catalog is another one after every change of a definition, and the same one after a change of rows.
        if std::ptr::eq(seen.as_ptr(), Arc::as_ptr(&catalog)) && Arc::ptr_eq(database, &self.database) {
            return false;
        }
        let limits = limits_of(&catalog, &self.database);
        let changes_database = !Arc::ptr_eq(database, &self.database);
        self.limits_of = (Arc::downgrade(&catalog), self.database.clone());
        let group = limits.memory.map(|limit| self.engine.memory_of(&self.database, limit));
        self.pool.set_group(group);
        let is_same_spill = self.database_spill.as_ref().and_then(Spill::limit) == limits.spill;
        if limits == self.database_limits && is_same_spill && !changes_database {
            return true;
        }
        self.database_spill = limits.spill.map(|limit| self.engine.spill_of(&self.database, limit));
        self.database_limits = limits;
        self.apply_limits();
        let limit = self.time_limit();
        self.context.start(limit);
        true
    }

    /// Bounds the settings of the session from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.apply_limits();
    }

    /// Sets the limits of the session's memory and disk.
    pub(crate) fn apply_limits(&mut self) {
        let bounds = self.limits.memory.into_iter().chain(self.database_limits.memory);
        self.pool.set_limit(bounds.fold(self.settings.memory_limit, usize::min));
        let above = self.database_spill.as_ref().unwrap_or(&self.engine.spill);
        match self.settings.spill_limit {
            None => self.planner.set_spill(above.clone()),
            Some(limit) if self.planner.is_share_of(above, limit) => {}
            Some(limit) => self.planner.set_spill(above.share(limit)),
        }
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

/// Checks the number of rows of a result.
///
/// # Errors
/// `E0504 row_limit`.
pub(crate) fn check_rows(rows: u64, most: Option<u64>) -> Result<()> {
    match most.filter(|most| rows > *most) {
        None => Ok(()),
        Some(most) => {
            let message = format!("the result has more than the {most} rows that may be returned");
            let help = "LIMIT gives a part of them; SET max_rows_returned changes the limit";
            Err(Error::new(Code::RowLimit, message).with_help(help))
        }
    }
}

/// How many statements of a database a service runs at once, and how many wait: its own limits, if it has some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Statements that run at once.
    pub concurrency: Option<usize>,
    /// Statements that wait.
    pub queue: Option<usize>,
}

/// The places of a database; none of its own for one that does not exist.
pub(crate) fn places_of(catalog: &Catalog, database: &str) -> Places {
    let database = catalog.find(database);
    let number = |name: &str| database?.setting(name)?.parse().ok();
    Places { concurrency: number(CONCURRENCY), queue: number(QUEUE) }
}

/// The limits of a database.
fn limits_of(catalog: &Catalog, database: &str) -> DatabaseLimits {
    let Some(database) = catalog.find(database) else { return DatabaseLimits::default() };
    if database.settings().next().is_none() {
        return DatabaseLimits::default();
    }
    let mut settings = Settings::new(usize::MAX, 1);
    for (name, value) in database.settings() {
        // It was checked when it was set; one of a later version is ignored.
        let number = value.parse().map(SettingValue::Int);
        let _ = settings.set(name, &number.unwrap_or_else(|_| SettingValue::Str(value.as_str().into())));
    }
    DatabaseLimits {
        timeout: settings.timeout,
        memory: (settings.memory_limit != usize::MAX).then_some(settings.memory_limit),
        rows: settings.max_rows_returned,
        spill: settings.spill_limit,
    }
}
