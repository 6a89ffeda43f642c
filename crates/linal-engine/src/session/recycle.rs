//! Sessions that are used by one user after the other.

use std::sync::Weak;

use linal_bind::Parameters;
use linal_bind::settings::Settings;
use linal_dataset::catalog::DEFAULT_DATABASE;

use super::limits::DatabaseLimits;
use super::{Limits, Session};
use crate::jobs::JobOwner;
use crate::queries::Asker;

impl Session {
    /// Makes the session as good as a new one: without names, datasets of its own, an open transaction, prepared
    /// statements and changed settings, in the default database. What it keeps is the planner, which takes some
    /// milliseconds to make, and plans by the text of their query, which another user would get as well.
    ///
    /// Returns whether it may be used again: not when something of its last statement still runs and holds memory, and
    /// not when functions or datasets of a host were given to it.
    pub fn recycle(&mut self) -> bool {
        if self.variables.host().iter().next().is_some() || !self.lent.is_empty() {
            return false;
        }
        let catalog = self.engine.catalog.snapshot();
        let has_own = catalog.find(&self.own).is_some();
        let is_plain = !has_own
            && !self.has_changed_settings
            && self.transaction.is_none()
            && self.search_results.is_none()
            && self.script_variables.is_empty()
            && self.variables.iter().next().is_none();
        if !is_plain {
            // A plan may hold what a name meant to this user.
            self.plans.clear();
        }
        // Programs refer to the slots of names.
        self.cache.clear();
        (self.transaction, self.lease) = (None, None);
        self.variables.clear();
        self.search_results = None;
        self.prepared.clear();
        self.script_variables.clear();
        self.parameters = Parameters::NONE;
        self.shown = None;
        (self.job, self.job_owner, self.asker) = (None, JobOwner::default(), Asker::default());
        self.notices.clear();
        self.affected_rows = None;
        self.running.forget();
        if has_own {
            // Removing what is there cannot fail.
            let _ = self.engine.catalog.change(|catalog| {
                catalog.remove_own(&self.own);
                Ok(())
            });
        }
        if self.has_changed_settings {
            self.settings = Settings::new(self.engine.pool.limit(), self.engine.threads);
            self.context.set_threads(self.settings.threads);
            self.has_changed_settings = false;
        }
        if &*self.database != DEFAULT_DATABASE {
            let Ok(database) = self.engine.catalog.enter(DEFAULT_DATABASE, Some(&self.database)) else {
                return false;
            };
            self.database = database;
        }
        // Those of the default database are taken before the next statement.
        self.limits_of = (Weak::new(), self.database.clone());
        self.database_limits = DatabaseLimits::default();
        self.database_spill = None;
        self.pool.set_group(None);
        self.set_limits(Limits::default());
        self.context.clear_reusable();
        self.context.start(None);
        self.pool.used() == 0
    }
}
