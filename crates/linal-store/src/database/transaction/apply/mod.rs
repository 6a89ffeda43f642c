//! Applies a plan to the catalog, within a savepoint.

mod databases;
mod datasets;
mod objects;
mod restore;
mod rewrites;
mod rows;
mod schema;
mod segments;

use linal_tensor::Control;
use rusqlite::{Connection, params};

use super::super::error::{Result, StoreError};
use super::super::inner::Inner;
use super::super::jobs::mark;
use super::super::segment::poll;
use super::committer::CommittedDataset;
use super::plan::{Life, Plan};

/// The datasets that were changed.
pub(super) struct Applied(pub Vec<CommittedDataset>);

/// Why a plan was not applied.
pub(super) enum Failure {
    Error(StoreError),
    /// Parts that were written anew have been written anew by others.
    Stale,
}

impl<E: Into<StoreError>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Error(error.into())
    }
}

/// What the steps of an application share.
pub(super) struct Context<'c> {
    pub inner: &'c Inner,
    pub connection: &'c Connection,
    /// The snapshot of the commit.
    pub snapshot: u64,
    /// The snapshot that the plan is based on.
    pub base: u64,
    /// The statement that commits.
    pub control: Option<&'c Control>,
}

/// Applies a plan as a snapshot.
pub(super) fn apply(
    inner: &Inner,
    connection: &Connection,
    plan: &Plan,
    snapshot: u64,
    time_us: i64,
) -> std::result::Result<Applied, Failure> {
    let control = plan.control.as_deref();
    let context = Context { inner, connection, snapshot, base: plan.base, control };
    context.poll()?;
    insert_snapshot(&context, plan, time_us)?;
    for change in &plan.databases {
        databases::apply(&context, change)?;
    }
    let mut committed = Vec::with_capacity(plan.datasets.len());
    // Names become free before others take them.
    for dataset in plan.datasets.iter().filter(|dataset| dataset.life == Life::Dropped) {
        datasets::drop_dataset(&context, dataset)?;
    }
    for dataset in plan.datasets.iter().filter(|dataset| dataset.life == Life::Kept) {
        // Compaction changes nothing that others see, and finds out by itself whether it is out of date.
        if dataset.change.is_some() {
            datasets::check_conflict(&context, dataset)?;
        }
        datasets::free_name(&context, dataset)?;
    }
    for dataset in plan.datasets.iter().filter(|dataset| dataset.life != Life::Dropped) {
        committed.extend(datasets::apply(&context, dataset)?);
    }
    for change in &plan.objects {
        objects::apply(&context, change)?;
    }
    databases::check_left(&context, plan)?;
    if let Some(job) = plan.job {
        mark(connection, job)?;
    }
    // The last look: what is applied is committed with the plans of others.
    context.poll()?;
    Ok(Applied(committed))
}

/// The row of the snapshot. DuckDB keeps a catalog under its `catalog_version`.
fn insert_snapshot(context: &Context<'_>, plan: &Plan, time_us: i64) -> Result<()> {
    let changes_catalog = !plan.databases.is_empty()
        || plan.datasets.iter().any(|dataset| {
            dataset.life != Life::Kept
                || dataset.naming.is_some()
                || dataset.columns.is_some()
                || dataset.restore.is_some()
        });
    let version = if changes_catalog { Some(context.snapshot) } else { None };
    context
        .connection
        .prepare_cached(
            "INSERT INTO linal_snapshot (snapshot_id, time_us, catalog_version, statement) \
             VALUES (?1, ?2, coalesce(?3, (SELECT catalog_version FROM linal_snapshot WHERE snapshot_id = ?1 - 1)), ?4)",
        )?
        .execute(params![context.snapshot, time_us, version, plan.statement])?;
    Ok(())
}

impl Context<'_> {
    /// Fails when the statement that commits is to stop; what was applied is undone then.
    ///
    /// # Errors
    /// `E0502 timeout`, `E0503 cancelled`.
    pub fn poll(&self) -> Result<()> {
        poll(self.control)
    }

    /// Ends rows of a table with a first and an end snapshot: those of this commit are removed, others get
    /// the end. Returns their number.
    pub fn end(&self, table: &str, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Result<usize> {
        let mut all: Vec<&dyn rusqlite::ToSql> = vec![&self.snapshot];
        all.extend(values);
        let removed = self
            .connection
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE begin_snapshot = ?1 AND end_snapshot IS NULL AND {condition}"
            ))?
            .execute(all.as_slice())?;
        let ended = self
            .connection
            .prepare_cached(&format!(
                "UPDATE {table} SET end_snapshot = ?1 WHERE end_snapshot IS NULL AND {condition}"
            ))?
            .execute(all.as_slice())?;
        Ok(removed + ended)
    }
}
