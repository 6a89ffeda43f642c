//! A snapshot of the catalog.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use linal_error::Code;

use super::super::catalog::{self, DatabaseEntry, DatasetEntry, Names, ObjectEntry, VersionEntry};
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, DatasetId};
use super::super::inner::{Inner, Pin, locked};
use super::super::segment::read_tensor;
use super::dataset::DatasetSnapshot;

/// The catalog as one commit left it. It never changes, is cheap to clone, and keeps what it names from
/// expiry.
#[derive(Clone)]
pub struct Snapshot(Arc<State>);

struct State {
    pin: Arc<Pin>,
    names: OnceLock<Arc<Names>>,
    datasets: Mutex<HashMap<DatasetId, DatasetSnapshot>>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&self.number()).finish()
    }
}

impl Snapshot {
    pub(in crate::database) fn new(pin: Pin) -> Snapshot {
        let pin = Arc::new(pin);
        Snapshot(Arc::new(State { pin, names: OnceLock::new(), datasets: Mutex::default() }))
    }

    pub(in crate::database) fn inner(&self) -> &Arc<Inner> {
        self.0.pin.inner()
    }

    /// The number of the snapshot; commits count up from 1.
    pub fn number(&self) -> u64 {
        self.0.pin.number()
    }

    fn names(&self) -> Result<&Names> {
        if let Some(names) = self.0.names.get() {
            return Ok(names);
        }
        let read = self.inner().names(self.number())?;
        Ok(self.0.names.get_or_init(|| read))
    }

    /// The databases, in the order of their creation.
    ///
    /// # Errors
    /// A catalog that cannot be read, as for all calls of this type.
    pub fn databases(&self) -> Result<&[DatabaseEntry]> {
        Ok(&self.names()?.databases)
    }

    /// A database by name, without regard to case.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn database(&self, name: &str) -> Result<Option<&DatabaseEntry>> {
        Ok(self.databases()?.iter().find(|database| same_name(&database.name, name)))
    }

    /// The datasets of all databases, in the order of their creation.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn datasets(&self) -> Result<&[DatasetEntry]> {
        Ok(&self.names()?.datasets)
    }

    /// A dataset by name, without regard to case.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn find(&self, database: DatabaseId, name: &str) -> Result<Option<&DatasetEntry>> {
        let is_it = |entry: &&DatasetEntry| entry.database == database && same_name(&entry.name, name);
        Ok(self.datasets()?.iter().find(is_it))
    }

    /// A dataset with its columns and rows.
    ///
    /// # Errors
    /// `E0304 unknown_name` for one that this snapshot does not have; `E0616 unknown_version` when its rows
    /// have expired.
    pub fn dataset(&self, id: DatasetId) -> Result<DatasetSnapshot> {
        if let Some(known) = locked(&self.0.datasets).get(&id) {
            return Ok(known.clone());
        }
        let entry = self.datasets()?.iter().find(|entry| entry.id == id).ok_or_else(|| {
            StoreError::new(Code::UnknownName, format!("snapshot {} has no dataset {id}", self.number()))
        })?;
        let dataset = DatasetSnapshot::load(&self.0.pin, entry)?;
        locked(&self.0.datasets).insert(id, dataset.clone());
        Ok(dataset)
    }

    /// A dataset as it was at a version, under its name of that time.
    ///
    /// # Errors
    /// `E0616 unknown_version` for one that never was, or that has expired.
    pub fn dataset_at(&self, id: DatasetId, version: u64) -> Result<DatasetSnapshot> {
        let number = self.snapshot_of(id, version)?;
        Snapshot::new(self.inner().pin(number)).dataset(id)
    }

    /// The snapshot in which the rows of a version are read.
    pub(in crate::database) fn snapshot_of(&self, id: DatasetId, version: u64) -> Result<u64> {
        let versions = self.versions(id)?;
        let entry = versions.iter().find(|entry| entry.version == version);
        let missing = |what: &str| StoreError::new(Code::UnknownVersion, format!("version {version} {what}"));
        let entry = entry.ok_or_else(|| match versions.last() {
            Some(last) => missing(&format!("does not exist; the last one is {}", last.version)),
            None => missing("does not exist"),
        })?;
        if !entry.is_kept {
            return Err(missing("has expired"));
        }
        let oldest = self.inner().readers.with(|connection| catalog::head(connection, id))?;
        // The rows of the oldest kept version may have been written anew, and only the new files are kept.
        Ok(entry.snapshot.max(oldest.map_or(0, |head| head.oldest)))
    }

    /// The versions of a dataset up to this snapshot, in order; those of a dropped dataset, too.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn versions(&self, id: DatasetId) -> Result<Vec<VersionEntry>> {
        let number = self.number();
        self.inner().readers.with(|connection| catalog::versions(connection, id, number))
    }

    /// The datasets that were dropped under a name and have none now, the last one first: the number, and the
    /// snapshot before the drop.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn dropped(&self, database: DatabaseId, name: &str) -> Result<Vec<(DatasetId, u64)>> {
        let number = self.number();
        self.inner().readers.with(|connection| catalog::dropped(connection, database, name, number))
    }

    /// The objects of all databases, in the order of their creation.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn objects(&self) -> Result<&[ObjectEntry]> {
        Ok(&self.names()?.objects)
    }

    /// An object by kind and name, without regard to the case of the name.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn object(&self, database: DatabaseId, kind: &str, name: &str) -> Result<Option<&ObjectEntry>> {
        let is_it = |object: &&ObjectEntry| {
            object.database == database && object.kind == kind && same_name(&object.name, name)
        };
        Ok(self.objects()?.iter().find(is_it))
    }

    /// The saved array of an object, mapped into memory.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a file that is missing or damaged; an object without a file.
    pub fn values(&self, object: &ObjectEntry) -> Result<(Field, ArrayRef)> {
        let missing = || StoreError::new(Code::UnknownName, format!("`{}` has no values", object.name));
        let file = object.file.as_ref().ok_or_else(missing)?;
        read_tensor(&self.inner().files, file, self.inner().blocks(file)?)
    }
}

/// Whether two names are equal without regard to case.
pub(in crate::database) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}
