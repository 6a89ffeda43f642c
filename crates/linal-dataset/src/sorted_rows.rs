//! The rows of a dataset sorted by a column: what an index on a scalar column keeps.
//!
//! The second query that could use an index on a snapshot sorts the rows, since a scan answers a single query
//! sooner. A change of the dataset makes another snapshot, which is sorted in the same way.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arrow::array::{Array, ArrayRef, UInt64Array, make_comparator};
use arrow::compute::{SortOptions, concat, sort_to_indices, take};
use linal_tensor::Reservation;

use crate::error::Result;
use crate::normalized_key::normalized_keys;
use crate::{Snapshot, arrow_error};

/// The sorted rows of an index; clones share them.
#[derive(Clone, Default)]
pub struct SortedRows(Arc<Mutex<Kept>>);

/// A bound of a range of keys.
#[derive(Clone, Debug)]
pub struct KeyBound {
    /// The normalized key, as an array of one value of the column's key type.
    pub key: ArrayRef,
    /// Whether the key itself is within the range.
    pub is_inclusive: bool,
}

#[derive(Default)]
struct Kept {
    /// The snapshot that `order` was computed from.
    source: Weak<Snapshot>,
    /// Whether a query is sorting now; others scan meanwhile.
    is_sorting: bool,
    order: Option<Arc<Order>>,
}

impl fmt::Debug for SortedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SortedRows")
    }
}

/// The cached order is not part of an index definition.
impl PartialEq for SortedRows {
    fn eq(&self, _: &SortedRows) -> bool {
        true
    }
}

impl Eq for SortedRows {}

impl SortedRows {
    /// The numbers of the rows whose key in `column` lies within the bounds, ascending.
    ///
    /// Returns `None` when there are more than `most`, at the first use on a snapshot, and when there is no
    /// memory for the order.
    ///
    /// # Errors
    /// A bound whose type is not that of the column's keys.
    pub fn within(
        &self,
        snapshot: &Arc<Snapshot>,
        column: usize,
        [lower, upper]: [Option<KeyBound>; 2],
        most: usize,
    ) -> Result<Option<Vec<u64>>> {
        match self.order(snapshot, column) {
            Some(order) => order.within(lower.as_ref(), upper.as_ref(), most),
            None => Ok(None),
        }
    }

    fn order(&self, snapshot: &Arc<Snapshot>, column: usize) -> Option<Arc<Order>> {
        let is_of = |kept: &Kept| std::ptr::eq(kept.source.as_ptr(), Arc::as_ptr(snapshot));
        let mut kept = self.lock();
        if !is_of(&kept) {
            *kept = Kept { source: Arc::downgrade(snapshot), ..Kept::default() };
            return None;
        }
        if kept.order.is_some() || kept.is_sorting {
            return kept.order.clone();
        }
        kept.is_sorting = true;
        drop(kept);
        let order = Order::of(snapshot, column).ok().map(Arc::new);
        let mut kept = self.lock();
        if is_of(&kept) {
            kept.is_sorting = false;
            kept.order.clone_from(&order);
        }
        order
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows with a non-NULL value, sorted by its key.
struct Order {
    keys: ArrayRef,
    rows: UInt64Array,
    _memory: Reservation,
}

impl Order {
    fn of(snapshot: &Snapshot, column: usize) -> Result<Order> {
        let parts: Vec<ArrayRef> = snapshot.values(column).collect::<Result<_>>()?;
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
        let bytes: usize = parts.iter().map(|part| part.get_array_memory_size()).sum();
        // The keys, their order, and a copy of both while they are sorted.
        let scratch = snapshot.pool.reserve("index", 2 * (bytes + 8 * snapshot.rows))?;
        let all = normalized_keys(&concat(&parts).map_err(arrow_error)?).map_err(arrow_error)?;
        let ascending = SortOptions { descending: false, nulls_first: false };
        let order = sort_to_indices(&all, Some(ascending), None).map_err(arrow_error)?;
        let order = order.slice(0, all.len() - all.null_count());
        let keys = take(&all, &order, None).map_err(arrow_error)?;
        let rows = UInt64Array::from_iter_values(order.values().iter().map(|row| u64::from(*row)));
        drop(scratch);
        let kept = keys.get_array_memory_size() + rows.get_array_memory_size();
        let memory = snapshot.pool.reserve("index", kept)?;
        Ok(Order { keys, rows, _memory: memory })
    }

    fn within(
        &self,
        lower: Option<&KeyBound>,
        upper: Option<&KeyBound>,
        most: usize,
    ) -> Result<Option<Vec<u64>>> {
        let start = match lower {
            Some(bound) => self.position(&bound.key, !bound.is_inclusive)?,
            None => 0,
        };
        let end = match upper {
            Some(bound) => self.position(&bound.key, bound.is_inclusive)?,
            None => self.keys.len(),
        };
        let rows = &self.rows.values()[start..end.max(start)];
        if rows.len() > most {
            return Ok(None);
        }
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        Ok(Some(rows))
    }

    /// The insertion point of a key: before its equals, or `behind` them.
    fn position(&self, key: &ArrayRef, behind: bool) -> Result<usize> {
        let compare = make_comparator(&self.keys, key, SortOptions::default()).map_err(arrow_error)?;
        let (mut low, mut high) = (0, self.keys.len());
        while low < high {
            let middle = low.midpoint(high);
            let before = match compare(middle, 0) {
                Ordering::Less => true,
                Ordering::Equal => behind,
                Ordering::Greater => false,
            };
            if before { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}
