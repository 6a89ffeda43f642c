//! Expiry of old versions.

use rusqlite::{Connection, params};

use super::super::catalog::{VersionEntry, head, inline_table, versions};
use super::super::error::Result;
use super::super::ids::DatasetId;
use super::super::inner::locked;
use super::super::store::Store;

/// Which versions of a dataset are kept. The current one always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The last versions, this many.
    Last(u64),
    /// Those that were current at this time or later, in microseconds since 1970-01-01 UTC.
    Since(i64),
}

/// Forgets versions of a dataset, and removes the files of what only they need. Files of replaced and dropped
/// objects go, too.
pub(in crate::database) fn expire(store: &Store, dataset: DatasetId, keep: Keep) -> Result<u64> {
    let inner = &store.0;
    let committer = inner.committer()?;
    let _alone = locked(&inner.expiry);
    // First: a snapshot that is held from now on is no earlier one.
    let last = inner.head()?;
    let limit = inner.oldest_pinned().unwrap_or(last).min(last);
    let (expired, files, segments) = committer.maintain(|connection| {
        let all = versions(connection, dataset, i64::MAX as u64)?;
        let Some(first) = first_kept(&all, keep) else { return Ok((0, Vec::new(), Vec::new())) };
        let until = all.get(first + 1).map_or(i64::MAX as u64, |next| next.snapshot - 1);
        let oldest = last_end(connection, dataset, all[first].snapshot, until)?.min(limit);
        let before = head(connection, dataset)?.map_or(0, |head| head.oldest);
        let segments = if oldest > before { forget(connection, dataset, oldest)? } else { Vec::new() };
        forget_objects(connection, limit)?;
        let expired = connection
            .prepare_cached(
                "DELETE FROM linal_dataset_version AS v WHERE dataset_id = ?1 AND EXISTS (SELECT 1 \
                 FROM linal_dataset_version n WHERE n.dataset_id = ?1 AND n.version > v.version \
                 AND n.snapshot_id <= ?2)",
            )?
            .execute(params![dataset, oldest.max(before)])?;
        Ok((expired as u64, unused_files(connection)?, segments))
    })?;
    for segment in segments {
        inner.forget(segment);
    }
    inner.held.remove(files)?;
    Ok(expired)
}

/// The place of the first version that is kept.
fn first_kept(versions: &[VersionEntry], keep: Keep) -> Option<usize> {
    let last = versions.len().checked_sub(1)?;
    Some(match keep {
        Keep::Last(count) => versions.len().saturating_sub(count.max(1) as usize),
        // A version was current until the next one came.
        Keep::Since(time_us) => {
            versions.iter().skip(1).position(|next| next.time_us > time_us).unwrap_or(last)
        }
    })
}

/// The last snapshot from `start` to `until` in which a segment or an inline row ended; `start` when there is
/// none. Compaction has ended them, and the version is read as compaction left it.
fn last_end(connection: &Connection, dataset: DatasetId, start: u64, until: u64) -> Result<u64> {
    let mut tables = vec!["linal_segment".to_string()];
    tables.extend(tables_of(connection, dataset)?);
    let mut last = start;
    for table in tables {
        let condition = if table == "linal_segment" { "dataset_id = ?3 AND" } else { "?3 IS NOT NULL AND" };
        let sql =
            format!("SELECT max(end_snapshot) FROM {table} WHERE {condition} end_snapshot BETWEEN ?1 AND ?2");
        let found: Option<u64> =
            connection.prepare_cached(&sql)?.query_row(params![start, until, dataset], |row| row.get(0))?;
        last = last.max(found.unwrap_or(0));
    }
    Ok(last)
}

/// The tables of inline rows of a dataset.
fn tables_of(connection: &Connection, dataset: DatasetId) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT schema_version FROM linal_dataset_schema WHERE dataset_id = ?1 AND has_inline = 1",
    )?;
    let versions = statement.query_map([dataset], |row| row.get::<_, u64>(0))?;
    versions.map(|version| Ok(inline_table(dataset, version?))).collect()
}

/// Removes what ended up to a snapshot; returns the segments.
fn forget(connection: &Connection, dataset: DatasetId, oldest: u64) -> Result<Vec<u64>> {
    connection
        .prepare_cached("UPDATE linal_dataset_head SET oldest_snapshot = ?2 WHERE dataset_id = ?1")?
        .execute(params![dataset, oldest])?;
    for table in tables_of(connection, dataset)? {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE end_snapshot <= ?1"))?
            .execute([oldest])?;
    }
    let segments: Vec<u64> = connection
        .prepare_cached("SELECT segment_id FROM linal_segment WHERE dataset_id = ?1 AND end_snapshot <= ?2")?
        .query_map(params![dataset, oldest], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for segment in &segments {
        for table in ["linal_inline_delete", "linal_segment_column", "linal_segment"] {
            connection
                .prepare_cached(&format!("DELETE FROM {table} WHERE segment_id = ?1"))?
                .execute([segment])?;
        }
    }
    Ok(segments)
}

/// Removes objects that ended up to a snapshot: no statement reads them any more.
fn forget_objects(connection: &Connection, oldest: u64) -> Result<()> {
    connection.prepare_cached("DELETE FROM linal_object WHERE end_snapshot <= ?1")?.execute([oldest])?;
    Ok(())
}

/// Removes files that nothing names from the catalog; returns their paths.
fn unused_files(connection: &Connection) -> Result<Vec<String>> {
    let unused: Vec<(u64, String)> = connection
        .prepare_cached(
            "SELECT file_id, path FROM linal_file f \
             WHERE file_id NOT IN (SELECT file_id FROM linal_segment \
             UNION SELECT vectors_file_id FROM linal_segment WHERE vectors_file_id IS NOT NULL \
             UNION SELECT file_id FROM linal_delete_file \
             UNION SELECT file_id FROM linal_object WHERE file_id IS NOT NULL) \
             AND kind IN ('segment', 'vectors', 'deletes', 'tensor')",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, _) in &unused {
        connection.prepare_cached("DELETE FROM linal_file WHERE file_id = ?1")?.execute([id])?;
    }
    Ok(unused.into_iter().map(|(_, path)| path).collect())
}
