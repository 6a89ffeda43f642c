//! What a commit does to the catalog.

use std::collections::BTreeMap;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use linal_tensor::Control;

use super::super::column::Column;
use super::super::ids::{DatabaseId, DatasetId};
use super::super::jobs::JobMark;
use super::super::segment::{WrittenFile, WrittenSegment};
use super::super::snapshot::DatasetSnapshot;

/// The changes of one commit. Files are written and synced.
#[derive(Debug, Default)]
pub(in crate::database) struct Plan {
    /// The snapshot that the changes are based on.
    pub base: u64,
    pub statement: Option<String>,
    pub databases: Vec<DatabaseChange>,
    pub datasets: Vec<DatasetPlan>,
    pub objects: Vec<ObjectChange>,
    /// The attempt of a job that makes the changes.
    pub job: Option<JobMark>,
    /// The statement that commits, which may stop until its changes are applied.
    pub control: Option<Arc<Control>>,
}

impl Plan {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.databases.is_empty() && self.datasets.is_empty() && self.objects.is_empty()
    }
}

impl Plan {
    /// Whether names, entries under them or objects change.
    pub fn changes_names(&self) -> bool {
        let changes = |dataset: &DatasetPlan| dataset.naming.is_some() || dataset.life != Life::Kept;
        !self.databases.is_empty() || !self.objects.is_empty() || self.datasets.iter().any(changes)
    }
}

/// A change of a database.
#[derive(Clone, Debug)]
pub(in crate::database) enum DatabaseChange {
    Create {
        id: DatabaseId,
        name: String,
    },
    Drop {
        id: DatabaseId,
        name: String,
    },
    /// A new name or other entries.
    Alter {
        id: DatabaseId,
        name: String,
        metadata: BTreeMap<String, String>,
    },
}

/// A change of an object.
#[derive(Clone, Debug)]
pub(in crate::database) enum ObjectChange {
    Put {
        id: u64,
        database: DatabaseId,
        kind: String,
        name: String,
        dataset: Option<DatasetId>,
        definition: serde_json::Value,
        file: Option<WrittenFile>,
    },
    Drop {
        database: DatabaseId,
        kind: String,
        name: String,
    },
}

/// The name and the entries of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct Naming {
    pub database: DatabaseId,
    pub name: String,
    pub metadata: BTreeMap<String, String>,
}

/// The changes of a dataset.
#[derive(Debug)]
pub(in crate::database) struct DatasetPlan {
    pub id: DatasetId,
    /// The name for errors.
    pub label: String,
    pub life: Life,
    /// The name and entries, when they change.
    pub naming: Option<Naming>,
    /// The columns, when they change.
    pub columns: Option<Vec<Column>>,
    pub next_column_id: u64,
    /// All rows are those that the dataset had in a snapshot.
    pub restore: Option<u64>,
    /// All rows go before others come.
    pub truncate: bool,
    pub rewrites: Vec<Rewrite>,
    /// Rows that are deleted, in ascending order.
    pub deletes: Vec<u64>,
    /// Rows that get other values, in ascending order of the ids.
    pub updates: Option<(Vec<u64>, RecordBatch)>,
    pub segments: Vec<WrittenSegment>,
    /// Rows that are appended behind the segments.
    pub rows: Option<RecordBatch>,
    /// Changes of appended rows, whose ids are counted from the first of them.
    pub late_deletes: Vec<u64>,
    pub late_updates: Vec<(u64, RecordBatch)>,
    /// The word for LIST DATASET VERSIONS; `None` for work that makes no version.
    pub change: Option<String>,
    pub lineage: Option<String>,
    pub is_append: bool,
}

/// Whether a dataset begins or ends with a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::database) enum Life {
    Created,
    Kept,
    Dropped,
    /// Created and dropped in one transaction: nothing happens.
    Nothing,
    /// A dropped dataset comes back.
    Revived,
}

/// Rows in other files: parts of a dataset, adjacent in the order of row ids, are replaced by segments.
#[derive(Clone, Debug, Default)]
pub(in crate::database) struct Rewrite {
    /// The segments that end.
    pub ended: Vec<u64>,
    /// The number of their rows that are deleted; another number means that the parts are out of date.
    pub deleted: u64,
    /// The row ids of inline rows that end.
    pub range: Range<u64>,
    /// The number of these rows; another number means that the parts are out of date.
    pub inline: u64,
    /// The number of rows that are seen in the parts.
    pub rows_before: u64,
    pub segments: Vec<WrittenSegment>,
}

/// The plan of compaction: parts of a dataset in other files.
pub(in crate::database) fn compaction_plan(dataset: &DatasetSnapshot, rewrite: Rewrite) -> Plan {
    let plan = DatasetPlan {
        id: dataset.id(),
        label: dataset.name().to_string(),
        life: Life::Kept,
        naming: None,
        columns: None,
        next_column_id: 0,
        restore: None,
        truncate: false,
        rewrites: vec![rewrite],
        deletes: Vec::new(),
        updates: None,
        segments: Vec::new(),
        rows: None,
        late_deletes: Vec::new(),
        late_updates: Vec::new(),
        change: None,
        lineage: None,
        is_append: false,
    };
    Plan { base: dataset.snapshot_number(), datasets: vec![plan], ..Plan::default() }
}
