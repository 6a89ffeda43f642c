//! Sizes.

use std::path::PathBuf;

use rusqlite::Connection;

use super::super::catalog;
use super::super::error::Result;
use super::super::ids::DatasetId;
use super::super::store::Store;

/// Sizes of a directory, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The directory.
    pub directory: PathBuf,
    /// The version of its format.
    pub format_version: u64,
    /// The number of the current snapshot.
    pub snapshot: u64,
    /// Size of the catalog, with its WAL.
    pub catalog_bytes: u64,
    /// Size of all files that the catalog names.
    pub file_bytes: u64,
    /// The datasets, in the order of their creation.
    pub datasets: Vec<DatasetInfo>,
}

/// Sizes of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// The number.
    pub id: DatasetId,
    /// The name of the database.
    pub database: String,
    /// The name.
    pub name: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of rows that are in the catalog.
    pub inline_rows: u64,
    /// Size of the files of the current version.
    pub bytes: u64,
    /// Size of the files of all kept versions; a file that several of them need counts once.
    pub all_bytes: u64,
    /// The versions, in order.
    pub versions: Vec<VersionInfo>,
}

/// Sizes of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// The number.
    pub version: u64,
    /// Number of rows.
    pub rows: u64,
    /// Size of its files, also of those that other versions need; 0 for one that has expired.
    pub bytes: u64,
}

/// The sizes of a directory.
pub(in crate::database) fn info(store: &Store) -> Result<Info> {
    let snapshot = store.snapshot()?;
    let mut datasets = Vec::new();
    for entry in snapshot.datasets()? {
        let database = snapshot.databases()?.iter().find(|database| database.id == entry.database);
        let dataset = snapshot.dataset(entry.id)?;
        let mut versions = Vec::new();
        for version in snapshot.versions(entry.id)? {
            let bytes = match snapshot.snapshot_of(entry.id, version.version) {
                Ok(number) => live_bytes(store, entry.id, number)?,
                Err(_) => 0,
            };
            versions.push(VersionInfo { version: version.version, rows: version.rows, bytes });
        }
        datasets.push(DatasetInfo {
            id: entry.id,
            database: database.map_or_else(String::new, |database| database.name.clone()),
            name: entry.name.clone(),
            rows: dataset.rows(),
            inline_rows: dataset.inline_rows()?.0.len() as u64,
            bytes: live_bytes(store, entry.id, snapshot.number())?,
            all_bytes: store.0.readers.with(|connection| all_bytes(connection, entry.id))?,
            versions,
        });
    }
    let file_bytes = store.0.readers.with(|connection| {
        Ok(connection.query_row("SELECT coalesce(sum(bytes), 0) FROM linal_file", [], |row| row.get(0))?)
    })?;
    Ok(Info {
        directory: store.directory().to_path_buf(),
        format_version: store.0.verification.format_version,
        snapshot: snapshot.number(),
        catalog_bytes: catalog_bytes(store),
        file_bytes,
        datasets,
    })
}

fn live_bytes(store: &Store, dataset: DatasetId, snapshot: u64) -> Result<u64> {
    let segments = store.0.readers.with(|connection| catalog::segments(connection, dataset, snapshot))?;
    let sizes = segments.iter().flat_map(|segment| std::iter::once(&segment.file).chain(&segment.vectors));
    Ok(sizes.map(|file| file.bytes).sum())
}

fn all_bytes(connection: &Connection, dataset: DatasetId) -> Result<u64> {
    let sql = "SELECT coalesce(sum(bytes), 0) FROM linal_file WHERE file_id IN (SELECT file_id FROM linal_segment \
               WHERE dataset_id = ?1 UNION SELECT vectors_file_id FROM linal_segment WHERE dataset_id = ?1)";
    Ok(connection.query_row(sql, [dataset], |row| row.get(0))?)
}

/// The catalog and its WAL, which SQLite writes, so that they are not behind the file layer.
fn catalog_bytes(store: &Store) -> u64 {
    let catalog = store.0.files.layout.catalog();
    let mut wal = catalog.clone().into_os_string();
    wal.push("-wal");
    let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    size(catalog) + size(wal.into())
}
