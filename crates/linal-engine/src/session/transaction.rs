//! Open transactions: private copies of the names and datasets of a session, and their versions at BEGIN.

use std::sync::Arc;

use linal_dataset::catalog::{Catalog, Database, SharedCatalog};
use linal_dataset::{Dataset, Error, Result, RowChanges, Snapshot, conflict};
use linal_error::Code;
use linal_store::database::JobMark;
use linal_tensor::Control;

use super::Variables;

use crate::durable::{Append, Durable, Published, SavedChange, Written, error};
use crate::statement::{check_dependencies, recheck_references, recheck_removed_references};

/// The state of a session between BEGIN and COMMIT.
pub(crate) struct Transaction {
    /// The variables at BEGIN, restored by ROLLBACK.
    pub variables: Variables,
    /// The private copies of the datasets.
    pub catalog: Arc<Catalog>,
    /// Tensors that are saved or dropped at COMMIT.
    pub saved: Vec<SavedChange>,
    /// The snapshot of the directory at BEGIN.
    pub stored: Option<u64>,
    /// The statements that have changed something, for the list of versions.
    statements: Statements,
    /// The attempt of a job that makes the changes.
    job: Option<JobMark>,
    /// The catalog at BEGIN.
    base: Arc<Catalog>,
    origins: Vec<Origin>,
}

/// Texts of statements, up to a bound.
#[derive(Default)]
struct Statements(String);

impl Statements {
    /// Bytes of the texts that are kept.
    const LONGEST: usize = 16 << 10;
    const MORE: &str = "...";

    fn push(&mut self, text: &str) {
        if self.0.ends_with(Statements::MORE) {
            return;
        }
        if !self.0.is_empty() {
            self.0.push_str("; ");
        }
        let fits = self.0.len() + text.len() <= Statements::LONGEST;
        self.0.push_str(if fits { text } else { Statements::MORE });
    }
}

/// A dataset at BEGIN.
struct Origin {
    database: Arc<str>,
    name: Arc<str>,
    dataset: Arc<Dataset>,
    version: u64,
    private: Arc<Dataset>,
}

/// The change of one dataset at COMMIT.
enum Change {
    /// The rows or columns were changed, and perhaps the name.
    Publish { origin: usize, next: Snapshot, name: Arc<str> },
    /// The dataset was dropped.
    Drop { origin: usize },
    /// The dataset was created.
    Add { database: Arc<str>, name: Arc<str>, dataset: Arc<Dataset> },
}

impl Transaction {
    /// Copies everything that the session with the database `own` sees. Rows are shared, so the cost does not
    /// depend on their number.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn begin(
        shared: &SharedCatalog,
        own: &str,
        variables: Variables,
        durable: Option<&Durable>,
    ) -> Result<Transaction> {
        // Before the datasets, so that nothing that is seen here is taken for older than it is.
        let stored = durable.map(|durable| durable.store.snapshot().map_err(error)).transpose()?;
        let catalog = shared.snapshot();
        if durable.is_some_and(|durable| durable.store.is_read_only()) {
            // The process that writes may expire what is not read before the first use.
            catalog.visible(own).flat_map(Database::datasets).try_for_each(|dataset| dataset.load())?;
        }
        let mut private = Catalog::clone(&catalog);
        private.hide_from(own);
        let mut origins = Vec::new();
        for (database, dataset, copy) in consistent_copies(&catalog, own) {
            let (name, version) = (copy.name(), copy.version());
            // The database exists, since the dataset was found in it.
            if private.put(&database, &name, copy.clone()).is_ok() {
                origins.push(Origin { database, name, dataset, version, private: copy });
            }
        }
        Ok(Transaction {
            variables,
            catalog: Arc::new(private),
            saved: Vec::new(),
            job: None,
            // The number alone: a snapshot that is held keeps all versions from expiry.
            stored: stored.map(|stored| stored.number()),
            statements: Statements::default(),
            base: catalog,
            origins,
        })
    }

    /// Notes with the commit that the changes are those of an attempt of a job.
    pub fn of_job(self, job: Option<JobMark>) -> Transaction {
        Transaction { job, ..self }
    }

    /// Notes a statement that has changed something.
    pub fn note(&mut self, text: &str) {
        self.statements.push(text.trim());
    }

    /// Publishes all changes, or none. With a database directory they are on disk before anybody sees them, and the
    /// list of versions has the statements that were noted.
    ///
    /// # Errors
    /// `E0605 conflict` when another session has changed a dataset, a pipeline, an index or a saved tensor that this
    /// one has changed, or has taken the name of a new one; two that only append to a dataset do not conflict. Those
    /// of the directory. `E0502 timeout` and `E0503 cancelled` for a statement that is to stop, as long as nothing is
    /// durable; everything is discarded then.
    pub fn commit(
        mut self,
        shared: &SharedCatalog,
        own: &str,
        durable: Option<&Durable>,
        control: &Arc<Control>,
    ) -> Result<()> {
        let changes = self.changes(own);
        let Some(durable) = durable else {
            return shared.change(|catalog| {
                let before = catalog.clone();
                catalog.merge_definitions(&self.base, &self.catalog)?;
                let mut written = self.apply(catalog, changes, None)?;
                catalog.check_new_indexes(&before)?;
                catalog.check_views()?;
                self.check_dependencies([&before, catalog], &written)?;
                let beside = self.check_references(catalog, &written)?;
                written.published.retain(|published| !published.is_new);
                control.poll()?;
                // The last step that can fail; the catalog is published right after it.
                Dataset::publish_beside(publications(written.published, None), &beside)
            });
        };
        let saved = std::mem::take(&mut self.saved);
        let has_definitions = self.catalog.has_other_definitions(&self.base)
            || self.catalog.new_databases(&self.base).next().is_some();
        if changes.is_empty() && saved.is_empty() && !has_definitions {
            return Ok(());
        }
        durable.check_writable()?;
        if saved.is_empty()
            && !has_definitions
            && let Some(appends) = self.appends(&changes, own)?
        {
            return durable.commit_appends(shared, appends, &self.statements.0, self.job, control);
        }
        let _others = durable.lock(control)?;
        let before = shared.snapshot();
        let mut next = Catalog::clone(&before);
        next.merge_definitions(&self.base, &self.catalog)?;
        let written = Written {
            saved,
            base: self.stored,
            job: self.job,
            ..self.apply(&mut next, changes, Some(durable))?
        };
        next.check_new_indexes(&before)?;
        next.check_views()?;
        self.check_dependencies([&before, &next], &written)?;
        self.check_references(&next, &written)?;
        let snapshots = durable.write(&written, [&before, &next], own, &self.statements.0, control)?;
        let changes = self.changes(own);
        shared.change(|catalog| {
            catalog.merge_definitions(&self.base, &self.catalog)?;
            self.apply(catalog, changes, Some(durable))?;
            Dataset::publish_committed(publications(written.published, Some(snapshots)))
        })
    }

    /// Checks that what is committed uses no object that is gone.
    fn check_dependencies(&self, [before, next]: [&Catalog; 2], written: &Written) -> Result<()> {
        let changed: Vec<_> =
            written.published.iter().map(|published| (published.dataset.clone(), &published.next)).collect();
        check_dependencies([&self.base, before, next], &changed)
    }

    /// Checks foreign keys against datasets that others have changed since BEGIN. Returns the datasets that the changes were
    /// compared with, and their versions.
    fn check_references(&self, catalog: &Catalog, written: &Written) -> Result<Vec<(Arc<Dataset>, u64)>> {
        let is_known = |dataset: &Arc<Dataset>| {
            let origin = self.origins.iter().find(|origin| Arc::ptr_eq(&origin.dataset, dataset));
            origin.is_some_and(|origin| origin.version == dataset.version())
        };
        let changed: Vec<_> = written
            .published
            .iter()
            .map(|published| (published.database.clone(), published.dataset.clone(), &published.next))
            .collect();
        let is_removed = |origin: &&Origin| {
            let own = self.catalog.find(&origin.database);
            own.is_none_or(|database| database.dataset(&origin.name).is_none())
        };
        for origin in self.origins.iter().filter(is_removed) {
            recheck_removed_references(catalog, &origin.database, &origin.name, &changed)?;
        }
        recheck_references(catalog, &changed, &is_known)
    }

    /// The rows to append, when the transaction has no other changes.
    fn appends(&self, changes: &[Change], own: &str) -> Result<Option<Vec<Append>>> {
        let mut appends = Vec::with_capacity(changes.len());
        for change in changes {
            let Change::Publish { origin, next, name } = change else { return Ok(None) };
            let origin = &self.origins[*origin];
            if origin.name != *name || &*origin.database == own {
                return Ok(None);
            }
            // What they are checked against must not change meanwhile.
            if next.is_constrained() {
                return Ok(None);
            }
            let Some(rows) = next.appended_rows()? else { return Ok(None) };
            appends.push(Append {
                dataset: origin.dataset.clone(),
                database: origin.database.clone(),
                name: name.clone(),
                version: origin.version,
                columns: next.columns.clone(),
                rows,
            });
        }
        Ok(Some(appends))
    }

    fn changes(&self, own: &str) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut kept = vec![None; self.origins.len()];
        for database in self.catalog.visible(own) {
            for dataset in database.datasets() {
                match self.origins.iter().position(|origin| Arc::ptr_eq(&origin.private, dataset)) {
                    Some(origin) => kept[origin] = Some(dataset.name()),
                    None => changes.push(Change::Add {
                        database: database.name.clone(),
                        name: dataset.name(),
                        dataset: dataset.clone(),
                    }),
                }
            }
        }
        for (at, (origin, kept)) in self.origins.iter().zip(kept).enumerate() {
            match kept {
                None => changes.push(Change::Drop { origin: at }),
                Some(name) if origin.private.version() != origin.version => {
                    let next = Snapshot::clone(&origin.private.snapshot());
                    changes.push(Change::Publish { origin: at, next, name });
                }
                Some(_) => {}
            }
        }
        changes
    }

    /// Applies the changes of names to a catalog; returns what is to be written and published. With a directory,
    /// rows that are only appended go behind those that others have appended.
    fn apply(
        &self,
        catalog: &mut Catalog,
        changes: Vec<Change>,
        durable: Option<&Durable>,
    ) -> Result<Written> {
        let mut written = Written::default();
        // Names are removed before others are added, so that a dataset may take the name of a dropped one.
        let mut additions = Vec::new();
        for change in changes {
            match change {
                Change::Drop { origin } => {
                    let origin = self.unchanged(catalog, origin)?;
                    catalog.remove(&origin.database, &origin.name)?;
                    let stored = origin.private.definition().stored.as_ref().map(|stored| stored.dataset);
                    written.dropped.extend(stored);
                }
                Change::Publish { origin, next, name } => {
                    let (origin, expected_version, next) = self.rebased(catalog, origin, next, durable)?;
                    if origin.name != name {
                        catalog.remove(&origin.database, &origin.name)?;
                        additions.push((origin.database.clone(), name.clone(), origin.dataset.clone()));
                    }
                    written.published.push(Published {
                        dataset: origin.dataset.clone(),
                        expected_version,
                        next,
                        database: origin.database.clone(),
                        name,
                        is_new: false,
                    });
                }
                Change::Add { database, name, dataset } => {
                    let snapshot = dataset.snapshot();
                    written.published.push(Published {
                        dataset: dataset.clone(),
                        expected_version: snapshot.version,
                        next: Snapshot::clone(&snapshot),
                        database: database.clone(),
                        name: name.clone(),
                        is_new: true,
                    });
                    additions.push((database, name, dataset));
                }
            }
        }
        for (database, name, dataset) in additions {
            if catalog.database(&database)?.dataset(&name).is_some() {
                return Err(name_taken(&name));
            }
            catalog.put(&database, &name, dataset)?;
        }
        Ok(written)
    }

    /// A changed dataset with the version that it must still have, and its next snapshot.
    fn rebased(
        &self,
        catalog: &Catalog,
        origin: usize,
        next: Snapshot,
        durable: Option<&Durable>,
    ) -> Result<(&Origin, u64, Snapshot)> {
        match self.unchanged(catalog, origin) {
            Ok(origin) => Ok((origin, origin.version, next)),
            Err(conflict) => {
                let origin = &self.origins[origin];
                let found = catalog.find(&origin.database).and_then(|known| known.dataset(&origin.name));
                let is_there = found.is_some_and(|found| Arc::ptr_eq(found, &origin.dataset));
                let Some(durable) = durable.filter(|_| is_there && next.name == origin.name) else {
                    return Err(conflict);
                };
                durable.check_only_appended(&origin.dataset, &origin.name, origin.version)?;
                let now = origin.dataset.snapshot();
                let rebased = next.appended_to(&now)?.ok_or(conflict)?;
                let appended = RowChanges::appended(rebased.rows - now.rows);
                let rebased = rebased.with_keys_after(&now, &appended)?;
                Ok((origin, now.version, rebased))
            }
        }
    }

    /// A dataset, if it has not changed since BEGIN.
    fn unchanged(&self, catalog: &Catalog, origin: usize) -> Result<&Origin> {
        let origin = &self.origins[origin];
        let now = catalog.find(&origin.database).and_then(|database| database.dataset(&origin.name));
        match now {
            Some(now) if Arc::ptr_eq(now, &origin.dataset) && now.version() == origin.version => Ok(origin),
            _ => Err(conflict(&origin.name)),
        }
    }
}

fn name_taken(name: &str) -> Error {
    let message = format!("another session made a dataset `{name}` in the meantime");
    Error::new(Code::Conflict, message).with_help("nothing was changed; run it again")
}

/// What the datasets publish: the snapshots that a store gave, or else their next ones.
fn publications(
    published: Vec<Published>,
    committed: Option<Vec<Snapshot>>,
) -> Vec<(Arc<Dataset>, u64, Snapshot)> {
    let mut committed = committed.map(Vec::into_iter);
    let mut next = |published: Published| {
        let snapshot = committed.as_mut().and_then(Iterator::next).unwrap_or(published.next);
        (published.dataset, published.expected_version, snapshot)
    };
    published.into_iter().map(&mut next).collect()
}

/// Consistent copies of all datasets: copies are made again until no dataset has changed meanwhile.
fn consistent_copies(catalog: &Catalog, own: &str) -> Vec<(Arc<str>, Arc<Dataset>, Arc<Dataset>)> {
    // After this many attempts the last copies are used; each dataset is consistent in itself.
    const TRIES: usize = 32;
    let look = || -> Vec<_> {
        let of = |database: &Database| {
            let name = database.name.clone();
            let copy = |dataset: &Arc<Dataset>| (name.clone(), dataset.clone(), dataset.private_copy());
            database.datasets().map(copy).collect::<Vec<_>>()
        };
        catalog.visible(own).flat_map(of).collect()
    };
    let mut seen = look();
    for _ in 0..TRIES {
        if seen.iter().all(|(_, dataset, copy)| dataset.version() == copy.version()) {
            break;
        }
        seen = look();
    }
    seen
}
