//! The index after a change of rows.

use std::sync::Arc;

use arrow::array::ArrayRef;

use super::{KeyIndex, KeyIndexes, duplicate};
use crate::constraint::Constraint;
use crate::error::Result;
use crate::row_changes::RowChanges;
use crate::snapshot::Snapshot;

impl KeyIndex {
    /// Adds rows behind all others. `first` is the number of the first one, for errors.
    pub(super) fn append(
        &mut self,
        values: &[ArrayRef],
        rows: usize,
        first: usize,
        constraint: &Constraint,
        table: &str,
    ) -> Result<()> {
        self.memory.reserve(self.map.len() + rows)?;
        for (at, key) in self.keys(values)?.into_iter().enumerate() {
            if let Some(key) = key
                && !self.map.insert(key, self.next + at as u64)
            {
                return Err(duplicate(first + at, constraint, table, values, at));
            }
        }
        self.serials.push(self.next..self.next + rows as u64);
        self.next += rows as u64;
        Ok(())
    }

    fn values(&self, snapshot: &Snapshot, rows: &[usize]) -> Result<Vec<ArrayRef>> {
        self.columns.iter().map(|column| snapshot.values_of_rows(*column, rows)).collect()
    }

    /// Removes the keys of rows.
    fn remove(&mut self, snapshot: &Snapshot, rows: &[usize]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let values = self.values(snapshot, rows)?;
        for key in self.keys(&values)?.into_iter().flatten() {
            self.map.remove(key);
        }
        Ok(())
    }

    /// The index of `after`, which a change has made of the snapshot `before` of this index.
    fn changed(
        &self,
        [before, after]: [&Snapshot; 2],
        changes: &RowChanges,
        constraint: &Constraint,
    ) -> Result<KeyIndex> {
        let mut next = self.clone();
        next.remove(before, &changes.deleted)?;
        let is_updated = !changes.updated.is_empty() && changes.touches(&self.columns);
        if is_updated {
            // All old keys first: a key may go from one row to another.
            next.remove(before, &changes.updated)?;
            let serials: Vec<u64> = self.serials.of_rows(&changes.updated).collect();
            let rows = changes.updated_after();
            let values = next.values(after, &rows)?;
            for (at, key) in next.keys(&values)?.into_iter().enumerate() {
                if let Some(key) = key
                    && !next.map.insert(key, serials[at])
                {
                    return Err(duplicate(changes.updated[at], constraint, &after.name, &values, at));
                }
            }
        }
        next.serials.remove_rows(&changes.deleted);
        if changes.appended > 0 {
            let rows: Vec<usize> = (after.rows - changes.appended..after.rows).collect();
            let values = next.values(after, &rows)?;
            next.append(&values, changes.appended, 0, constraint, &after.name)?;
        }
        Ok(next)
    }
}

impl Snapshot {
    /// This snapshot with the indexes of its keys, after a change of `before`. The work is that of the changed rows.
    ///
    /// # Errors
    /// `E0617 constraint_violated` for the first row whose key another row has. Appended rows are counted within
    /// the statement; the memory limit.
    pub fn with_keys_after(self, before: &Snapshot, changes: &RowChanges) -> Result<Snapshot> {
        if self.keys().next().is_none() {
            return Ok(self);
        }
        let mut indexes = vec![None; self.constraints.len()];
        for at in self.keys() {
            let known = before.key_index(at)?;
            indexes[at] = Some(if changes.is_empty() {
                known
            } else {
                Arc::new(known.changed([before, &self], changes, &self.constraints[at])?)
            });
        }
        Ok(Snapshot { keys: KeyIndexes::known(indexes), ..self })
    }
}
