//! What the catalog has under a name.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::super::error::Result;
use super::super::ids::{DatabaseId, DatasetId};
use super::super::segment::FileEntry;
use super::query::{databases, datasets, objects};

/// What has a name in a snapshot.
#[derive(Debug)]
pub(in crate::database) struct Names {
    pub databases: Vec<DatabaseEntry>,
    pub datasets: Vec<DatasetEntry>,
    pub objects: Vec<ObjectEntry>,
}

impl Names {
    /// # Errors
    /// A catalog that cannot be read.
    pub fn read(connection: &Connection, snapshot: u64) -> Result<Names> {
        Ok(Names {
            databases: databases(connection, snapshot)?,
            datasets: datasets(connection, snapshot)?,
            objects: objects(connection, snapshot)?,
        })
    }
}

/// A database in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseEntry {
    /// The number.
    pub id: DatabaseId,
    /// The name in its original case.
    pub name: String,
    /// Entries by key, such as settings.
    pub metadata: BTreeMap<String, String>,
}

/// A dataset in a snapshot, without its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetEntry {
    /// The number.
    pub id: DatasetId,
    /// The database.
    pub database: DatabaseId,
    /// The name in its original case.
    pub name: String,
    /// Entries by key.
    pub metadata: BTreeMap<String, String>,
}

/// A version of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// The number, from 1.
    pub version: u64,
    /// The snapshot that made it.
    pub snapshot: u64,
    /// Microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// Number of rows.
    pub rows: u64,
    /// What changed: `create`, `insert`, `update`, `delete`, `alter`, ...
    pub change: String,
    /// The statement as it was written.
    pub statement: Option<String>,
    /// The lineage of the rows, as JSON of the program above.
    pub lineage: Option<String>,
    /// Whether the rows can still be read.
    pub is_kept: bool,
}

/// An object of a database: a saved tensor, a pipeline, an index, ...
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectEntry {
    /// The number.
    pub id: u64,
    /// The database.
    pub database: DatabaseId,
    /// What it is, in a word of the program above.
    pub kind: String,
    /// The name in its original case, unique for the kind within the database.
    pub name: String,
    /// The dataset that it belongs to.
    pub dataset: Option<DatasetId>,
    /// The definition, as JSON of the program above.
    pub definition: serde_json::Value,
    pub(in crate::database) file: Option<FileEntry>,
}

impl ObjectEntry {
    /// Whether it has a file, which a snapshot reads as an array.
    pub fn has_values(&self) -> bool {
        self.file.is_some()
    }
}
