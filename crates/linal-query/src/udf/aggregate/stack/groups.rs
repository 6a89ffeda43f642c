//! Stacks of all groups at once.

use std::iter::repeat_n;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::keys::Keys;
use super::rows::{Rows, ranges};

/// Cells in order of arrival, and the group of each. A cell is copied once when it arrives and once when its
/// group is emitted, and groups have no allocation of their own, however many there are.
#[derive(Debug)]
pub(super) struct GroupStack {
    rows: Rows,
    group_of: Vec<u32>,
    /// The number of groups, including those without cells.
    groups: usize,
}

impl GroupStack {
    pub fn new(rows: Rows) -> GroupStack {
        GroupStack { rows, group_of: Vec::new(), groups: 0 }
    }

    /// Emits the first groups: `take` receives the positions of their cells.
    fn emit<R>(&mut self, emit_to: EmitTo, take: impl FnOnce(&Rows, Places) -> DfResult<R>) -> DfResult<R> {
        let count = match emit_to {
            EmitTo::All => self.groups,
            EmitTo::First(count) => count.min(self.groups),
        };
        let emitted = take(&self.rows, Places::of(&self.group_of, count))?;
        self.drop_first(count)?;
        Ok(emitted)
    }

    /// Drops the first groups, and their memory.
    fn drop_first(&mut self, count: usize) -> DfResult<()> {
        if count == self.groups {
            drop(self.rows.take());
            (self.group_of, self.groups) = (Vec::new(), 0);
            return Ok(());
        }
        let stays = |group: u32| group as usize >= count;
        let kept: Vec<u32> =
            (0..).zip(&self.group_of).filter(|(_, group)| stays(**group)).map(|(at, _)| at).collect();
        self.rows = self.rows.kept(&kept)?;
        self.group_of = kept.iter().map(|&at| self.group_of[at as usize] - count as u32).collect();
        self.groups -= count;
        Ok(())
    }

    fn grow(&mut self, groups: usize) -> DfResult<()> {
        if u32::try_from(groups).is_err() {
            return internal_err!("more groups than a STACK can count");
        }
        self.groups = self.groups.max(groups);
        Ok(())
    }
}

/// The positions of the cells of some groups.
struct Places {
    /// The indices of the cells, group by group.
    order: Vec<u32>,
    /// The start of each group in `order`, and the end of the last one.
    offsets: Vec<i32>,
}

impl Places {
    /// A counting sort of the first groups' cells, stable within a group.
    fn of(group_of: &[u32], groups: usize) -> Places {
        let ours = || (0..).zip(group_of).filter(|(_, group)| (**group as usize) < groups);
        let mut offsets = vec![0; groups + 1];
        for (_, &group) in ours() {
            offsets[group as usize + 1] += 1;
        }
        for at in 0..groups {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut order = vec![0; offsets[groups] as usize];
        for (at, &group) in ours() {
            let place: &mut i32 = &mut next[group as usize];
            order[*place as usize] = at;
            *place += 1;
        }
        Places { order, offsets }
    }

    /// Sorts the cells of each group by their keys; the sort is stable.
    fn sort(&mut self, keys: &Keys) {
        for group in self.offsets.windows(2) {
            self.order[group[0] as usize..group[1] as usize].sort_by_key(|&at| keys.get(at as usize));
        }
    }
}

impl GroupsAccumulator for GroupStack {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> DfResult<()> {
        self.grow(total)?;
        let [cells, ..] = values else { return internal_err!("a STACK of nothing") };
        let taken = ranges(cells, filter);
        let source = self.rows.arguments(values)?;
        self.rows.extend(&source, &taken)?;
        let rows = taken.into_iter().flatten();
        self.group_of.extend(rows.map(|row| group_indices[row] as u32));
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        self.emit(emit_to, |rows, mut places| {
            if let Some(keys) = rows.keys() {
                places.sort(keys);
            }
            Ok(Arc::new(rows.cells_at(&places.order).into_lists(places.offsets)?) as ArrayRef)
        })
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        self.emit(emit_to, |rows, places| rows.rows_at(&places.order)?.into_states(places.offsets))
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total: usize) -> DfResult<()> {
        self.grow(total)?;
        let (lists, source) = self.rows.states(values)?;
        let offsets = lists.value_offsets();
        let cells = |row: usize| offsets[row] as usize..offsets[row + 1] as usize;
        let filled = || (0..lists.len()).filter(|&row| lists.is_valid(row));
        let taken: Vec<Range<usize>> = filled().map(cells).collect();
        self.rows.extend(&source, &taken)?;
        self.group_of.extend(filled().flat_map(|row| repeat_n(group_indices[row] as u32, cells(row).len())));
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> DfResult<Vec<ArrayRef>> {
        self.rows.each_row(values, filter)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.rows.size() + self.group_of.capacity() * size_of::<u32>()
    }
}
