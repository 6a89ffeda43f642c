//! The shared catalog: the databases, as immutable snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use linal_error::Code;
use linal_lang::ast::objects::ObjectKind;
use linal_lang::ast::relational::Pipeline;

use crate::Dataset;
use crate::error::{Error, Result};
use crate::metric::Metric;
use crate::objects::{Object, key_of};
use crate::sorted_rows::SortedRows;
use crate::state::conflict;

/// The database that always exists.
pub const DEFAULT_DATABASE: &str = "default";

/// The prefix of the name of a session's own database. Other sessions cannot reach it; the session itself
/// reaches its datasets by unqualified names.
const OWN_PREFIX: &str = "session:";

/// The name of a session's own database.
pub fn own_database(session: u64) -> Arc<str> {
    format!("{OWN_PREFIX}{session}").into()
}

/// Whether a database belongs to one session.
pub fn is_own(database: &str) -> bool {
    database.starts_with(OWN_PREFIX)
}

/// A snapshot of the catalog. A statement reads one snapshot from start to end; changes publish a new one.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Lower-case name to database.
    databases: BTreeMap<String, Database>,
}

/// A database.
#[derive(Clone, Debug)]
pub struct Database {
    /// The name in its original case.
    pub name: Arc<str>,
    /// The number of sessions that use it.
    users: usize,
    /// Lower-case name to dataset.
    datasets: BTreeMap<Arc<str>, Arc<Dataset>>,
    /// Lower-case name to pipeline.
    pipelines: BTreeMap<Arc<str>, Arc<Pipeline>>,
    /// Lower-case name to index.
    indexes: BTreeMap<Arc<str>, Arc<IndexDef>>,
    /// Name of a limit to its text, as ALTER DATABASE has set it.
    settings: BTreeMap<Arc<str>, Arc<String>>,
    /// Views, macros, sequences and types by their kind and lower-case name. Catalogs share them until one changes.
    objects: Arc<BTreeMap<Arc<str>, Arc<Object>>>,
}

/// The definition of CREATE INDEX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDef {
    /// The index's name.
    pub name: Arc<str>,
    /// The dataset's name.
    pub table: Arc<str>,
    /// The column's name.
    pub column: Arc<str>,
    /// The metric of a vector index; `None` for an index of scalars.
    pub metric: Option<Metric>,
    /// The row numbers in the order of a scalar column.
    pub sorted: SortedRows,
}

impl Database {
    fn new(name: &str) -> Database {
        Database {
            name: name.into(),
            users: 0,
            datasets: BTreeMap::new(),
            pipelines: BTreeMap::new(),
            indexes: BTreeMap::new(),
            settings: BTreeMap::new(),
            objects: Arc::default(),
        }
    }

    /// The limits of ALTER DATABASE, each with its text.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Arc<String>)> {
        self.settings.iter().map(|(name, value)| (&**name, value))
    }

    /// The text of a limit.
    pub fn setting(&self, name: &str) -> Option<&Arc<String>> {
        self.settings.get(name)
    }

    /// All pipelines by name.
    pub fn pipelines(&self) -> impl Iterator<Item = &Arc<Pipeline>> {
        self.pipelines.values()
    }

    /// A pipeline by name, without regard to case.
    pub fn pipeline(&self, name: &str) -> Option<&Arc<Pipeline>> {
        self.pipelines.get(name.to_lowercase().as_str())
    }

    /// All indexes by name.
    pub fn indexes(&self) -> impl Iterator<Item = &Arc<IndexDef>> {
        self.indexes.values()
    }

    /// An index by name, without regard to case.
    pub fn index(&self, name: &str) -> Option<&Arc<IndexDef>> {
        self.indexes.get(name.to_lowercase().as_str())
    }

    /// All views, macros, sequences and types, by kind and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// Those of a kind, by name.
    pub fn objects_of(&self, kind: ObjectKind) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values().filter(move |object| object.kind() == kind)
    }

    /// A view, a macro, a sequence or a type by name, without regard to case.
    pub fn object(&self, kind: ObjectKind, name: &str) -> Option<&Arc<Object>> {
        if self.objects.is_empty() {
            return None;
        }
        self.objects.get(&key_of(kind, name))
    }

    /// Whether there are views, macros, sequences or types.
    pub fn has_objects(&self) -> bool {
        !self.objects.is_empty()
    }

    /// Whether pipelines, indexes, settings or objects differ from those of another state.
    fn has_other_definitions(&self, base: &Database) -> bool {
        fn pointers<T>(named: &BTreeMap<Arc<str>, Arc<T>>) -> Vec<*const T> {
            named.values().map(Arc::as_ptr).collect()
        }
        pointers(&base.pipelines) != pointers(&self.pipelines)
            || pointers(&base.indexes) != pointers(&self.indexes)
            || pointers(&base.settings) != pointers(&self.settings)
            || pointers(&base.objects) != pointers(&self.objects)
    }

    /// All datasets by name.
    pub fn datasets(&self) -> impl Iterator<Item = &Arc<Dataset>> {
        self.datasets.values()
    }

    /// A dataset by name, without regard to case.
    pub fn dataset(&self, name: &str) -> Option<&Arc<Dataset>> {
        self.datasets.get(name.to_lowercase().as_str())
    }
}

impl Catalog {
    /// Adds an empty database, if there is none of this name.
    pub fn add_database(&mut self, name: &str) {
        self.databases.entry(name.to_lowercase()).or_insert_with(|| Database::new(name));
    }

    /// The databases visible to all sessions, by name.
    pub fn databases(&self) -> impl Iterator<Item = &Database> {
        self.databases.values().filter(|database| !is_own(&database.name))
    }

    /// The databases visible to a session, including its own.
    pub fn visible<'c>(&'c self, own: &str) -> impl Iterator<Item = &'c Database> {
        self.databases().chain(self.own(own))
    }

    /// The session's own database, if it exists.
    pub fn own(&self, own: &str) -> Option<&Database> {
        self.databases.get(own)
    }

    /// Removes the databases of other sessions.
    pub fn hide_from(&mut self, own: &str) {
        self.databases.retain(|name, _| !is_own(name) || name == own);
    }

    /// Adds a dataset to a session's own database, which is created with its first one.
    pub fn put_own(&mut self, own: &str, name: &str, dataset: Arc<Dataset>) {
        let database = self.databases.entry(own.to_string()).or_insert_with(|| Database::new(own));
        database.datasets.insert(name.to_lowercase().into(), dataset);
    }

    /// Removes a session's own database.
    pub fn remove_own(&mut self, own: &str) {
        self.databases.remove(own);
    }

    /// A database by name, without regard to case.
    pub fn find(&self, name: &str) -> Option<&Database> {
        self.databases.get(&name.to_lowercase())
    }

    /// An existing database.
    ///
    /// # Errors
    /// `E0304 unknown_name` with the nearest name.
    pub fn database(&self, name: &str) -> Result<&Database> {
        self.find(name).ok_or_else(|| unknown_database(self, name))
    }

    fn database_mut(&mut self, name: &str) -> Result<&mut Database> {
        if self.find(name).is_none() {
            return Err(unknown_database(self, name));
        }
        let missing = || Error::unknown(Code::UnknownName, "database", name, []);
        self.databases.get_mut(&name.to_lowercase()).ok_or_else(missing)
    }

    /// Defines or replaces a pipeline.
    pub fn put_pipeline(&mut self, database: &str, pipeline: Arc<Pipeline>) -> Result<()> {
        let key = pipeline.name.name.to_lowercase().into();
        self.database_mut(database)?.pipelines.insert(key, pipeline);
        Ok(())
    }

    /// Sets a limit of a database; `None` removes it.
    ///
    /// # Errors
    /// An unknown database.
    pub fn put_setting(&mut self, database: &str, name: &str, value: Option<Arc<String>>) -> Result<()> {
        let settings = &mut self.database_mut(database)?.settings;
        match value {
            Some(value) => settings.insert(name.into(), value),
            None => settings.remove(name),
        };
        Ok(())
    }

    /// Removes a pipeline.
    pub fn remove_pipeline(&mut self, database: &str, name: &str) -> Result<()> {
        self.database_mut(database)?.pipelines.remove(name.to_lowercase().as_str());
        Ok(())
    }

    /// Defines an index.
    pub fn put_index(&mut self, database: &str, index: Arc<IndexDef>) -> Result<()> {
        self.database_mut(database)?.indexes.insert(index.name.to_lowercase().into(), index);
        Ok(())
    }

    /// Defines or replaces a view, a macro, a sequence or a type. A session's own database is created with its first one.
    ///
    /// # Errors
    /// An unknown database; `E0315 name_exists` for a view with the name of a dataset.
    pub fn put_object(&mut self, database: &str, object: Arc<Object>) -> Result<()> {
        if is_own(database) {
            self.databases.entry(database.to_string()).or_insert_with(|| Database::new(database));
        }
        let database = self.database_mut(database)?;
        if object.kind() == ObjectKind::View
            && let Some(dataset) = database.dataset(&object.name)
        {
            let message = format!("there is a dataset `{}` already", dataset.name());
            return Err(Error::new(Code::NameExists, message));
        }
        let key = key_of(object.kind(), &object.name);
        Arc::make_mut(&mut database.objects).insert(key, object);
        Ok(())
    }

    /// Removes a view, a macro, a sequence or a type.
    ///
    /// # Errors
    /// An unknown database.
    pub fn remove_object(&mut self, database: &str, kind: ObjectKind, name: &str) -> Result<()> {
        let database = self.database_mut(database)?;
        Arc::make_mut(&mut database.objects).remove(&key_of(kind, name));
        Ok(())
    }

    /// Whether a database that all sessions see has other objects than in another state.
    fn has_other_objects(&self, base: &Catalog) -> bool {
        let none = Arc::default();
        let objects = |catalog: &Catalog, key: &str| {
            catalog.databases.get(key).map_or_else(|| Arc::clone(&none), |database| database.objects.clone())
        };
        let keys = self.databases.keys().chain(base.databases.keys()).filter(|key| !is_own(key));
        let mut changed = keys.map(|key| (objects(self, key), objects(base, key)));
        changed.any(|(one, other)| !(Arc::ptr_eq(&one, &other) || one.is_empty() && other.is_empty()))
    }

    /// Removes an index.
    pub fn remove_index(&mut self, database: &str, name: &str) -> Result<()> {
        self.database_mut(database)?.indexes.remove(name.to_lowercase().as_str());
        Ok(())
    }

    /// Maps the indexes of a dataset; `None` removes an index.
    ///
    /// # Errors
    /// An unknown database.
    pub fn change_indexes(
        &mut self,
        database: &str,
        table: &str,
        change: impl Fn(&IndexDef) -> Option<IndexDef>,
    ) -> Result<()> {
        let indexes = &mut self.database_mut(database)?.indexes;
        let of_table: Vec<Arc<IndexDef>> =
            indexes.values().filter(|index| index.table.eq_ignore_ascii_case(table)).cloned().collect();
        for index in of_table {
            let key = index.name.to_lowercase();
            match change(&index) {
                Some(changed) => indexes.insert(key.into(), Arc::new(changed)),
                None => indexes.remove(key.as_str()),
            };
        }
        Ok(())
    }

    /// Whether pipelines, indexes, objects or the names of databases differ from those of another state.
    pub fn has_other_definitions(&self, base: &Catalog) -> bool {
        let none = Database::new("");
        self.databases
            .iter()
            .any(|(key, database)| database.has_other_definitions(base.databases.get(key).unwrap_or(&none)))
    }

    /// Replaces the databases visible to all sessions by those of another catalog. Databases that sessions use
    /// stay, even when they are empty.
    pub fn show(&mut self, other: Catalog) {
        let gone: Vec<String> = self
            .databases
            .iter()
            .filter(|(key, database)| {
                !is_own(key) && database.users == 0 && !other.databases.contains_key(*key)
            })
            .map(|(key, _)| key.clone())
            .collect();
        gone.iter().for_each(|key| drop(self.databases.remove(key)));
        for (key, mut database) in other.databases {
            database.users = self.databases.get(&key).map_or(0, |known| known.users);
            self.databases.insert(key, database);
        }
    }

    /// Whether a name is free for a database; false if it is taken and `IF NOT EXISTS` allows that.
    ///
    /// # Errors
    /// `E0315 name_exists`.
    fn is_free_for_database(&self, name: &str, if_not_exists: bool) -> Result<bool> {
        if is_own(&name.to_lowercase()) {
            let message = format!("names that begin with `{OWN_PREFIX}` belong to sessions");
            return Err(Error::new(Code::NameExists, message));
        }
        match self.find(name) {
            None => Ok(true),
            Some(_) if if_not_exists => Ok(false),
            Some(known) => {
                let message = format!("there is a database `{}` already", known.name);
                Err(Error::new(Code::NameExists, message))
            }
        }
    }

    /// Creates a database in the copy of a transaction. Returns false if it exists and `IF NOT EXISTS` allows that.
    ///
    /// # Errors
    /// `E0315 name_exists`.
    pub fn create_database(&mut self, name: &str, if_not_exists: bool) -> Result<bool> {
        let is_new = self.is_free_for_database(name, if_not_exists)?;
        if is_new {
            self.databases.insert(name.to_lowercase(), Database::new(name));
        }
        Ok(is_new)
    }

    /// The databases that all sessions see and that `base`, an earlier state, does not have.
    pub fn new_databases<'c>(&'c self, base: &'c Catalog) -> impl Iterator<Item = &'c Database> {
        let is_new = |key: &String| !is_own(key) && !base.databases.contains_key(key);
        self.databases.iter().filter(move |(key, _)| is_new(key)).map(|(_, database)| database)
    }

    /// Merges the changes of pipelines and indexes from `base` to `changed`, a copy of it, and the databases
    /// that `changed` has created, also for its session.
    ///
    /// # Errors
    /// `E0605 conflict` with the name of a pipeline or an index that this catalog has defined, replaced or lost since
    /// `base`, and that `changed` changes, too; with that of a database that both have created.
    pub fn merge_definitions(&mut self, base: &Catalog, changed: &Catalog) -> Result<()> {
        for database in changed.new_databases(base) {
            let key = database.name.to_lowercase();
            if self.databases.contains_key(&key) {
                return Err(conflict(&database.name));
            }
            self.databases.insert(key, Database::new(&database.name));
        }
        for database in changed.databases.values() {
            let key = database.name.to_lowercase();
            if is_own(&key) && !self.databases.contains_key(&key) {
                self.databases.insert(key.clone(), Database::new(&key));
            }
            let none = Database::new(&key);
            let base = base.databases.get(&key).unwrap_or(&none);
            let Some(own) = self.databases.get_mut(&key) else {
                // Nothing is left that the changes could be made in.
                if database.has_other_definitions(base) {
                    return Err(conflict(&database.name));
                }
                continue;
            };
            merge(&mut own.pipelines, &base.pipelines, &database.pipelines)?;
            merge(&mut own.indexes, &base.indexes, &database.indexes)?;
            merge(&mut own.settings, &base.settings, &database.settings)?;
            if !Arc::ptr_eq(&base.objects, &database.objects) {
                merge_objects(&mut own.objects, &base.objects, &database.objects)?;
            }
        }
        Ok(())
    }

    /// Checks that no view has the name of a dataset, after two transactions have each made one.
    ///
    /// # Errors
    /// `E0605 conflict` with the name.
    pub fn check_views(&self) -> Result<()> {
        for database in self.databases().filter(|database| database.has_objects()) {
            let taken =
                database.objects_of(ObjectKind::View).find(|view| database.dataset(&view.name).is_some());
            if let Some(view) = taken {
                return Err(conflict(&view.name));
            }
        }
        Ok(())
    }

    /// Checks that the indexes that `before` does not have are on datasets that are there.
    ///
    /// # Errors
    /// `E0605 conflict` with the name of a dataset that was dropped or renamed meanwhile.
    pub fn check_new_indexes(&self, before: &Catalog) -> Result<()> {
        for database in self.databases() {
            let known = before.find(&database.name);
            let is_new = |index: &&Arc<IndexDef>| {
                !is_same(known.and_then(|known| known.index(&index.name)), Some(index))
            };
            for index in database.indexes().filter(is_new) {
                if database.dataset(&index.table).is_none() {
                    return Err(conflict(&index.table));
                }
            }
        }
        Ok(())
    }

    /// Adds or replaces a dataset.
    ///
    /// # Errors
    /// An unknown database; `E0315 name_exists` for the name of a view.
    pub fn put(&mut self, database: &str, name: &str, dataset: Arc<Dataset>) -> Result<()> {
        let database = self.database_mut(database)?;
        if let Some(view) = database.object(ObjectKind::View, name) {
            return Err(Error::new(Code::NameExists, format!("there is a view `{}` already", view.name)));
        }
        database.datasets.insert(name.to_lowercase().into(), dataset);
        Ok(())
    }

    /// Removes a dataset; its indexes stay.
    ///
    /// # Errors
    /// An unknown database.
    pub fn take(&mut self, database: &str, name: &str) -> Result<Option<Arc<Dataset>>> {
        Ok(self.database_mut(database)?.datasets.remove(name.to_lowercase().as_str()))
    }

    /// Removes a dataset and its indexes.
    pub fn remove(&mut self, database: &str, name: &str) -> Result<Option<Arc<Dataset>>> {
        let database = self.database_mut(database)?;
        database.indexes.retain(|_, index| !index.table.eq_ignore_ascii_case(name));
        Ok(database.datasets.remove(name.to_lowercase().as_str()))
    }
}

/// The current snapshot. The lock is held only to read or exchange the pointer, never during a computation.
#[derive(Debug)]
pub struct SharedCatalog {
    current: Mutex<Arc<Catalog>>,
    /// How often objects have changed, for caches of what they stand for. It is raised after the change is published.
    objects_changed: AtomicU64,
}

impl Default for SharedCatalog {
    /// A catalog with the database `default`, which is empty.
    fn default() -> SharedCatalog {
        SharedCatalog::of(Catalog::default())
    }
}

impl SharedCatalog {
    /// A shared catalog, to which the database `default` is added if it lacks it.
    pub fn of(mut catalog: Catalog) -> SharedCatalog {
        catalog.add_database(DEFAULT_DATABASE);
        SharedCatalog { current: Mutex::new(Arc::new(catalog)), objects_changed: AtomicU64::new(0) }
    }

    /// The current snapshot.
    pub fn snapshot(&self) -> Arc<Catalog> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes a changed copy; a failed change publishes nothing.
    pub fn change<T>(&self, change: impl FnOnce(&mut Catalog) -> Result<T>) -> Result<T> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Catalog::clone(&current);
        let value = change(&mut next)?;
        let has_other_objects = next.has_other_objects(&current);
        *current = Arc::new(next);
        if has_other_objects {
            self.objects_changed.fetch_add(1, Ordering::Release);
        }
        Ok(value)
    }

    /// How often views, macros, sequences and types have changed. What was derived from them before another number is
    /// seen must be derived again.
    #[inline]
    pub fn objects_changed(&self) -> u64 {
        self.objects_changed.load(Ordering::Acquire)
    }

    /// Creates a database. Returns false if it exists and `IF NOT EXISTS` allows that. `write` makes it durable
    /// before anybody sees it.
    ///
    /// # Errors
    /// `E0315 name_exists`; those of `write`.
    pub fn create(
        &self,
        name: &str,
        if_not_exists: bool,
        write: impl FnOnce() -> Result<()>,
    ) -> Result<bool> {
        self.change(|catalog| {
            let is_new = catalog.is_free_for_database(name, if_not_exists)?;
            if is_new {
                write()?;
                catalog.databases.insert(name.to_lowercase(), Database::new(name));
            }
            Ok(is_new)
        })
    }

    /// Drops a database. Returns false if it does not exist and `IF EXISTS` allows that. The session that
    /// drops it, whose database is `current`, may be its only user and is in `default` afterwards. `write` makes
    /// it durable before anybody sees it.
    ///
    /// # Errors
    /// `E0304 unknown_name`, `E0316 cannot_drop`; those of `write`.
    pub fn drop_database(
        &self,
        name: &str,
        if_exists: bool,
        current: &str,
        write: impl FnOnce(&str) -> Result<()>,
    ) -> Result<bool> {
        self.change(|catalog| {
            let Some(database) = catalog.find(name).filter(|database| !is_own(&database.name)) else {
                return if if_exists { Ok(false) } else { Err(unknown_database(catalog, name)) };
            };
            if name.eq_ignore_ascii_case(DEFAULT_DATABASE) {
                return Err(Error::new(Code::CannotDrop, "the database `default` always exists"));
            }
            let is_current = database.name.eq_ignore_ascii_case(current);
            if database.users > usize::from(is_current) {
                let message = format!("another session uses the database `{}`", database.name);
                return Err(Error::new(Code::CannotDrop, message));
            }
            write(&database.name)?;
            catalog.databases.remove(&name.to_lowercase());
            if is_current && let Some(default) = catalog.databases.get_mut(DEFAULT_DATABASE) {
                default.users += 1;
            }
            Ok(true)
        })
    }

    /// Moves a session to another database and returns that database's name.
    pub fn enter(&self, name: &str, from: Option<&str>) -> Result<Arc<str>> {
        self.change(|catalog| {
            let known = catalog.databases.get_mut(&name.to_lowercase());
            let Some(database) = known.filter(|database| !is_own(&database.name)) else {
                return Err(unknown_database(catalog, name));
            };
            database.users += 1;
            let entered = database.name.clone();
            if let Some(left) = from.and_then(|from| catalog.databases.get_mut(&from.to_lowercase())) {
                left.users = left.users.saturating_sub(1);
            }
            Ok(entered)
        })
    }

    /// Notes the end of a session and removes its own database.
    pub fn leave(&self, name: &str, own: &str) {
        // Leaving only changes a counter and cannot fail.
        let _ = self.change(|catalog| {
            if let Some(database) = catalog.databases.get_mut(&name.to_lowercase()) {
                database.users = database.users.saturating_sub(1);
            }
            catalog.remove_own(own);
            Ok(())
        });
    }
}

/// The error of a database that does not exist or belongs to another session.
pub fn unknown_database(catalog: &Catalog, name: &str) -> Error {
    Error::unknown(Code::UnknownName, "database", name, catalog.databases().map(|d| &*d.name))
}

/// Applies the changes from `base` to `changed` to `own`, unless `own` has changed the same names since `base`: the
/// first committer wins.
fn merge<T>(
    own: &mut BTreeMap<Arc<str>, Arc<T>>,
    base: &BTreeMap<Arc<str>, Arc<T>>,
    changed: &BTreeMap<Arc<str>, Arc<T>>,
) -> Result<()> {
    let names: BTreeSet<&Arc<str>> = base.keys().chain(changed.keys()).collect();
    for name in names.into_iter().filter(|name| !is_same(base.get(*name), changed.get(*name))) {
        if !is_same(own.get(name), base.get(name)) {
            return Err(conflict(name));
        }
        match changed.get(name) {
            Some(value) => own.insert(name.clone(), value.clone()),
            None => own.remove(name),
        };
    }
    Ok(())
}

/// As [`merge`] for objects, whose conflicts name their kind; a view and a dataset have one namespace.
fn merge_objects(
    own: &mut Arc<BTreeMap<Arc<str>, Arc<Object>>>,
    base: &BTreeMap<Arc<str>, Arc<Object>>,
    changed: &BTreeMap<Arc<str>, Arc<Object>>,
) -> Result<()> {
    let names: BTreeSet<&Arc<str>> = base.keys().chain(changed.keys()).collect();
    for name in names.into_iter().filter(|name| !is_same(base.get(*name), changed.get(*name))) {
        if !is_same(own.get(name), base.get(name)) {
            let message = format!("the {name} was changed by another session in the meantime");
            return Err(Error::new(Code::Conflict, message).with_help("nothing was changed; run it again"));
        }
        match changed.get(name) {
            Some(value) => Arc::make_mut(own).insert(name.clone(), value.clone()),
            None => Arc::make_mut(own).remove(name),
        };
    }
    Ok(())
}

/// Whether two names stand for the same definition, or both for none.
fn is_same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// The error of a dataset that none of the databases has.
pub fn unknown_dataset<'d>(databases: impl Iterator<Item = &'d Database>, name: &str) -> Error {
    let names: Vec<Arc<str>> = databases.flat_map(Database::datasets).map(|dataset| dataset.name()).collect();
    Error::unknown(Code::UnknownName, "dataset", name, names.iter().map(|name| &**name))
}
