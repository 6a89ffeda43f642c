//! The durable store: a directory of databases that loses no commit.
//!
//! The catalog is a SQLite file, data are Parquet segments, and `docs/format.md` describes every byte. This
//! module knows Arrow and tensors; what a statement means, and when background work is done, is decided above.
//!
//! ```
//! use std::sync::Arc;
//!
//! use arrow::array::{Int64Array, RecordBatch};
//! use arrow::datatypes::{DataType, Field, Schema};
//! use linal_store::database::{Column, OpenOptions, Scan, Store};
//!
//! # let folder = std::env::temp_dir().join(format!("linal-doc-{}", std::process::id()));
//! let store = Store::open(&folder, &OpenOptions::default())?;
//! let default = store.snapshot()?.database("default")?.expect("it always exists").id;
//!
//! let mut transaction = store.begin()?;
//! let field = Field::new("id", DataType::Int64, false);
//! let docs = transaction.create_dataset(default, "docs", vec![Column::new(field.clone())])?;
//! let ids = Arc::new(Int64Array::from(vec![1, 2, 3]));
//! let rows = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![ids])?;
//! transaction.append(docs, &rows)?;
//! transaction.commit(Some("DATASET docs ..."))?;
//!
//! let mut transaction = store.begin()?;
//! transaction.delete(docs, &[1])?;
//! let commit = transaction.commit(Some("DELETE FROM docs WHERE id = 2"))?;
//! assert_eq!((commit.datasets[0].version, commit.datasets[0].rows), (2, 2));
//!
//! let snapshot = store.snapshot()?;
//! for part in snapshot.dataset(docs)?.parts()? {
//!     for batch in part.scan(&Scan::default())? {
//!         assert_eq!(batch?.row_ids.iter().collect::<Vec<_>>(), [0, 2]);
//!     }
//! }
//! assert_eq!(snapshot.dataset_at(docs, 1)?.read()?.num_rows(), 3);
//! # drop((snapshot, store));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Opening
//!
//! [`Store::open`] takes the lock, migrates an older format, removes files under names of its own that no transaction
//! names, and reads nothing else. A directory without a catalog must be empty. [`OpenOptions::read_only`] opens beside a writer; each [`Store::snapshot`] is then the last one
//! that the writer has committed. A store is cheap to clone and shared by threads.
//!
//! # Reading
//!
//! A [`Snapshot`] is the whole catalog after one commit, and never changes: databases, datasets, objects,
//! versions. While it exists, what it names does not expire. [`Snapshot::dataset`] loads a dataset: its
//! [`Column`]s, and its rows as [`Part`]s. A part is a segment with its changes, or rows of the catalog; it has
//! a row count, bounds of its row ids and [`ColumnStatistics`], and [`Part::scan`] streams it with a choice of
//! columns and of row ids. Rows come in the order of row ids; each batch has the ids of its rows, which DELETE
//! and UPDATE use. Tensor columns are slices of a mapped file, without a copy; others are decoded from Parquet.
//! [`Part::is_plain`] and [`Part::path`] are for a program that reads the Parquet file with its own reader; lazy
//! columns are not in it, and columns are found by field id ([`Column::id`]).
//!
//! # Changing
//!
//! A [`Transaction`] is based on a snapshot and collects changes: databases, datasets, columns, rows, objects.
//! Rows are given with all columns. Appended rows beyond 1,000 or 256 KiB go to segments while the transaction
//! runs, so that a load streams. [`Transaction::commit`] is durable when it returns, and atomic over all that it
//! changed. Commits of threads that wait at the same time share one sync. A failed commit changes nothing;
//! `E0605 conflict` says that a dataset was changed since the base snapshot, and two that only append to a
//! dataset do not conflict. The [`Commit`] has the version and the row count of each changed dataset, and the
//! row id of the first row that was appended to it.
//!
//! [`Store::stage`] writes the rows of a bulk load to segments before there is a transaction, in the memory of one
//! segment. The [`StagedRows`] are read like a dataset until [`Transaction::append_staged`] takes them over; when
//! they are dropped before that, their files go.
//!
//! An UPDATE of few rows keeps the segment and puts changed rows into the catalog; one of many rows, or a
//! deletion of more than a tenth of a segment, writes the segment anew. Both keep row ids.
//!
//! # Looking after it
//!
//! [`Store::compact`] moves rows of the catalog into segments and joins small ones; a background thread calls it
//! for the datasets of each commit. [`Store::expire`], [`Store::checkpoint`], [`Store::backup`], [`Store::info`]
//! and [`Store::check`] are the statements and commands of these names.
//!
//! # Failures
//!
//! Each file has its size and SHA-256 in the catalog, and a checksum of each block of 256 KiB. The size is checked
//! when a file is opened, and a block when a process reads it for the first time, so that opening and the first
//! query read no more than they need; [`Store::check`] compares the hashes of whole files. A file of tensors that is damaged is built again; a damaged segment is
//! `E0409 damaged_database` with its path. A commit whose sync failed leaves open what is on disk: changes are
//! refused from then on (`E0411 writes_refused`, [`Store::refuses_writes`]), until the directory is opened again.

mod catalog;
mod column;
mod error;
mod held_files;
mod id_counters;
mod ids;
mod inner;
mod jobs;
mod layout;
mod lock;
mod maintenance;
mod open_options;
mod reader_lock;
mod segment;
mod snapshot;
mod spilled;
mod store;
mod tokens;
mod transaction;
mod unused_directory;
mod value;
mod vectors;
mod verification;

pub use catalog::{DatabaseEntry, DatasetEntry, ObjectEntry, VersionEntry};
pub use column::{Column, ComputedColumn};
pub use error::{Result, StoreError};
pub use ids::{DatabaseId, DatasetId, PROVISIONAL_ROW_ID};
pub use jobs::{JobMark, JobTables};
pub use maintenance::{DatasetInfo, Info, Keep, VersionInfo};
pub use open_options::OpenOptions;
pub use reader_lock::ReadLease;
pub use segment::{ColumnStatistics, RowIdRanges};
pub use snapshot::{
    DatasetSnapshot, GroupColumn, Part, PartBatch, PartScan, RowGroup, RowIds, Scan, Snapshot,
};
pub use spilled::SpilledRows;
pub use store::Store;
pub use tokens::{TokenEntry, TokenTable};
pub use transaction::{Commit, CommittedDataset, Stage, StagedRows, Transaction, UpdatedRows};
