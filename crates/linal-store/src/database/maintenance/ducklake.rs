//! A database as a DuckLake of its own, which others may change: `EXPORT DATABASE d TO DUCKLAKE 'path'`.
//!
//! The catalog is a SQLite file with DuckLake's tables, and its data are in a folder beside it. Rows are written
//! anew, in the order of the dataset and without the history of it. The folder gets its name first and the catalog
//! last, so that a catalog is there when all of the lake is.

use std::io;
use std::path::{Path, PathBuf};

use linal_error::Code;

use super::super::column::{Column, lake_type};
use super::super::error::{Result, StoreError};
use super::super::id_counters::next;
use super::super::ids::DatabaseId;
use super::super::layout::Layout;
use super::super::segment::{Files, SegmentWriter};
use super::super::snapshot::{DatasetSnapshot, Scan, Snapshot};
use super::super::store::Store;
use super::ducklake_catalog::{self, LakeTable};
use super::partial::{check_parent, parent, partial_path};

/// Writes the datasets of a database as they are in the current snapshot. Neither the path nor its folder exist.
pub(in crate::database) fn export(store: &Store, database: DatabaseId, target: &Path) -> Result<()> {
    let data = with_suffix(target, ".files");
    let taken = [target, &data].into_iter().find(|path| path.exists());
    if let Some(path) = taken {
        let message = format!("'{}' exists already", path.display());
        return Err(StoreError::new(Code::NameExists, message).with_help("an export makes a new lake"));
    }
    check_parent(target)?;
    let (partial, partial_data) = (partial_path(target), partial_path(&data));
    let exported = write(store, database, &partial, &partial_data, &data).and_then(|()| {
        let layer = &store.0.files.layer;
        let io = |error: io::Error| StoreError::io(target, "cannot be written", &error);
        layer.rename(&partial_data, &data).map_err(io)?;
        let renamed = layer.rename(&partial, target).and_then(|()| layer.sync_folder(parent(target)));
        renamed.map_err(|error| {
            // Data without a catalog are of no use, and the error says why they are.
            let _ = std::fs::remove_dir_all(&data);
            io(error)
        })
    });
    if exported.is_err() {
        // What is incomplete is of no use, and the error says why it is.
        let _ = std::fs::remove_dir_all(&partial_data);
        let _ = std::fs::remove_file(&partial);
    }
    exported
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

fn write(
    store: &Store,
    database: DatabaseId,
    catalog: &Path,
    folder: &Path,
    final_folder: &Path,
) -> Result<()> {
    remove_left(catalog, folder)?;
    let snapshot = store.snapshot()?;
    if !snapshot.databases()?.iter().any(|entry| entry.id == database) {
        return Err(StoreError::new(Code::UnknownName, format!("there is no database {database}")));
    }
    let files = Files::new(store.0.files.layer.clone(), Layout::new(folder));
    files.create_folder(folder)?;
    files.create_folder(&folder.join("main"))?;
    let tables = tables(store, &snapshot, database, &files)?;
    files.sync_folder(&folder.join("main"))?;
    files.sync_folder(folder)?;
    ducklake_catalog::write(catalog, final_folder, &tables)
}

/// Removes what an export to this path has left that did not come to its end.
fn remove_left(catalog: &Path, folder: &Path) -> Result<()> {
    let io = |error: io::Error| StoreError::io(catalog, "cannot be removed", &error);
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(io)?;
    }
    if catalog.exists() { std::fs::remove_file(catalog).map_err(io) } else { Ok(()) }
}

/// Writes the rows of the datasets. A dataset of which DuckLake can show no column is left out, as it is in the
/// views of the directory.
fn tables(store: &Store, snapshot: &Snapshot, database: DatabaseId, files: &Files) -> Result<Vec<LakeTable>> {
    let entries = snapshot.datasets()?.iter().filter(|entry| entry.database == database);
    let mut tables = Vec::new();
    for entry in entries {
        let dataset = snapshot.dataset(entry.id)?;
        let is_shown = |column: &&Column| !column.is_lazy() && lake_type(&column.field).is_some();
        let columns: Vec<Column> = dataset.columns().iter().filter(is_shown).cloned().collect();
        if !columns.is_empty() {
            tables.push(table(store, &dataset, columns, files)?);
        }
    }
    Ok(tables)
}

fn table(store: &Store, dataset: &DatasetSnapshot, columns: Vec<Column>, files: &Files) -> Result<LakeTable> {
    let inner = store.0.clone();
    let next_id = std::sync::Arc::new(move || next(&inner.ids.segment));
    let memory = store.0.memory.clone();
    let mut writer = SegmentWriter::for_lake(files.clone(), dataset.id(), columns.clone(), memory, next_id)?;
    let scan = Scan::columns(columns.iter().map(|column| column.id));
    for batch in dataset.scan(&scan)? {
        writer.write(&batch?.rows, None)?;
    }
    let segments = writer.finish()?;
    Ok(LakeTable { name: dataset.name().to_string(), dataset: dataset.id(), columns, segments })
}
