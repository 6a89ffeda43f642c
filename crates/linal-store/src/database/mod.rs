//! The durable store: a directory of databases that loses no commit.
//!
//! The catalog is a SQLite file, data are Parquet segments, and `docs/format.md` describes every byte. This
//! module knows Arrow and tensors; what a statement means, and when something is done, is decided above it.

mod catalog;
mod column;
mod error;
mod ids;
mod inner;
mod layout;
mod lock;
mod maintenance;
mod open_options;
mod segment;
mod snapshot;
mod store;
mod transaction;
mod value;

pub use catalog::{DatabaseEntry, DatasetEntry, ObjectEntry, VersionEntry};
pub use column::{Column, ComputedColumn};
pub use error::{Result, StoreError};
pub use ids::{DatabaseId, DatasetId, PROVISIONAL_ROW_ID};
pub use maintenance::{DatasetInfo, Info, Keep, VersionInfo};
pub use open_options::OpenOptions;
pub use segment::{ColumnStatistics, RowIdRanges};
pub use snapshot::{DatasetSnapshot, Part, PartBatch, PartScan, RowIds, Scan, Snapshot};
pub use store::Store;
pub use transaction::{Commit, CommittedDataset, Transaction};
