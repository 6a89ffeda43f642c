//! Datasets: names, versions, and the order of their changes.

use linal_error::Code;
use rusqlite::{OptionalExtension, params};

use super::super::super::catalog::{Head, encode_metadata, head};
use super::super::super::error::{Result, StoreError};
use super::super::super::ids::DatasetId;
use super::super::committer::CommittedDataset;
use super::super::plan::{DatasetPlan, Life};
use super::super::tables::create_delete_view;
use super::{Context, Failure, restore, rewrites, rows, schema, segments};

/// The state of a dataset while a plan is applied.
pub(super) struct Progress {
    pub id: DatasetId,
    pub label: String,
    pub head: Head,
    /// The numbers of the schemas with a table of inline rows; loaded when they are needed.
    pub inline_schemas: Option<Vec<u64>>,
    /// The live segments; loaded when they are needed.
    pub segments: Option<Vec<super::super::super::segment::SegmentFiles>>,
}

impl Progress {
    /// The error of a catalog whose numbers of rows contradict each other.
    pub fn miscounted(&self) -> StoreError {
        StoreError::damaged(format!("the catalog has another number of rows for `{}`", self.label))
    }
}

/// A change since the base snapshot is a conflict; appends do not conflict with appends.
pub(super) fn check_conflict(context: &Context<'_>, plan: &DatasetPlan) -> Result<()> {
    let live: bool = context
        .connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM linal_dataset WHERE dataset_id = ?1 AND end_snapshot IS NULL)",
        )?
        .query_row([plan.id], |row| row.get(0))?;
    let head = head(context.connection, plan.id)?.filter(|_| live);
    let head = head.ok_or_else(|| StoreError::conflict(&plan.label))?;
    let changed = if plan.is_append { head.altered } else { head.changed };
    if changed > context.base { Err(StoreError::conflict(&plan.label)) } else { Ok(()) }
}

/// Ends the name of a dataset that gets another.
pub(super) fn free_name(context: &Context<'_>, plan: &DatasetPlan) -> Result<()> {
    if plan.naming.is_some() {
        context.end("linal_dataset", "dataset_id = ?2", &[&plan.id])?;
    }
    Ok(())
}

/// Ends a dataset. Its versions stay.
pub(super) fn drop_dataset(context: &Context<'_>, plan: &DatasetPlan) -> std::result::Result<(), Failure> {
    check_conflict(context, plan)?;
    let mut progress = load(context, plan)?;
    for table in ["linal_dataset", "linal_column", "linal_dataset_schema"] {
        context.end(table, "dataset_id = ?2", &[&plan.id])?;
    }
    rows::end_all(context, &mut progress)?;
    progress.head.rows = 0;
    finish(context, plan, &progress)?;
    Ok(())
}

fn load(context: &Context<'_>, plan: &DatasetPlan) -> Result<Progress> {
    let head = head(context.connection, plan.id)?.ok_or_else(|| StoreError::conflict(&plan.label))?;
    Ok(Progress { id: plan.id, label: plan.label.clone(), head, inline_schemas: None, segments: None })
}

/// Applies all changes of a dataset; `None` for work that makes no version.
pub(super) fn apply(
    context: &Context<'_>,
    plan: &DatasetPlan,
) -> std::result::Result<Option<CommittedDataset>, Failure> {
    if plan.life == Life::Created {
        create(context, plan.id)?;
    }
    let mut progress = load(context, plan)?;
    insert_name(context, plan)?;
    if plan.truncate || plan.restore.is_some() {
        rows::end_all(context, &mut progress)?;
        progress.head.rows = 0;
    }
    if let Some(columns) = &plan.columns {
        schema::set_columns(context, &mut progress, columns)?;
        progress.head.next_column_id = progress.head.next_column_id.max(plan.next_column_id);
    }
    if let Some(then) = plan.restore {
        restore::restore(context, &mut progress, then)?;
    }
    for rewrite in &plan.rewrites {
        rewrites::apply(context, &mut progress, rewrite)?;
    }
    rows::delete(context, &mut progress, &plan.deletes)?;
    if let Some((ids, values)) = &plan.updates {
        rows::update(context, &mut progress, ids, values)?;
    }
    let first_row_id = progress.head.next_row_id;
    for segment in &plan.segments {
        let start = progress.head.next_row_id;
        let ids = (start, start + segment.rows, false);
        segments::insert(context, &mut progress, segment, ids)?;
        progress.head.next_row_id += segment.rows;
        progress.head.rows += segment.rows;
    }
    if let Some(appended) = &plan.rows {
        let count = appended.num_rows() as u64;
        let ids: Vec<u64> = (progress.head.next_row_id..progress.head.next_row_id + count).collect();
        rows::insert(context, &mut progress, &ids, appended)?;
        progress.head.next_row_id += count;
        progress.head.rows += count;
    }
    late_changes(context, &mut progress, plan, first_row_id)?;
    if plan.change.is_none() {
        return Ok(None);
    }
    let version = finish(context, plan, &progress)?;
    let (rows, is_append) = (progress.head.rows, plan.is_append);
    Ok(Some(CommittedDataset { id: plan.id, version, rows, first_row_id, is_append }))
}

/// Changes of rows that the same transaction has appended to segments.
fn late_changes(
    context: &Context<'_>,
    progress: &mut Progress,
    plan: &DatasetPlan,
    first_row_id: u64,
) -> Result<()> {
    let mut deletes: Vec<u64> = plan.late_deletes.iter().map(|place| first_row_id + place).collect();
    deletes.sort_unstable();
    rows::delete(context, progress, &deletes)?;
    for (place, values) in &plan.late_updates {
        rows::update(context, progress, &[first_row_id + place], values)?;
    }
    Ok(())
}

fn create(context: &Context<'_>, id: DatasetId) -> Result<()> {
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_dataset_head (dataset_id, changed_snapshot, altered_snapshot) VALUES (?1, ?2, ?2)",
        )?
        .execute(params![id, context.snapshot])?;
    create_delete_view(context.connection, id)
}

fn insert_name(context: &Context<'_>, plan: &DatasetPlan) -> Result<()> {
    let Some(naming) = &plan.naming else { return Ok(()) };
    let taken: Option<u64> = context
        .connection
        .prepare_cached(
            "SELECT begin_snapshot FROM linal_dataset WHERE end_snapshot IS NULL AND database_id = ?1 \
             AND name = ?2 COLLATE NOCASE",
        )?
        .query_row(params![naming.database, naming.name], |row| row.get(0))
        .optional()?;
    if let Some(begin) = taken {
        if begin > context.base && begin < context.snapshot {
            return Err(StoreError::conflict(&naming.name));
        }
        let message = format!("there is a dataset `{}` already", naming.name);
        return Err(StoreError::new(Code::NameExists, message));
    }
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_dataset (dataset_id, begin_snapshot, database_id, name, metadata) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            plan.id,
            context.snapshot,
            naming.database,
            naming.name,
            encode_metadata(&naming.metadata)?
        ])?;
    Ok(())
}

/// The mutable row, and the version; returns its number.
fn finish(context: &Context<'_>, plan: &DatasetPlan, progress: &Progress) -> Result<u64> {
    let head = &progress.head;
    let version = head.version + 1;
    let altered = if plan.is_append { head.altered } else { context.snapshot };
    context
        .connection
        .prepare_cached(
            "UPDATE linal_dataset_head SET next_row_id = ?2, next_column_id = ?3, version = ?4, schema_version = ?5, \
             rows = ?6, changed_snapshot = ?7, altered_snapshot = ?8 WHERE dataset_id = ?1",
        )?
        .execute(params![
            plan.id,
            head.next_row_id,
            head.next_column_id,
            version,
            head.schema_version,
            head.rows,
            context.snapshot,
            altered
        ])?;
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_dataset_version (dataset_id, version, snapshot_id, rows, change, lineage) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![plan.id, version, context.snapshot, head.rows, plan.change, plan.lineage])?;
    Ok(version)
}
