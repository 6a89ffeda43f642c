//! What all sessions share: the databases, as immutable snapshots.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};

/// The database that always exists.
pub(crate) const DEFAULT_DATABASE: &str = "default";

/// One state of the catalog. Statements look at one snapshot from start to end; changes publish the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// Lower-case name to database.
    databases: BTreeMap<String, Database>,
}

/// A database.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// The name in the case that it was created in.
    pub name: Arc<str>,
    /// Sessions that use it now.
    users: usize,
}

impl Catalog {
    /// All databases by name.
    pub fn databases(&self) -> impl Iterator<Item = &Database> {
        self.databases.values()
    }

    /// A database by its name in any case.
    pub fn find(&self, name: &str) -> Option<&Database> {
        self.databases.get(&name.to_lowercase())
    }
}

/// The current snapshot. The lock is held only to take or exchange it, never while computing.
#[derive(Debug)]
pub(crate) struct SharedCatalog(Mutex<Arc<Catalog>>);

impl SharedCatalog {
    pub fn new() -> SharedCatalog {
        let mut catalog = Catalog::default();
        let database = Database { name: DEFAULT_DATABASE.into(), users: 0 };
        catalog.databases.insert(DEFAULT_DATABASE.into(), database);
        SharedCatalog(Mutex::new(Arc::new(catalog)))
    }

    /// The current snapshot.
    pub fn snapshot(&self) -> Arc<Catalog> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes a changed copy; a change that fails publishes nothing.
    fn change<T>(&self, change: impl FnOnce(&mut Catalog) -> Result<T>) -> Result<T> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Catalog::clone(&current);
        let value = change(&mut next)?;
        *current = Arc::new(next);
        Ok(value)
    }

    /// Adds a database. Gives false when it was there and that is fine.
    pub fn create(&self, name: &str, if_not_exists: bool) -> Result<bool> {
        self.change(|catalog| {
            if let Some(known) = catalog.find(name) {
                if if_not_exists {
                    return Ok(false);
                }
                let message = format!("there is a database `{}` already", known.name);
                return Err(Error::new("E0315", "name_exists", message));
            }
            catalog.databases.insert(name.to_lowercase(), Database { name: name.into(), users: 0 });
            Ok(true)
        })
    }

    /// Takes a database away. Gives false when it was not there and that is fine.
    pub fn drop_database(&self, name: &str, if_exists: bool) -> Result<bool> {
        self.change(|catalog| {
            let Some(database) = catalog.find(name) else {
                return if if_exists { Ok(false) } else { Err(unknown(catalog, name)) };
            };
            if name.eq_ignore_ascii_case(DEFAULT_DATABASE) {
                return Err(Error::new("E0316", "cannot_drop", "the database `default` always exists"));
            }
            if database.users > 0 {
                let message = format!("the database `{}` is in use", database.name);
                return Err(Error::new("E0316", "cannot_drop", message));
            }
            catalog.databases.remove(&name.to_lowercase());
            Ok(true)
        })
    }

    /// Notes that a session goes from one database to another, and gives the new one's name.
    pub fn enter(&self, name: &str, from: Option<&str>) -> Result<Arc<str>> {
        self.change(|catalog| {
            let Some(database) = catalog.databases.get_mut(&name.to_lowercase()) else {
                return Err(unknown(catalog, name));
            };
            database.users += 1;
            let entered = database.name.clone();
            if let Some(left) = from.and_then(|from| catalog.databases.get_mut(&from.to_lowercase())) {
                left.users = left.users.saturating_sub(1);
            }
            Ok(entered)
        })
    }

    /// Notes that a session ended.
    pub fn leave(&self, name: &str) {
        // Leaving changes a count; it has no way to fail.
        let _ = self.change(|catalog| {
            if let Some(database) = catalog.databases.get_mut(&name.to_lowercase()) {
                database.users = database.users.saturating_sub(1);
            }
            Ok(())
        });
    }
}

fn unknown(catalog: &Catalog, name: &str) -> Error {
    let error = Error::new("E0304", "unknown_name", format!("there is no database `{name}`"));
    match linal_lang::suggest::nearest(name, catalog.databases().map(|d| &*d.name)) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}
