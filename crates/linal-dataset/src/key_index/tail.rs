//! The indexes of a dataset with a tail: keys of literals, which are checked before their row is appended.

use std::sync::Arc;

use arrow::array::ArrayRef;
use linal_lang::ast::relational::Literal;
use rustc_hash::FxHashSet;

use super::encoder::Encoder;
use super::{KeyHash, KeyIndex, KeyIndexes, duplicate};
use crate::constraint::Constraint;
use crate::error::Result;
use crate::insert::LiteralRows;
use crate::literal::effective;
use crate::snapshot::Snapshot;
use crate::tail::in_zone;

/// The keys of rows of literals, for each constraint that is a key.
pub(crate) struct LiteralKeys(Vec<(usize, Vec<Option<KeyHash>>)>);

impl LiteralKeys {
    /// The keys of rows that have been checked against the columns. The indexes of `snapshot` are made first, so that
    /// nothing waits for them.
    ///
    /// # Errors
    /// Two equal keys among the rows; those of making the indexes.
    pub fn of(snapshot: &Snapshot, rows: &LiteralRows<'_>) -> Result<LiteralKeys> {
        let mut all = Vec::new();
        for at in snapshot.keys() {
            let index = snapshot.key_index(at)?;
            let keys = of_rows(snapshot, &index, rows)?;
            if keys.len() > 1 {
                let mut seen = FxHashSet::default();
                let twice = keys.iter().position(|key| key.is_some_and(|key| !seen.insert(key)));
                if let Some(row) = twice {
                    return Err(error(snapshot, &index, &snapshot.constraints[at], rows, row));
                }
            }
            all.push((at, keys));
        }
        Ok(LiteralKeys(all))
    }
}

fn of_rows(snapshot: &Snapshot, index: &KeyIndex, rows: &LiteralRows<'_>) -> Result<Vec<Option<KeyHash>>> {
    if let [column] = &*index.columns {
        let column_def = &snapshot.columns[*column];
        let mut keys = Vec::with_capacity(rows.count());
        for value in rows.column(*column) {
            match (effective(value, column_def), &*index.encoder) {
                (Literal::Null, _) => keys.push(None),
                (Literal::Int(value), Encoder::Int) => keys.push(Some(KeyHash::of_int(*value))),
                (Literal::Str(text), Encoder::Text) => keys.push(Some(KeyHash::of_text(text))),
                (other, _) => {
                    let values: ArrayRef = in_zone(column_def, other, rows.zone())?;
                    keys.extend(index.keys(&[values])?);
                }
            }
        }
        return Ok(keys);
    }
    (0..rows.count()).map(|row| Ok(index.keys(&values(snapshot, index, rows, row)?)?[0])).collect()
}

/// The values of the key's columns in a row.
fn values(
    snapshot: &Snapshot,
    index: &KeyIndex,
    rows: &LiteralRows<'_>,
    row: usize,
) -> Result<Vec<ArrayRef>> {
    let value = |column: &usize| {
        let definition = &snapshot.columns[*column];
        let value = rows.column(*column).nth(row).flatten();
        in_zone(definition, effective(value, definition), rows.zone())
    };
    index.columns.iter().map(value).collect()
}

fn error(
    snapshot: &Snapshot,
    index: &KeyIndex,
    constraint: &Constraint,
    rows: &LiteralRows<'_>,
    row: usize,
) -> crate::Error {
    match values(snapshot, index, rows, row) {
        Ok(values) => duplicate(row, constraint, &snapshot.name, &values, 0),
        Err(error) => error,
    }
}

/// The indexes of a snapshot's keys and of the rows in the tail.
#[derive(Clone, Debug)]
pub(crate) struct TailKeys(Vec<Option<KeyIndex>>);

impl TailKeys {
    /// Those of a snapshot, before rows are in the tail; `None` when they are not made yet.
    pub fn of(snapshot: &Snapshot) -> Option<TailKeys> {
        let mut indexes = vec![None; snapshot.constraints.len()];
        for at in snapshot.keys() {
            indexes[at] = Some(KeyIndex::clone(snapshot.keys.get(at)?));
        }
        Some(TailKeys(indexes))
    }

    /// Checks rows.
    ///
    /// # Errors
    /// `E0617 constraint_violated` for the first row whose key is there already; the memory limit.
    pub fn check(&self, snapshot: &Snapshot, rows: &LiteralRows<'_>, keys: &LiteralKeys) -> Result<()> {
        for (at, keys) in &keys.0 {
            let Some(index) = &self.0[*at] else { continue };
            index.memory.reserve(index.map.len() + keys.len())?;
            let twice = keys.iter().position(|key| key.is_some_and(|key| index.contains(key)));
            if let Some(row) = twice {
                return Err(error(snapshot, index, &snapshot.constraints[*at], rows, row));
            }
        }
        Ok(())
    }

    /// Adds checked rows.
    pub fn append(&mut self, keys: &LiteralKeys) {
        for (at, keys) in &keys.0 {
            let Some(index) = &mut self.0[*at] else { continue };
            for (row, key) in keys.iter().enumerate() {
                if let Some(key) = key {
                    index.map.insert(*key, index.next + row as u64);
                }
            }
            index.serials.push(index.next..index.next + keys.len() as u64);
            index.next += keys.len() as u64;
        }
    }

    /// The indexes for the snapshot that has the rows of the tail.
    pub fn sealed(self) -> KeyIndexes {
        KeyIndexes::known(self.0.into_iter().map(|index| index.map(Arc::new)).collect())
    }
}
