//! Indexes on scalar columns: the rows of a dataset sorted by a column, for equality and range predicates.
//!
//! The second query that could use an index on a snapshot sorts the rows, since a scan answers a single query
//! sooner. A change of the dataset makes another snapshot, which is sorted in the same way.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arrow::array::{Array, ArrayRef, UInt64Array};
use arrow::compute::{SortOptions, concat, sort_to_indices, take};
use arrow::datatypes::Schema;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use linal_error::Code;
use linal_tensor::Reservation;

use crate::catalog::IndexDef;
use crate::dataset::{Snapshot, same_name};
use crate::relational::udf::keys;

/// Datasets with fewer rows are scanned faster than looked up.
pub(crate) const WORTHWHILE_ROWS: usize = 1_000;

/// A lookup that selects more than one in this many rows is slower than a scan.
const SELECTIVE: usize = 8;

/// The sorted rows of an index; clones share them.
#[derive(Clone, Default)]
pub(crate) struct SortedRows(Arc<Mutex<Kept>>);

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
    /// The rows of a snapshot sorted by a column; `None` at the first use, and when there is no memory for
    /// it.
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

/// The rows with a non-NULL value, sorted by it.
struct Order {
    values: ArrayRef,
    rows: UInt64Array,
    _memory: Reservation,
}

impl Order {
    fn of(snapshot: &Snapshot, column: usize) -> crate::error::Result<Order> {
        let failed =
            |error: arrow::error::ArrowError| crate::Error::new(Code::InternalError, error.to_string());
        let parts: Vec<&dyn Array> =
            snapshot.chunks.iter().map(|chunk| chunk.batch.column(column).as_ref()).collect();
        let bytes: usize = parts.iter().map(|part| part.get_array_memory_size()).sum();
        // The values, their order, and a copy of both while they are sorted.
        let scratch = snapshot.pool.reserve("index", 2 * (bytes + 8 * snapshot.rows))?;
        let all = keys(&concat(&parts).map_err(failed)?)
            .map_err(|error| crate::relational::error::internal(&error))?;
        let ascending = SortOptions { descending: false, nulls_first: false };
        let order = sort_to_indices(&all, Some(ascending), None).map_err(failed)?;
        let order = order.slice(0, all.len() - all.null_count());
        let values = take(&all, &order, None).map_err(failed)?;
        let rows = UInt64Array::from_iter_values(order.values().iter().map(|row| u64::from(*row)));
        drop(scratch);
        let kept = values.get_array_memory_size() + rows.get_array_memory_size();
        let memory = snapshot.pool.reserve("index", kept)?;
        Ok(Order { values, rows, _memory: memory })
    }

    /// The row numbers within bounds, ascending; `None` if there are more than `most`.
    fn within(&self, bounds: &Bounds, most: usize) -> Result<Option<Vec<u64>>> {
        let start = match &bounds.lower {
            Some((value, inclusive)) => self.position(value, !inclusive)?,
            None => 0,
        };
        let end = match &bounds.upper {
            Some((value, inclusive)) => self.position(value, *inclusive)?,
            None => self.values.len(),
        };
        let rows = &self.rows.values()[start..end.max(start)];
        if rows.len() > most {
            return Ok(None);
        }
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        Ok(Some(rows))
    }

    /// The insertion point of a value: before its equals, or `behind` them.
    fn position(&self, value: &ScalarValue, behind: bool) -> Result<usize> {
        let (mut low, mut high) = (0, self.values.len());
        while low < high {
            let middle = low.midpoint(high);
            let here = ScalarValue::try_from_array(&self.values, middle)?;
            let before = match here.partial_cmp(value) {
                Some(Ordering::Less) => true,
                Some(Ordering::Equal) => behind,
                _ => false,
            };
            if before { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}

/// The range of values that satisfy a predicate; the flag says whether the bound is inclusive.
#[derive(Clone, Debug, Default)]
struct Bounds {
    lower: Option<(ScalarValue, bool)>,
    upper: Option<(ScalarValue, bool)>,
}

/// A use of an index by a scan.
#[derive(Debug)]
pub(in crate::relational) struct Lookup {
    pub index: Arc<IndexDef>,
    bounds: Bounds,
}

impl Lookup {
    /// The lookup that the filters of a scan allow; an equality is preferred to a range.
    pub fn of(indexes: &[Arc<IndexDef>], conditions: &[Expr], schema: &Schema) -> Option<Lookup> {
        let mut best: Option<Lookup> = None;
        for index in indexes.iter().filter(|index| index.metric.is_none()) {
            let mut bounds = Bounds::default();
            for condition in conditions {
                if let Some((column, op, value)) = comparison(condition, schema)
                    && same_name(column, &index.column)
                {
                    bounds.add(op, value);
                }
            }
            let is_equality = bounds.is_equality();
            let is_range = bounds.lower.is_some() || bounds.upper.is_some();
            if is_equality || (is_range && best.is_none()) {
                best = Some(Lookup { index: index.clone(), bounds });
            }
            if is_equality {
                break;
            }
        }
        best
    }

    /// The row numbers to read, ascending; `None` if a scan is better.
    pub fn rows(&self, snapshot: &Arc<Snapshot>) -> Result<Option<Vec<u64>>> {
        let column = snapshot.columns.iter().position(|column| same_name(&column.name, &self.index.column));
        let Some(column) = column.filter(|_| snapshot.rows >= WORTHWHILE_ROWS) else { return Ok(None) };
        match self.index.sorted.order(snapshot, column) {
            Some(order) => order.within(&self.bounds, snapshot.rows / SELECTIVE),
            None => Ok(None),
        }
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.index.column;
        write!(f, "index={}(", self.index.name)?;
        match (&self.bounds.lower, &self.bounds.upper) {
            (Some((value, _)), _) if self.bounds.is_equality() => write!(f, "{column} = {value}")?,
            (lower, upper) => {
                if let Some((value, inclusive)) = lower {
                    write!(f, "{column} {} {value}", if *inclusive { ">=" } else { ">" })?;
                }
                if lower.is_some() && upper.is_some() {
                    f.write_str(" AND ")?;
                }
                if let Some((value, inclusive)) = upper {
                    write!(f, "{column} {} {value}", if *inclusive { "<=" } else { "<" })?;
                }
            }
        }
        f.write_str(")")
    }
}

impl Bounds {
    fn is_equality(&self) -> bool {
        matches!((&self.lower, &self.upper), (Some((low, true)), Some((high, true))) if low == high)
    }

    /// Narrows the bounds by another comparison.
    fn add(&mut self, op: Operator, value: ScalarValue) {
        let tighter = |known: &Option<(ScalarValue, bool)>, direction: Ordering| match known {
            None => true,
            Some((bound, _)) => {
                value.partial_cmp(bound).is_none_or(|order| order == direction || order.is_eq())
            }
        };
        if matches!(op, Operator::Eq | Operator::Gt | Operator::GtEq)
            && tighter(&self.lower, Ordering::Greater)
        {
            self.lower = Some((value.clone(), op != Operator::Gt));
        }
        if matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq) && tighter(&self.upper, Ordering::Less)
        {
            self.upper = Some((value.clone(), op != Operator::Lt));
        }
    }
}

/// Whether a predicate compares an indexed column with a literal.
pub(in crate::relational) fn is_useful(indexes: &[Arc<IndexDef>], condition: &Expr, schema: &Schema) -> bool {
    comparison(condition, schema).is_some_and(|(column, ..)| {
        indexes.iter().any(|index| index.metric.is_none() && same_name(&index.column, column))
    })
}

/// `column op literal`, with the literal in the column's type.
fn comparison<'a>(condition: &'a Expr, schema: &Schema) -> Option<(&'a str, Operator, ScalarValue)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return None };
    let (column, op, value) = match (column_of(left), column_of(right)) {
        (Some(column), None) => (column, *op, right),
        (None, Some(column)) => (column, op.swap()?, left),
        _ => return None,
    };
    let Expr::Literal(value, _) = value.as_ref() else { return None };
    let field = schema.field_with_name(column).ok()?;
    let is_order = matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    if !is_order || value.is_null() || value.data_type() != *field.data_type() {
        return None;
    }
    // The order is one of normalized keys, in which -0 is 0.
    let key = keys(&value.to_array().ok()?).ok()?;
    Some((column, op, ScalarValue::try_from_array(&key, 0).ok()?))
}

/// A column, or the normalized key of a float column.
fn column_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(column) => Some(&column.name),
        Expr::ScalarFunction(call) if call.func.name() == "__normalized_key" => column_of(call.args.first()?),
        _ => None,
    }
}
