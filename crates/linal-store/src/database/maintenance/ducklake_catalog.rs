//! The catalog of an exported DuckLake.

use std::path::Path;

use arrow::datatypes::Field;
use chrono::Utc;
use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::super::column::{Column, LakeType, lake_children, lake_type};
use super::super::error::{Result, StoreError};
use super::super::ids::DatasetId;
use super::super::segment::{StoredStatistics, WrittenSegment};
use super::ducklake_bounds::{self, Bounds};

/// The tables.
const SCHEMA: &str = include_str!("ducklake.sql");

/// The snapshot that has the tables with their rows; snapshot 0 has the empty schema, as a new lake has it.
const SNAPSHOT: u64 = 1;

/// A table of the lake.
pub(super) struct LakeTable {
    pub name: String,
    /// The dataset, whose number names the folder: names of datasets have any characters.
    pub dataset: DatasetId,
    pub columns: Vec<Column>,
    /// The files, in the order of the rows.
    pub segments: Vec<WrittenSegment>,
}

impl LakeTable {
    fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }

    fn casts(&self) -> Vec<(&Column, String)> {
        let cast = |column: &Column| lake_type(&column.field).and_then(|lake| lake.cast);
        self.columns.iter().filter_map(|column| Some((column, cast(column)?))).collect()
    }

    /// The name under which the dataset is seen, and that of the table. They differ where a view casts
    /// (`lake.sql`).
    fn names(&self) -> (String, String) {
        let plain = if self.name.to_lowercase().trim_end_matches('_').ends_with("__storage") {
            format!("{}_", self.name)
        } else {
            self.name.clone()
        };
        let stored = if self.casts().is_empty() { plain.clone() } else { format!("{}__storage", self.name) };
        (plain, stored)
    }
}

/// Writes the catalog of a lake whose data will be in a folder.
pub(super) fn write(path: &Path, data: &Path, tables: &[LakeTable]) -> Result<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(SCHEMA)?;
    let lake = Lake { connection: &transaction, seed: seed(data) };
    lake.insert_metadata(data)?;
    let mut view_id = tables.len() as u64 + 1;
    let mut file_id = 0;
    for (at, table) in tables.iter().enumerate() {
        let table_id = at as u64 + 1;
        lake.insert_table(table_id, table)?;
        lake.insert_files(table_id, table, &mut file_id)?;
        if !table.casts().is_empty() {
            lake.insert_view(view_id, table)?;
            view_id += 1;
        }
    }
    lake.insert_snapshots(tables, view_id, file_id)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| StoreError::from(error))
}

/// What the UUIDs of a lake are made of.
fn seed(data: &Path) -> String {
    format!("{} {} {}", data.display(), std::process::id(), Utc::now().timestamp_nanos_opt().unwrap_or(0))
}

struct Lake<'c> {
    connection: &'c Connection,
    seed: String,
}

impl Lake<'_> {
    /// A UUID of version 4 for a thing of this lake.
    fn uuid(&self, thing: &str) -> String {
        let hash = Sha256::digest(format!("{} {thing}", self.seed));
        let mut hex: Vec<char> =
            hash.iter().take(16).flat_map(|byte| format!("{byte:02x}").chars().collect::<Vec<_>>()).collect();
        hex[12] = '4';
        hex[16] = '8';
        let part = |range: std::ops::Range<usize>| hex[range].iter().collect::<String>();
        format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
    }

    fn insert_metadata(&self, data: &Path) -> Result<()> {
        let entries = [
            ("version", "1.0".to_string()),
            ("created_by", format!("linal {}", env!("CARGO_PKG_VERSION"))),
            ("data_path", format!("{}/", data.display())),
            ("encrypted", "false".to_string()),
        ];
        for (key, value) in entries {
            let sql = "INSERT INTO ducklake_metadata (\"key\", \"value\") VALUES (?1, ?2)";
            self.connection.execute(sql, params![key, value])?;
        }
        self.connection.execute(
            "INSERT INTO ducklake_schema VALUES (0, ?1, 0, NULL, 'main', 'main/', 1)",
            [self.uuid("schema main")],
        )?;
        Ok(())
    }

    fn insert_snapshots(&self, tables: &[LakeTable], next_catalog: u64, next_file: u64) -> Result<()> {
        let now = Utc::now();
        let text = |micros: i64| {
            let time = now + chrono::TimeDelta::microseconds(micros);
            time.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string()
        };
        let mut changes = Vec::new();
        for (at, table) in tables.iter().enumerate() {
            let (plain, stored) = table.names();
            changes.push(format!("created_table:\"main\".{}", quoted(&stored)));
            if plain != stored && !table.casts().is_empty() {
                changes.push(format!("created_view:\"main\".{}", quoted(&plain)));
            }
            if table.rows() > 0 {
                changes.push(format!("inserted_into_table:{}", at + 1));
            }
        }
        let snapshots = "INSERT INTO ducklake_snapshot VALUES (?1, ?2, ?1, ?3, ?4)";
        self.connection.execute(snapshots, params![0, text(0), 1, 0])?;
        self.connection.execute(snapshots, params![SNAPSHOT, text(1), next_catalog, next_file])?;
        let sql = "INSERT INTO ducklake_snapshot_changes (snapshot_id, changes_made) VALUES (?1, ?2)";
        self.connection.execute(sql, params![0, "created_schema:\"main\""])?;
        self.connection.execute(sql, params![SNAPSHOT, changes.join(",")])?;
        Ok(())
    }

    fn insert_table(&self, id: u64, table: &LakeTable) -> Result<()> {
        let (_, name) = table.names();
        self.connection.execute(
            "INSERT INTO ducklake_table VALUES (?1, ?2, ?3, NULL, 0, ?4, ?5, 1)",
            params![id, self.uuid(&format!("table {id}")), SNAPSHOT, name, format!("{}/", table.dataset)],
        )?;
        self.connection
            .execute("INSERT INTO ducklake_schema_versions VALUES (?1, ?1, ?2)", params![SNAPSHOT, id])?;
        for (position, column) in table.columns.iter().enumerate() {
            let mut next = column.id;
            let place = Place { table: id, parent: None, position };
            self.insert_column(&place, column.name(), &column.field, &mut next)?;
        }
        Ok(())
    }

    /// A column with its nested ones, whose numbers follow its own.
    fn insert_column(&self, place: &Place, name: &str, field: &Field, next: &mut u64) -> Result<()> {
        let id = *next;
        *next += 1;
        let Some(LakeType { name: kind, .. }) = lake_type(field) else {
            return Err(StoreError::internal("a column of a lake has no type there"));
        };
        let children = lake_children(field.data_type());
        let default = if children.is_empty() { "literal" } else { "" };
        self.connection.execute(
            "INSERT INTO ducklake_column VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6, NULL, 'NULL', ?7, ?8, ?9, 'duckdb')",
            params![
                id,
                SNAPSHOT,
                place.table,
                place.position,
                name,
                kind,
                field.is_nullable(),
                place.parent,
                default
            ],
        )?;
        for (position, (name, child)) in children.into_iter().enumerate() {
            let place = Place { table: place.table, parent: Some(id), position };
            self.insert_column(&place, &name, &child, next)?;
        }
        Ok(())
    }

    /// The view that casts the columns of a table to their own types.
    fn insert_view(&self, id: u64, table: &LakeTable) -> Result<()> {
        let casts = table.casts().into_iter().map(|(column, cast)| {
            let name = quoted(column.name());
            format!("{} AS {name}", cast.replace("{}", &name))
        });
        let (name, stored) = table.names();
        let sql = format!(
            "SELECT * REPLACE ({}) FROM {{DUCKLAKE_CATALOG}}.\"main\".{}",
            casts.collect::<Vec<_>>().join(", "),
            quoted(&stored)
        );
        self.connection.execute(
            "INSERT INTO ducklake_view VALUES (?1, ?2, ?3, NULL, 0, ?4, 'duckdb', ?5, '')",
            params![id, self.uuid(&format!("view {id}")), SNAPSHOT, name, sql],
        )?;
        Ok(())
    }

    fn insert_files(&self, id: u64, table: &LakeTable, next_file: &mut u64) -> Result<()> {
        let mut row_id = 0;
        for segment in &table.segments {
            let file = *next_file;
            *next_file += 1;
            let name = segment.file.path.rsplit('/').next().unwrap_or_default();
            self.connection.execute(
                "INSERT INTO ducklake_data_file VALUES (?1, ?2, ?3, NULL, NULL, ?4, 1, 'parquet', ?5, ?6, ?7, ?8, \
                 NULL, NULL, NULL, NULL)",
                params![
                    file,
                    id,
                    SNAPSHOT,
                    name,
                    segment.rows,
                    segment.file.bytes,
                    segment.file.parquet_footer(),
                    row_id
                ],
            )?;
            row_id += segment.rows;
            let is_flat = |column: &&Column| lake_children(column.field.data_type()).is_empty();
            for column in table.columns.iter().filter(is_flat) {
                let of_it = segment.statistics.iter().find(|statistics| statistics.column == column.id);
                of_it.map_or(Ok(()), |statistics| self.insert_file_statistics(id, file, statistics))?;
            }
        }
        let bytes: u64 = table.segments.iter().map(|segment| segment.file.bytes).sum();
        self.connection.execute(
            "INSERT INTO ducklake_table_stats VALUES (?1, ?2, ?2, ?3)",
            params![id, row_id, bytes],
        )?;
        self.insert_table_statistics(id, table)
    }

    fn insert_file_statistics(&self, table: u64, file: u64, statistics: &StoredStatistics) -> Result<()> {
        self.connection.execute(
            "INSERT INTO ducklake_file_column_stats VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)",
            params![
                file,
                table,
                statistics.column,
                statistics.bytes,
                statistics.values,
                statistics.nulls,
                statistics.min,
                statistics.max,
                statistics.contains_nan
            ],
        )?;
        Ok(())
    }

    /// The statistics of the columns of a whole table, and of the leaves of nested ones.
    fn insert_table_statistics(&self, id: u64, table: &LakeTable) -> Result<()> {
        for column in &table.columns {
            let of_all = table.segments.iter().flat_map(|segment| &segment.statistics);
            let files: Vec<_> = of_all.filter(|statistics| statistics.column == column.id).collect();
            if lake_children(column.field.data_type()).is_empty() {
                self.insert_bounds(id, column.id, ducklake_bounds::of_column(&column.field, &files)?)?;
            } else if table.rows() > 0 {
                self.insert_leaves(id, &column.field, &mut (column.id + 1))?;
            }
        }
        Ok(())
    }

    fn insert_leaves(&self, table: u64, field: &Field, next: &mut u64) -> Result<()> {
        for (_, child) in lake_children(field.data_type()) {
            let id = *next;
            *next += 1;
            if lake_children(child.data_type()).is_empty() {
                self.insert_bounds(table, id, ducklake_bounds::of_type(&child))?;
            }
            self.insert_leaves(table, &child, next)?;
        }
        Ok(())
    }

    /// NULLs and NaN are not ruled out.
    fn insert_bounds(&self, table: u64, column: u64, bounds: Bounds) -> Result<()> {
        self.connection.execute(
            "INSERT INTO ducklake_table_column_stats VALUES (?1, ?2, 1, NULL, ?3, ?4, NULL)",
            params![table, column, bounds.0, bounds.1],
        )?;
        Ok(())
    }
}

/// Where a column belongs.
struct Place {
    table: u64,
    parent: Option<u64>,
    position: usize,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
