//! What the catalog has in a snapshot.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::column::Column;
use super::super::error::{Result, StoreError};
use super::super::ids::{DatabaseId, DatasetId};
use super::super::segment::{SegmentFiles, StoredStatistics};
use super::columns::{columns, decode_metadata};
use super::entries::{DatabaseEntry, DatasetEntry, ObjectEntry, VersionEntry};
use super::files::file_at;

/// The mutable row of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::database) struct Head {
    pub next_row_id: u64,
    pub next_column_id: u64,
    pub version: u64,
    pub schema_version: u64,
    pub rows: u64,
    pub changed: u64,
    pub altered: u64,
    pub oldest: u64,
}

/// The rows of a query.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The last snapshot, and its time.
pub(in crate::database) fn last_snapshot(connection: &Connection) -> Result<(u64, i64)> {
    let sql = "SELECT snapshot_id, time_us FROM linal_snapshot ORDER BY snapshot_id DESC LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The last snapshot at a time.
pub(in crate::database) fn snapshot_at(connection: &Connection, time_us: i64) -> Result<Option<u64>> {
    let sql = "SELECT max(snapshot_id) FROM linal_snapshot WHERE time_us <= ?1";
    Ok(connection.prepare_cached(sql)?.query_row([time_us], |row| row.get(0))?)
}

/// The databases of a snapshot, by number.
pub(in crate::database) fn databases(connection: &Connection, snapshot: u64) -> Result<Vec<DatabaseEntry>> {
    let sql = "SELECT database_id, name, metadata FROM linal_database WHERE begin_snapshot <= ?1 \
               AND (end_snapshot IS NULL OR end_snapshot > ?1) ORDER BY database_id";
    all(connection, sql, [snapshot], |row| {
        let metadata: String = row.get(2)?;
        Ok(DatabaseEntry { id: row.get(0)?, name: row.get(1)?, metadata: decode_metadata(&metadata)? })
    })
}

/// The datasets of a snapshot, by number.
pub(in crate::database) fn datasets(connection: &Connection, snapshot: u64) -> Result<Vec<DatasetEntry>> {
    let sql = "SELECT dataset_id, database_id, name, metadata FROM linal_dataset WHERE begin_snapshot <= ?1 \
               AND (end_snapshot IS NULL OR end_snapshot > ?1) ORDER BY dataset_id";
    all(connection, sql, [snapshot], |row| {
        let metadata: String = row.get(3)?;
        Ok(DatasetEntry {
            id: row.get(0)?,
            database: row.get(1)?,
            name: row.get(2)?,
            metadata: decode_metadata(&metadata)?,
        })
    })
}

/// The objects of a snapshot, by number.
pub(in crate::database) fn objects(connection: &Connection, snapshot: u64) -> Result<Vec<ObjectEntry>> {
    let sql = "SELECT o.object_id, o.database_id, o.kind, o.name, o.dataset_id, o.definition, \
               f.file_id, f.path, f.bytes, f.sha256 FROM linal_object o LEFT JOIN linal_file f USING (file_id) \
               WHERE o.begin_snapshot <= ?1 AND (o.end_snapshot IS NULL OR o.end_snapshot > ?1) ORDER BY o.object_id";
    all(connection, sql, [snapshot], |row| {
        let definition: String = row.get(5)?;
        let damaged = |_| StoreError::damaged("the catalog has an object whose definition is no JSON");
        Ok(ObjectEntry {
            id: row.get(0)?,
            database: row.get(1)?,
            kind: row.get(2)?,
            name: row.get(3)?,
            dataset: row.get(4)?,
            definition: serde_json::from_str(&definition).map_err(damaged)?,
            file: file_at(row, 6)?,
        })
    })
}

/// The mutable row of a dataset.
pub(in crate::database) fn head(connection: &Connection, dataset: DatasetId) -> Result<Option<Head>> {
    let sql = "SELECT next_row_id, next_column_id, version, schema_version, rows, changed_snapshot, \
               altered_snapshot, oldest_snapshot FROM linal_dataset_head WHERE dataset_id = ?1";
    let head = connection.prepare_cached(sql)?.query_row([dataset], |row| {
        Ok(Head {
            next_row_id: row.get(0)?,
            next_column_id: row.get(1)?,
            version: row.get(2)?,
            schema_version: row.get(3)?,
            rows: row.get(4)?,
            changed: row.get(5)?,
            altered: row.get(6)?,
            oldest: row.get(7)?,
        })
    });
    Ok(head.optional()?)
}

/// The version of a dataset in a snapshot, its number of rows, and the snapshot that made it.
pub(in crate::database) fn version_in(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
) -> Result<Option<(u64, u64, u64)>> {
    let sql = "SELECT version, rows, snapshot_id FROM linal_dataset_version WHERE dataset_id = ?1 \
               AND snapshot_id <= ?2 ORDER BY version DESC LIMIT 1";
    let found = connection
        .prepare_cached(sql)?
        .query_row(params![dataset, snapshot], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    Ok(found.optional()?)
}

/// The versions of a dataset, in order.
pub(in crate::database) fn versions(
    connection: &Connection,
    dataset: DatasetId,
    up_to: u64,
) -> Result<Vec<VersionEntry>> {
    let oldest = head(connection, dataset)?.map_or(0, |head| head.oldest);
    let sql = "SELECT v.version, v.snapshot_id, s.time_us, v.rows, v.change, coalesce(v.statement, s.statement), \
               v.lineage FROM linal_dataset_version v JOIN linal_snapshot s USING (snapshot_id) \
               WHERE v.dataset_id = ?1 AND v.snapshot_id <= ?2 ORDER BY v.version";
    let mut versions = all(connection, sql, params![dataset, up_to], |row| {
        Ok(VersionEntry {
            version: row.get(0)?,
            snapshot: row.get(1)?,
            time_us: row.get(2)?,
            rows: row.get(3)?,
            change: row.get(4)?,
            statement: row.get(5)?,
            lineage: row.get(6)?,
            is_kept: true,
        })
    })?;
    // A version is kept when its last snapshot is: the one before that of the next version.
    let next: Vec<u64> = versions.iter().skip(1).map(|version| version.snapshot).collect();
    for (version, next) in versions.iter_mut().zip(next) {
        version.is_kept = next > oldest;
    }
    Ok(versions)
}

/// The number of the schema of a dataset in a snapshot.
pub(in crate::database) fn schema_version(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
) -> Result<Option<u64>> {
    let sql = "SELECT schema_version FROM linal_dataset_schema WHERE dataset_id = ?1 AND begin_snapshot <= ?2 \
               AND (end_snapshot IS NULL OR end_snapshot > ?2)";
    Ok(connection.prepare_cached(sql)?.query_row(params![dataset, snapshot], |row| row.get(0)).optional()?)
}

/// The schemas of a dataset with a table of inline rows up to a snapshot: the number, and the columns.
pub(in crate::database) fn inline_schemas(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
) -> Result<Vec<(u64, Vec<Column>)>> {
    let sql = "SELECT schema_version, begin_snapshot FROM linal_dataset_schema WHERE dataset_id = ?1 \
               AND begin_snapshot <= ?2 AND has_inline = 1 ORDER BY schema_version";
    let schemas: Vec<(u64, u64)> =
        all(connection, sql, params![dataset, snapshot], |row| Ok((row.get(0)?, row.get(1)?)))?;
    schemas.into_iter().map(|(version, begin)| Ok((version, columns(connection, dataset, begin)?))).collect()
}

/// The segments of a dataset in a snapshot, in the order of their row ids.
pub(in crate::database) fn segments(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
) -> Result<Vec<SegmentFiles>> {
    let sql = "SELECT s.segment_id, s.rows, s.row_id_start, s.row_id_end, s.has_row_ids, s.schema_version, \
               f.file_id, f.path, f.bytes, f.sha256, v.file_id, v.path, v.bytes, v.sha256 \
               FROM linal_segment s JOIN linal_file f ON f.file_id = s.file_id \
               LEFT JOIN linal_file v ON v.file_id = s.vectors_file_id \
               WHERE s.dataset_id = ?1 AND s.begin_snapshot <= ?2 \
               AND (s.end_snapshot IS NULL OR s.end_snapshot > ?2) ORDER BY s.row_id_start";
    let segments = all(connection, sql, params![dataset, snapshot], |row| {
        let file =
            file_at(row, 6)?.ok_or_else(|| StoreError::damaged("a segment of the catalog has no file"))?;
        Ok(SegmentFiles {
            id: row.get(0)?,
            rows: row.get(1)?,
            row_ids: (row.get(2)?, row.get(3)?),
            stores_row_ids: row.get(4)?,
            schema_version: row.get(5)?,
            file,
            vectors: file_at(row, 10)?,
        })
    })?;
    let fits = |segment: &SegmentFiles| {
        let ids = segment.row_ids.1.checked_sub(segment.row_ids.0);
        ids.is_some_and(|ids| if segment.stores_row_ids { ids >= segment.rows } else { ids == segment.rows })
    };
    if !segments.iter().all(fits) {
        return Err(StoreError::damaged(
            "the catalog has a segment with another number of rows than of row ids",
        ));
    }
    if segments.windows(2).any(|pair| pair[0].row_ids.1 > pair[1].row_ids.0) {
        return Err(StoreError::damaged("the catalog has two segments with one row id"));
    }
    Ok(segments)
}

/// The places of the deleted rows in the segments of a dataset, in order.
pub(in crate::database) fn deletions(
    connection: &Connection,
    dataset: DatasetId,
    snapshot: u64,
) -> Result<HashMap<u64, Vec<u64>>> {
    let sql =
        "SELECT segment_id, position FROM linal_inline_delete WHERE dataset_id = ?1 AND begin_snapshot <= ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![dataset, snapshot])?;
    let mut deletions: HashMap<u64, Vec<u64>> = HashMap::new();
    while let Some(row) = rows.next()? {
        deletions.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    deletions.values_mut().for_each(|positions| positions.sort_unstable());
    Ok(deletions)
}

/// The statistics of the columns of a segment.
pub(in crate::database) fn statistics(
    connection: &Connection,
    segment: u64,
) -> Result<HashMap<u64, StoredStatistics>> {
    let sql = "SELECT column_id, bytes, value_count, null_count, min_value, max_value, contains_nan \
               FROM linal_segment_column WHERE segment_id = ?1";
    let found = all(connection, sql, [segment], |row| {
        Ok(StoredStatistics {
            column: row.get(0)?,
            bytes: row.get(1)?,
            values: row.get(2)?,
            nulls: row.get(3)?,
            min: row.get(4)?,
            max: row.get(5)?,
            contains_nan: row.get(6)?,
        })
    })?;
    Ok(found.into_iter().map(|statistics| (statistics.column, statistics)).collect())
}

/// The datasets whose last name was `name` and that are dropped, the last one first: the number, and the
/// snapshot before the drop.
pub(in crate::database) fn dropped(
    connection: &Connection,
    database: DatabaseId,
    name: &str,
    snapshot: u64,
) -> Result<Vec<(DatasetId, u64)>> {
    let sql = "SELECT d.dataset_id, max(d.end_snapshot) - 1 FROM linal_dataset d WHERE d.database_id = ?1 \
               AND d.name = ?2 COLLATE NOCASE AND d.end_snapshot <= ?3 AND NOT EXISTS (SELECT 1 FROM linal_dataset e \
               WHERE e.dataset_id = d.dataset_id AND e.begin_snapshot <= ?3 \
               AND (e.end_snapshot IS NULL OR e.end_snapshot > ?3 OR e.end_snapshot > d.end_snapshot)) \
               GROUP BY d.dataset_id ORDER BY 2 DESC";
    all(connection, sql, params![database, name, snapshot], |row| Ok((row.get(0)?, row.get(1)?)))
}
