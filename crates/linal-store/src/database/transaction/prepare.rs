//! From the changes of a transaction to the plan of its commit: which rows go to the catalog, and which parts
//! are written anew.

use super::super::error::{Result, StoreError};
use super::super::segment::SegmentWriter;
use super::super::snapshot::{DatasetSnapshot, Part, Snapshot};
use super::appended::INLINE_ROWS;
use super::commit::discard;
use super::edit::Edit;
use super::plan::{DatasetPlan, Life, Naming, Rewrite};
use super::rewrite::rewrite_parts;

/// One in this many rows of a segment: more deletions than that, and than [`INLINE_ROWS`], write it anew.
const REWRITE_SHARE: u64 = 10;

/// Makes writers of segments for an edit.
pub(super) type MakeWriter<'w> = &'w dyn Fn(&Edit) -> Result<SegmentWriter>;

/// The plan of an edit. `current` is a snapshot whose rows of the dataset are those of the edit's base.
pub(super) fn prepare(edit: &mut Edit, current: &Snapshot, writer: MakeWriter<'_>) -> Result<DatasetPlan> {
    let (segments, rows) = edit.appended.finish()?;
    let mut plan = DatasetPlan {
        id: edit.id,
        label: edit.name.clone(),
        life: edit.life,
        naming: None,
        columns: if edit.has_new_columns() { Some(edit.catalog_columns()?) } else { None },
        next_column_id: edit.next_column_id,
        restore: edit.restored.as_ref().map(DatasetSnapshot::snapshot_number),
        truncate: edit.truncated,
        rewrites: Vec::new(),
        deletes: Vec::new(),
        updates: None,
        segments,
        rows,
        late_deletes: edit.appended.late_deletes.clone(),
        late_updates: edit.appended.late_updates.clone(),
        change: Some(edit.change_word()),
        lineage: edit.lineage.clone(),
        is_append: edit.is_append(),
    };
    if edit.life == Life::Dropped {
        (plan.columns, plan.restore, plan.segments, plan.rows) = (None, None, Vec::new(), None);
        return Ok(plan);
    }
    if edit.has_new_name() {
        let (name, metadata) = (edit.name.clone(), edit.metadata.clone());
        plan.naming = Some(Naming { database: edit.database, name, metadata });
    }
    let has_changes =
        (edit.writes_anew || !edit.overlay.is_empty()) && edit.life == Life::Kept && !edit.truncated;
    if has_changes && edit.base.is_some() {
        let dataset = current.dataset(edit.id)?;
        plan_changes(edit, &dataset, &mut plan, writer).inspect_err(|_| {
            plan.rewrites.iter().for_each(|rewrite| discard(current.inner(), &rewrite.segments));
        })?;
    }
    Ok(plan)
}

/// Distributes deletions and changes of committed rows.
fn plan_changes(
    edit: &Edit,
    current: &DatasetSnapshot,
    plan: &mut DatasetPlan,
    writer: MakeWriter<'_>,
) -> Result<()> {
    if edit.base.as_ref().is_some_and(|base| base.version() != current.version()) {
        return Err(StoreError::conflict(&edit.name));
    }
    let inline_updates = edit.allows_inline() && edit.overlay.is_small(&edit.columns)?;
    let (mut ids, mut batches) = (Vec::new(), Vec::new());
    let mut covered = 0;
    for part in current.parts()? {
        let range = part.row_ids();
        let (deleted, updated) = edit.overlay.count_in(range.start, range.end);
        covered += deleted + updated;
        if edit.writes_anew || updated > 0 && !inline_updates || is_worn(&part, deleted) {
            let rewritten = rewrite(edit, current, &part, writer)?;
            let left: u64 = rewritten.segments.iter().map(|segment| segment.rows).sum();
            plan.rewrites.push(rewritten);
            if left + deleted as u64 != part.rows() {
                return Err(no_row(edit));
            }
            continue;
        }
        if deleted + updated == 0 {
            continue;
        }
        plan.deletes.extend(edit.overlay.deleted().range(range.clone()));
        let (part_ids, rows) = edit.overlay.updated_in(&edit.columns, range.start, range.end)?;
        ids.extend(part_ids);
        batches.push(rows);
    }
    if covered != edit.overlay.count() {
        return Err(no_row(edit));
    }
    if let Some(first) = batches.first().filter(|_| !ids.is_empty()) {
        let schema = first.schema();
        plan.updates = Some((ids, arrow::compute::concat_batches(&schema, &batches)?));
    }
    Ok(())
}

fn no_row(edit: &Edit) -> StoreError {
    StoreError::internal(format!("a change of `{}` has the id of a row that does not exist", edit.name))
}

/// Whether so many rows of a part are deleted that it is written anew. Nothing is left of one whose rows are
/// all deleted.
fn is_worn(part: &Part, deleted: usize) -> bool {
    let deleted = deleted as u64;
    deleted > 0 && (deleted == part.rows() || deleted > (INLINE_ROWS as u64).max(part.rows() / REWRITE_SHARE))
}

fn rewrite(edit: &Edit, current: &DatasetSnapshot, part: &Part, writer: MakeWriter<'_>) -> Result<Rewrite> {
    let parts = std::slice::from_ref(part);
    let mut writer = writer(edit)?;
    let rewritten = rewrite_parts(parts, current.columns(), &edit.columns, Some(&edit.overlay), &mut writer);
    if rewritten.is_err() {
        writer.discard();
    }
    rewritten
}
