//! The catalog in memory for a snapshot of the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use linal_dataset::catalog::Catalog;
use linal_dataset::{ColumnCache, ColumnValues, Dataset, Result, RowIds, Snapshot, Stored};
use linal_store::database::{self, DatasetSnapshot, Store};
use linal_tensor::MemoryPool;

use super::{columns, error, objects};

/// The databases, datasets, pipelines and indexes of a snapshot. Datasets of `known` in the same version are
/// taken from there, with the rows that they have read.
///
/// # Errors
/// A catalog that cannot be read.
pub(super) fn catalog(
    store: &Store,
    snapshot: &database::Snapshot,
    known: Option<&Catalog>,
    (pool, cache): (&Arc<MemoryPool>, &Arc<ColumnCache>),
) -> Result<Catalog> {
    let mut catalog = Catalog::default();
    for database in snapshot.databases().map_err(error)? {
        catalog.add_database(&database.name);
        let of_database =
            snapshot.datasets().map_err(error)?.iter().filter(|entry| entry.database == database.id);
        for entry in of_database {
            let stored = snapshot.dataset(entry.id).map_err(error)?;
            let before = known.and_then(|known| known.find(&database.name)?.dataset(&entry.name));
            let dataset = match before.filter(|before| is_same(before, &stored)) {
                Some(before) if has_all_files(before, &stored)? => before.clone(),
                _ => dataset(store, &stored, (pool, cache))?,
            };
            catalog.put(&database.name, &entry.name, dataset)?;
        }
    }
    objects::load(snapshot, &mut catalog)?;
    Ok(catalog)
}

fn is_same(known: &Dataset, stored: &DatasetSnapshot) -> bool {
    let number = known.definition().stored.as_ref().map(|known| known.dataset);
    number == Some(stored.id().0) && known.version() == stored.version()
}

/// Whether the segments that a dataset reads are still those of its version: the process that writes the directory
/// may have written them anew, and removes the old ones with the versions that needed them.
fn has_all_files(known: &Dataset, stored: &DatasetSnapshot) -> Result<bool> {
    let definition = known.definition();
    let columns = definition.chunks.iter().flat_map(|chunk| chunk.columns());
    let used: BTreeSet<u64> = columns
        .filter_map(|column| match column {
            ColumnValues::Stored(stored) => stored.segment(),
            ColumnValues::Memory(..) => None,
        })
        .collect();
    if used.is_empty() {
        return Ok(true);
    }
    let now: BTreeSet<u64> =
        stored.parts().map_err(error)?.iter().filter_map(database::Part::segment_id).collect();
    Ok(used.is_subset(&now))
}

/// A dataset whose rows are read when they are needed.
fn dataset(
    store: &Store,
    stored: &DatasetSnapshot,
    (pool, cache): (&Arc<MemoryPool>, &Arc<ColumnCache>),
) -> Result<Arc<Dataset>> {
    let definition = definition(stored, pool)?;
    let of_rows = definition.clone();
    // The rows are looked up again, since a snapshot that is held would keep its versions from expiry.
    let (store, id, version, cache) = (store.clone(), stored.id(), stored.version(), cache.clone());
    let load = move || {
        let now = store.snapshot().map_err(error)?;
        let then = match now.dataset(id) {
            Ok(current) if current.version() == version => current,
            // Another process has gone on, or dropped it.
            _ => now.dataset_at(id, version).map_err(error)?,
        };
        rows(&then, &of_rows, &cache)
    };
    Ok(Dataset::unloaded(definition, Box::new(load)))
}

/// The columns and the number of rows of a stored dataset.
///
/// # Errors
/// A definition that cannot be read.
pub(crate) fn definition(stored: &DatasetSnapshot, pool: &Arc<MemoryPool>) -> Result<Snapshot> {
    let columns = columns::from_store(stored.columns())?;
    let empty = Snapshot::empty(stored.name(), columns, pool);
    let empty = empty.with_constraints(columns::constraints(stored.columns())?);
    let definition = Snapshot {
        rows: stored.rows() as usize,
        version: stored.version(),
        schema_version: stored.schema_version(),
        metadata: Arc::new(stored.entry().metadata.clone()),
        ..empty
    };
    let state = Stored::new(stored.id().0, RowIds::default(), &definition);
    Ok(Snapshot { stored: Some(Arc::new(state)), ..definition })
}

/// The rows of a stored dataset: where they are, and those of the catalog.
///
/// # Errors
/// A catalog that is damaged; a memory limit that does not allow its rows.
pub(crate) fn rows(
    stored: &DatasetSnapshot,
    definition: &Snapshot,
    cache: &Arc<ColumnCache>,
) -> Result<Snapshot> {
    let mut ids = RowIds::default();
    let mut groups = Vec::new();
    for part in stored.parts().map_err(error)? {
        part.live_ids().map_err(error)?.into_iter().for_each(|range| ids.push(range));
        groups.extend(part.row_groups().map_err(error)?);
    }
    let state = Stored::new(stored.id().0, ids, definition);
    definition.with_row_groups(groups, state, cache)
}
