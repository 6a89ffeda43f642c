//! Open transactions: private copies of the names and datasets of a session, and their versions at BEGIN.

use std::sync::Arc;

use linal_dataset::catalog::{Catalog, SharedCatalog};
use linal_dataset::{Dataset, Error, Result, Snapshot, conflict};
use linal_error::Code;

use super::Variables;

/// The state of a session between BEGIN and COMMIT.
pub(crate) struct Transaction {
    /// The variables at BEGIN, restored by ROLLBACK.
    pub variables: Variables,
    /// The private copies of the datasets.
    pub catalog: Arc<Catalog>,
    /// The catalog at BEGIN.
    base: Arc<Catalog>,
    origins: Vec<Origin>,
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
    pub fn begin(shared: &SharedCatalog, own: &str, variables: Variables) -> Transaction {
        let catalog = shared.snapshot();
        let mut private = Catalog::clone(&catalog);
        private.hide_from(own);
        let mut origins = Vec::new();
        for (database, dataset, snapshot) in consistent_snapshots(&catalog, own) {
            let copy = Dataset::new(Snapshot::clone(&snapshot));
            // The database exists, since the dataset was found in it.
            if private.put(&database, &snapshot.name, copy.clone()).is_ok() {
                let version = snapshot.version;
                origins.push(Origin {
                    database,
                    name: snapshot.name.clone(),
                    dataset,
                    version,
                    private: copy,
                });
            }
        }
        Transaction { variables, catalog: Arc::new(private), base: catalog, origins }
    }

    /// Publishes all changes, or none.
    ///
    /// # Errors
    /// `E0605 conflict` when another session has changed a dataset that this one has changed, or has taken
    /// the name of a new one.
    pub fn commit(self, shared: &SharedCatalog, own: &str) -> Result<()> {
        let changes = self.changes(own);
        shared.change(|catalog| {
            catalog.merge_definitions(&self.base, &self.catalog);
            self.apply(catalog, changes)
        })
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

    fn apply(&self, catalog: &mut Catalog, changes: Vec<Change>) -> Result<()> {
        let mut publications = Vec::new();
        // Names are removed before others are added, so that a dataset may take the name of a dropped one.
        let mut additions = Vec::new();
        for change in changes {
            match change {
                Change::Drop { origin } => {
                    let origin = self.unchanged(catalog, origin)?;
                    catalog.remove(&origin.database, &origin.name)?;
                }
                Change::Publish { origin, next, name } => {
                    let origin = self.unchanged(catalog, origin)?;
                    if origin.name != name {
                        catalog.remove(&origin.database, &origin.name)?;
                        additions.push((origin.database.clone(), name, origin.dataset.clone()));
                    }
                    publications.push((origin.dataset.clone(), origin.version, next));
                }
                Change::Add { database, name, dataset } => additions.push((database, name, dataset)),
            }
        }
        for (database, name, dataset) in additions {
            if catalog.database(&database)?.dataset(&name).is_some() {
                return Err(name_taken(&name));
            }
            catalog.put(&database, &name, dataset)?;
        }
        // The last step that can fail; the catalog is published right after it.
        Dataset::publish_all(publications)
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

/// A consistent snapshot of all datasets: the snapshots are taken again until no dataset has changed
/// meanwhile.
fn consistent_snapshots(catalog: &Catalog, own: &str) -> Vec<(Arc<str>, Arc<Dataset>, Arc<Snapshot>)> {
    // After this many attempts the last snapshots are used; each dataset is consistent in itself.
    const TRIES: usize = 32;
    let look = || -> Vec<_> {
        let of = |database: &linal_dataset::catalog::Database| {
            let name = database.name.clone();
            let snapshot = |dataset: &Arc<Dataset>| (name.clone(), dataset.clone(), dataset.snapshot());
            database.datasets().map(snapshot).collect::<Vec<_>>()
        };
        catalog.visible(own).flat_map(of).collect()
    };
    let mut seen = look();
    for _ in 0..TRIES {
        if seen.iter().all(|(_, dataset, snapshot)| dataset.version() == snapshot.version) {
            break;
        }
        seen = look();
    }
    seen
}
