//! A fold over a sliding window: rows are added at its end and removed at its start.

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;
use linal_tensor::kernel::segment_reduce::SegmentReducer;

use super::accumulate::{Fold, argument};
use super::cells::state_columns;
use crate::udf::error::external;

/// A queue as two stacks of folds, so that nothing is subtracted and every result is as exact as a new fold.
///
/// Each row of the older half has the fold of itself and all younger rows of that half; the younger half is
/// one fold, with its rows kept. When the older half is empty, the younger one replaces it. Each row is
/// folded at most twice, for any window size.
#[derive(Debug)]
pub(super) struct SlidingFold {
    fold: Fold,
    /// Folds of the older half; the last one covers all of it.
    older: Vec<SegmentReducer>,
    /// Rows of the younger half, each as a fold of one row.
    rows: Vec<SegmentReducer>,
    /// The fold of the younger half.
    younger: SegmentReducer,
}

impl SlidingFold {
    pub fn new(fold: Fold) -> SlidingFold {
        let younger = empty(&fold);
        SlidingFold { fold, older: Vec::new(), rows: Vec::new(), younger }
    }

    fn push(&mut self, row: SegmentReducer) -> DfResult<()> {
        self.younger.merge(&row, std::iter::once(0)).map_err(external)?;
        self.rows.push(row);
        Ok(())
    }

    fn pop(&mut self) -> DfResult<()> {
        if self.older.is_empty() {
            let mut folded = empty(&self.fold);
            while let Some(row) = self.rows.pop() {
                folded.merge(&row, std::iter::once(0)).map_err(external)?;
                self.older.push(folded.clone());
            }
            self.younger = empty(&self.fold);
        }
        match self.older.pop() {
            Some(_) => Ok(()),
            None => internal_err!("a window gives back more rows than it took"),
        }
    }

    fn both(&self) -> DfResult<SegmentReducer> {
        let mut both = self.older.last().cloned().unwrap_or_else(|| empty(&self.fold));
        both.merge(&self.younger, std::iter::once(0)).map_err(external)?;
        Ok(both)
    }
}

fn empty(fold: &Fold) -> SegmentReducer {
    let mut groups = fold.start();
    groups.grow(1);
    groups
}

impl Accumulator for SlidingFold {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let array = argument(values)?;
        for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
            let mut one = empty(&self.fold);
            self.fold.add(&mut one, &array.slice(row, 1), None, |_| 0)?;
            self.push(one)?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let array = argument(values)?;
        (0..array.len()).filter(|&row| array.is_valid(row)).try_for_each(|_| self.pop())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let column = self.fold.column(self.both()?)?;
        ScalarValue::try_from_array(&column, 0)
    }

    fn size(&self) -> usize {
        let held = self.older.iter().chain(&self.rows).map(SegmentReducer::bytes).sum::<usize>();
        size_of::<Self>() + held + self.younger.bytes()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let columns = state_columns(self.both()?)?;
        columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.fold.merge(&mut self.younger, states, |_| 0)
    }
}
