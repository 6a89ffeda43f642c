//! What a durable store knows of a snapshot, and how the snapshot differs from it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::constraint::Constraint;
use super::definition::ColumnDef;
use super::row_ids::RowIds;
use super::snapshot::Snapshot;

/// The first id of rows that the store does not have yet; a commit gives them others.
pub const FIRST_NEW_ROW: u64 = 1 << 62;

/// The stored state of a dataset that a snapshot was made from, and the changes since.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The number of the dataset in the store.
    pub dataset: u64,
    /// The ids of the snapshot's rows. Those from [`FIRST_NEW_ROW`] on are new.
    pub row_ids: RowIds,
    /// The ids of the stored rows.
    base: Arc<RowIds>,
    /// The stored definition of the columns.
    columns: Arc<[ColumnDef]>,
    /// The stored constraints.
    constraints: Arc<[Constraint]>,
    /// The stored metadata.
    metadata: Arc<BTreeMap<String, String>>,
    /// The ids of stored rows with other values.
    changed: RowIds,
    /// Whether all stored rows have other values.
    are_all_changed: bool,
    /// The number of rows that were ever appended.
    appended: u64,
}

impl Stored {
    /// The stored state of a dataset whose rows have these ids. The store has the columns, the constraints and the
    /// metadata of `definition`.
    pub fn new(dataset: u64, row_ids: RowIds, definition: &Snapshot) -> Stored {
        Stored {
            dataset,
            base: Arc::new(row_ids.clone()),
            row_ids,
            columns: definition.columns.clone(),
            constraints: definition.constraints.clone(),
            metadata: definition.metadata.clone(),
            changed: RowIds::default(),
            are_all_changed: false,
            appended: 0,
        }
    }

    /// Whether a snapshot has other columns or constraints than the store, which keeps both together.
    pub fn has_other_columns(&self, snapshot: &Snapshot) -> bool {
        self.columns != snapshot.columns || self.constraints != snapshot.constraints
    }

    /// Whether a snapshot has other metadata than the store.
    pub fn has_other_metadata(&self, snapshot: &Snapshot) -> bool {
        self.metadata != snapshot.metadata
    }

    /// The ids of stored rows that are gone, ascending.
    pub fn deleted(&self) -> Vec<u64> {
        self.base.without(&self.row_ids)
    }

    /// The stored rows with other values among those with numbers from `rows.start` to before `rows.end`: their ids, and
    /// their numbers.
    pub fn changed_within(&self, rows: Range<usize>) -> (RowIds, RowIds) {
        let mut stored = RowIds::default();
        stored.push(0..FIRST_NEW_ROW);
        self.row_ids.common_within(if self.are_all_changed { &stored } else { &self.changed }, rows)
    }

    /// Whether more than one in ten stored rows is gone, and some are left.
    pub fn has_lost_many(&self) -> bool {
        let left = self.row_ids.len() - self.new_rows().len();
        left > 0 && (self.base.len() - left) * 10 > self.base.len()
    }

    /// Whether stored rows are there, and none of them is left.
    pub fn is_cleared(&self) -> bool {
        let first = self.row_ids.ranges().first();
        !self.base.is_empty() && first.is_none_or(|range| range.start >= FIRST_NEW_ROW)
    }

    /// Whether stored rows have other values.
    pub fn has_changed_rows(&self) -> bool {
        self.are_all_changed || !self.changed.is_empty()
    }

    /// The numbers of the rows that the store does not have.
    pub fn new_rows(&self) -> Range<usize> {
        let new = self.row_ids.ranges().iter().filter(|range| range.start >= FIRST_NEW_ROW);
        let new: usize = new.map(|range| (range.end - range.start) as usize).sum();
        let all = self.row_ids.len();
        all - new..all
    }

    /// The ids of the rows after a commit that gave the new ones the ids from `first` on.
    pub fn committed_ids(&self, first: u64) -> RowIds {
        let mut row_ids = RowIds::default();
        let stored = self.row_ids.ranges().iter().filter(|range| range.start < FIRST_NEW_ROW);
        stored.for_each(|range| row_ids.push(range.clone()));
        row_ids.push(first..first + self.new_rows().len() as u64);
        row_ids
    }

    fn append(&mut self, rows: usize) {
        let first = FIRST_NEW_ROW + self.appended;
        self.appended += rows as u64;
        self.row_ids.push(first..first + rows as u64);
    }

    fn change(&mut self, changed: impl Iterator<Item = Range<u64>>) {
        let mut ids = RowIds::default();
        changed.filter(|range| range.start < FIRST_NEW_ROW).for_each(|range| ids.push(range));
        self.changed.add(&ids);
    }
}

impl Snapshot {
    fn note(&mut self, change: impl FnOnce(&mut Stored)) {
        if let Some(stored) = &mut self.stored {
            change(Arc::make_mut(stored));
        }
    }

    /// Notes that the last rows are new.
    pub(super) fn note_appended(mut self, rows: usize) -> Snapshot {
        self.note(|stored| stored.append(rows));
        self
    }

    /// Notes that rows, by their numbers, have other values.
    pub(super) fn note_updated(mut self, rows: &[usize]) -> Snapshot {
        self.note(|stored| {
            let ids: Vec<u64> = stored.row_ids.of_rows(rows).collect();
            stored.change(ids.into_iter().map(|id| id..id + 1));
        });
        self
    }

    /// Notes that rows, by their numbers, have other values.
    pub(super) fn note_updated_ranges(mut self, rows: &RowIds) -> Snapshot {
        self.note(|stored| {
            let ids = stored.row_ids.of_row_ranges(rows);
            stored.change(ids.ranges().iter().cloned());
        });
        self
    }

    /// Notes that rows, by their numbers before, are gone.
    pub(super) fn note_deleted(mut self, rows: &[usize]) -> Snapshot {
        self.note(|stored| stored.row_ids.remove_rows(rows));
        self
    }

    /// Notes that all rows have other values.
    pub(super) fn note_all_updated(mut self) -> Snapshot {
        self.note(|stored| stored.are_all_changed = true);
        self
    }

    /// Notes that there are no rows any more.
    pub(super) fn note_cleared(mut self) -> Snapshot {
        self.note(|stored| stored.row_ids = RowIds::default());
        self
    }
}
