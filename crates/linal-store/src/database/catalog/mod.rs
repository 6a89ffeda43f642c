//! The catalog: the SQLite file of a database directory.

mod columns;
mod connection;
mod create;
mod entries;
mod files;
mod inline_rows;
mod open;
mod query;
mod readers;

pub(super) use columns::{columns, encode_metadata, insert_columns};
pub(super) use connection::{connect_writer, open_reader, open_writer, write_ahead};
pub(super) use create::create;
pub(super) use entries::Names;
pub use entries::{DatabaseEntry, DatasetEntry, ObjectEntry, VersionEntry};
pub(super) use files::{file, files};
pub(super) use inline_rows::{
    InlineRows, checksum, column_name, has_checksums, inline_rows, inline_table, verify_table,
};
pub(super) use open::{CHECKSUMS_SINCE, FORMAT_VERSION, check_version, prepare_for_writing};

pub(super) use query::{
    Head, deletions, dropped, head, inline_schemas, last_snapshot, schema_version, segments, snapshot_at,
    statistics, version_in, versions,
};
pub(super) use readers::Readers;
