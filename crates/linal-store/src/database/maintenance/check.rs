//! Verifies a directory.

use rusqlite::Connection;

use super::super::catalog::{self, DatasetEntry};
use super::super::error::Result;
use super::super::ids::DatasetId;
use super::super::segment::{SegmentFiles, map_vectors};
use super::super::snapshot::Snapshot;
use super::super::store::Store;
use super::orphans::own_files;
use super::packages::package_faults;

/// Verifies every file and the catalog; a sentence for each fault.
pub(in crate::database) fn check(store: &Store) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let snapshot = store.snapshot()?;
    let (files, segments) = store.0.readers.with(|connection| {
        match catalog_faults(connection) {
            Ok(found) => faults.extend(found),
            Err(error) => faults.push(error.to_string()),
        }
        let format = store.0.verification.format_version;
        Ok((catalog::files(connection, format)?, all_segments(connection)?))
    })?;
    for file in files {
        let id = file.as_ref().map_or(0, |file| file.id);
        if let Err(error) = file.and_then(|file| store.0.files.verify(&file))
            && is_named(store, id)
        {
            faults.push(format!("{error}"));
        }
    }
    for segment in &segments {
        faults.extend(segment_fault(store, segment).filter(|_| is_named(store, segment.file.id)));
    }
    for entry in snapshot.datasets()? {
        faults.extend(dataset_faults(&snapshot, entry));
    }
    faults.extend(store.0.readers.with(inline_faults)?);
    for object in snapshot.objects()?.iter().filter(|object| object.has_values()) {
        let id = object.file.as_ref().map_or(0, |file| file.id);
        let fault = snapshot.values(object).err().filter(|_| is_named(store, id));
        faults.extend(fault.map(|error| format!("the {} `{}`: {error}", object.kind, object.name)));
    }
    faults.extend(package_faults(store.0.files.layout.root()));
    if !store.is_read_only() {
        let left = store.0.readers.with(|connection| own_files(&store.0.files, connection))?.orphans;
        faults.extend(left.iter().map(|path| format!("no transaction names the file '{}'", path.display())));
    }
    faults.dedup();
    Ok(faults)
}

/// Whether the catalog still names a file: the process that writes the directory may have expired it meanwhile.
fn is_named(store: &Store, file: u64) -> bool {
    let named = store.0.readers.with(|connection| catalog::file(connection, file));
    file == 0 || named.map_or(true, |file| file.is_some())
}

/// What SQLite finds in its own file.
fn catalog_faults(connection: &Connection) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    faults.extend(lines.into_iter().filter(|line| line != "ok").map(|line| format!("the catalog: {line}")));
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let tables = statement.query_map([], |row| row.get::<_, String>(0))?;
    for table in tables {
        faults.push(format!("the catalog: a row of {} names another that does not exist", table?));
    }
    Ok(faults)
}

/// The segments of all snapshots.
fn all_segments(connection: &Connection) -> Result<Vec<SegmentFiles>> {
    let mut statement =
        connection.prepare("SELECT DISTINCT dataset_id, begin_snapshot FROM linal_segment ORDER BY 1, 2")?;
    let points: Vec<(u64, u64)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut found: Vec<SegmentFiles> = Vec::new();
    for (dataset, snapshot) in points {
        found.extend(catalog::segments(connection, DatasetId(dataset), snapshot)?);
    }
    found.sort_by_key(|segment| segment.id);
    found.dedup_by_key(|segment| segment.id);
    Ok(found)
}

/// Reads all inline rows of all datasets and versions, and compares their checksums.
fn inline_faults(connection: &Connection) -> Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT dataset_id FROM linal_dataset_head ORDER BY dataset_id")?;
    let datasets: Vec<u64> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut faults = Vec::new();
    for dataset in datasets.into_iter().map(DatasetId) {
        match catalog::inline_schemas(connection, dataset, i64::MAX as u64) {
            Ok(schemas) => faults.extend(schemas.iter().filter_map(|(version, columns)| {
                let read = catalog::verify_table(connection, dataset, *version, columns);
                read.err().map(|error| error.to_string())
            })),
            Err(error) => faults.push(format!("the columns of the dataset {dataset}: {error}")),
        }
    }
    Ok(faults)
}

/// Opens a segment whatever is kept in memory.
fn segment_fault(store: &Store, segment: &SegmentFiles) -> Option<String> {
    let files = &store.0.files;
    let open = super::super::segment::open_segment(files, segment, None);
    let read = open.and_then(|open| open.stored_ids().map(drop));
    let mapped = segment
        .vectors
        .as_ref()
        .map_or(Ok(()), |vectors| map_vectors(files, vectors, None, segment.rows).map(drop));
    read.and(mapped).err().map(|error| error.to_string())
}

/// Reads the definition and the inline rows of a dataset, and counts its rows.
fn dataset_faults(snapshot: &Snapshot, entry: &DatasetEntry) -> Vec<String> {
    let name = &entry.name;
    let dataset = match snapshot.dataset(entry.id) {
        Ok(dataset) => dataset,
        Err(error) => return vec![format!("the dataset `{name}`: {error}")],
    };
    let parts = match dataset.parts() {
        Ok(parts) => parts,
        Err(error) => return vec![format!("the dataset `{name}`: {error}")],
    };
    let mut faults = Vec::new();
    let counted: u64 = parts.iter().map(|part| part.rows()).sum();
    if counted != dataset.rows() {
        let noted = dataset.rows();
        faults.push(format!("the dataset `{name}` has {counted} rows, and the catalog says {noted}"));
    }
    let head = snapshot.inner().readers.with(|connection| catalog::head(connection, entry.id));
    let next = head.ok().flatten().map_or(0, |head| head.next_row_id);
    if parts.iter().any(|part| part.row_ids().end > next) {
        faults.push(format!("the dataset `{name}` has a row id that was not given"));
    }
    for part in parts {
        let rows = part.files().map_or(0, |segment| segment.rows);
        if part.path().is_some() && part.deleted() > rows {
            faults.push(format!("the dataset `{name}` has more deleted rows than rows in a segment"));
        }
    }
    faults
}
