//! The index of a key: from the values of its columns to the row that has them.
//!
//! It is a hash trie that snapshots share: a change copies the nodes on the way to what it changes, so that the
//! index of the next snapshot costs no more than the changed rows, and an older snapshot keeps its own. Rows are
//! known by serial numbers, which a deletion of other rows does not change.

mod change;
mod encoder;
mod map;
mod tail;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow::array::ArrayRef;
use linal_error::Code;
use linal_tensor::{MemoryPool, Reservation};

pub use self::encoder::{KeyHash, supports};
pub(crate) use self::tail::{LiteralKeys, TailKeys};

use self::encoder::Encoder;
use self::map::KeyMap;
use super::constraint::{Constraint, violation};
use super::row_ids::RowIds;
use super::snapshot::Snapshot;
use crate::error::{Error, Result};

/// Bytes of an entry with its share of the nodes.
const ENTRY: usize = 48;

/// The index of a key over the rows of a snapshot.
#[derive(Clone)]
pub struct KeyIndex {
    /// The positions of the columns.
    columns: Arc<[usize]>,
    encoder: Arc<Encoder>,
    /// The serial number of each key without NULL.
    map: KeyMap,
    /// The serial numbers of the rows, in their order.
    serials: RowIds,
    /// The serial number of the next row.
    next: u64,
    memory: Arc<Memory>,
}

/// The reservation of an index and of the older states that share its nodes.
struct Memory {
    pool: Arc<MemoryPool>,
    reserved: Mutex<Option<Reservation>>,
}

impl Memory {
    fn new(pool: &Arc<MemoryPool>) -> Arc<Memory> {
        Arc::new(Memory { pool: pool.clone(), reserved: Mutex::new(None) })
    }

    /// Reserves memory for so many entries; a quarter more than is needed, so that most insertions need none.
    fn reserve(&self, entries: usize) -> Result<()> {
        let needed = entries * ENTRY;
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        let held = reserved.as_ref().map_or(0, Reservation::bytes);
        if needed <= held {
            return Ok(());
        }
        let more = (needed - held).max(held / 4);
        match reserved.as_mut() {
            Some(reservation) => reservation.grow("index", more)?,
            None => *reserved = Some(self.pool.reserve("index", more)?),
        }
        Ok(())
    }
}

impl KeyIndex {
    fn empty(snapshot: &Snapshot, columns: Vec<usize>) -> Result<KeyIndex> {
        let types: Vec<_> = columns.iter().map(|at| snapshot.schema.field(*at).data_type().clone()).collect();
        Ok(KeyIndex {
            columns: columns.into(),
            encoder: Arc::new(Encoder::of(&types)?),
            map: KeyMap::default(),
            serials: RowIds::default(),
            next: 0,
            memory: Memory::new(&snapshot.pool),
        })
    }

    /// The index of all rows of a snapshot.
    ///
    /// # Errors
    /// `E0617 constraint_violated` for the first row whose key is there already; the memory limit; a file of the
    /// directory that is missing or damaged.
    fn of(snapshot: &Snapshot, constraint: &Constraint) -> Result<KeyIndex> {
        let columns = snapshot.positions(constraint.key().unwrap_or_default())?;
        let mut index = KeyIndex::empty(snapshot, columns)?;
        let mut first = 0;
        for chunk in &snapshot.chunks {
            let values = chunk.read(&index.columns)?;
            index.append(&values, chunk.rows(), first, constraint, &snapshot.name)?;
            first += chunk.rows();
        }
        Ok(index)
    }

    /// The row that has a key; `None` when no row has it.
    pub fn row_of(&self, key: KeyHash) -> Option<usize> {
        self.serials.position(self.map.get(key)?)
    }

    /// Whether a row has a key.
    pub fn contains(&self, key: KeyHash) -> bool {
        self.map.get(key).is_some()
    }

    /// The keys of rows; `None` for one with a NULL. The arrays are those of the key's columns.
    ///
    /// # Errors
    /// Values of other types than those of the columns.
    pub fn keys(&self, values: &[ArrayRef]) -> Result<Vec<Option<KeyHash>>> {
        self.encoder.keys(values)
    }

    /// The positions of the columns.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }
}

impl fmt::Debug for KeyIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyIndex").field("keys", &self.map.len()).finish_non_exhaustive()
    }
}

/// The indexes of a snapshot's keys, one for each of its constraints. Each is made at the first need.
#[derive(Clone, Debug, Default)]
pub struct KeyIndexes(Arc<[OnceLock<Arc<KeyIndex>>]>);

impl KeyIndexes {
    /// None of them is made yet.
    pub(crate) fn unknown(constraints: usize) -> KeyIndexes {
        KeyIndexes((0..constraints).map(|_| OnceLock::new()).collect())
    }

    fn known(indexes: Vec<Option<Arc<KeyIndex>>>) -> KeyIndexes {
        let kept = |index: Option<Arc<KeyIndex>>| {
            let cell = OnceLock::new();
            if let Some(index) = index {
                let _ = cell.set(index);
            }
            cell
        };
        KeyIndexes(indexes.into_iter().map(kept).collect())
    }

    /// The indexes of the same rows under other constraints: those of constraints that stay.
    pub(crate) fn carried(&self, before: &[Constraint], after: &[Constraint]) -> KeyIndexes {
        let known = |constraint: &Constraint| {
            let at = before.iter().position(|other| other == constraint)?;
            self.0.get(at)?.get().cloned()
        };
        KeyIndexes::known(after.iter().map(known).collect())
    }

    fn get(&self, at: usize) -> Option<&Arc<KeyIndex>> {
        self.0.get(at)?.get()
    }
}

impl Snapshot {
    /// The index of the key that is the constraint at this position. It is made at the first call.
    ///
    /// # Errors
    /// As [`Snapshot::check_keys`]; an internal error for a constraint that is no key.
    pub fn key_index(&self, at: usize) -> Result<Arc<KeyIndex>> {
        let constraint = self.constraints.get(at).filter(|constraint| constraint.key().is_some());
        let Some(constraint) = constraint else {
            return Err(Error::new(Code::InternalError, "a bug in linal: a constraint without a key"));
        };
        if let Some(known) = self.keys.get(at) {
            return Ok(known.clone());
        }
        let index = Arc::new(KeyIndex::of(self, constraint)?);
        if let Some(cell) = self.keys.0.get(at) {
            // Two that are made at once are equal.
            let _ = cell.set(index.clone());
        }
        Ok(index)
    }

    /// The index of a key, if it is made already.
    pub fn known_key_index(&self, at: usize) -> Option<&Arc<KeyIndex>> {
        self.keys.get(at)
    }

    /// The positions of the constraints that are keys.
    pub fn keys(&self) -> impl Iterator<Item = usize> {
        let all = self.constraints.iter().enumerate();
        all.filter(|(_, constraint)| constraint.key().is_some()).map(|(at, _)| at)
    }

    /// Makes the indexes of all keys, and so checks all rows.
    ///
    /// # Errors
    /// `E0617 constraint_violated` for the first row whose key is there already; the memory limit; a file of the
    /// directory that is missing or damaged.
    pub fn check_keys(&self) -> Result<()> {
        self.keys().try_for_each(|at| self.key_index(at).map(drop))
    }
}

/// `a = 1, b = 'x'`: the values of some columns in a row, for messages.
pub fn values_text(columns: &[std::sync::Arc<str>], values: &[ArrayRef], row: usize) -> String {
    let text = |(name, values): (&Arc<str>, &ArrayRef)| {
        let text = arrow::util::display::array_value_to_string(values, row).unwrap_or_default();
        let text = super::literal::abridged(&text);
        let is_null = arrow::array::Array::is_null(values, row);
        let is_text = values.data_type().is_string();
        match (is_null, is_text) {
            (true, _) => format!("{name} = NULL"),
            (_, true) => format!("{name} = '{text}'"),
            _ => format!("{name} = {text}"),
        }
    };
    columns.iter().zip(values).map(text).collect::<Vec<_>>().join(", ")
}

fn duplicate(row: usize, constraint: &Constraint, table: &str, values: &[ArrayRef], at: usize) -> Error {
    let text = values_text(constraint.columns(), values, at);
    violation(row, constraint, table, &format!("there is a row with {text} already"))
}
