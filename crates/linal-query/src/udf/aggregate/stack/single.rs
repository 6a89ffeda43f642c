//! The stack of one group: without GROUP BY, and in windows.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;

use super::rows::{Rows, ranges};

/// Cells in order of arrival. In a sliding window, the first ones may have left it.
#[derive(Debug)]
pub(super) struct SingleStack {
    rows: Rows,
    /// The number of cells that have left the window.
    gone: usize,
}

impl SingleStack {
    pub fn new(rows: Rows) -> SingleStack {
        SingleStack { rows, gone: 0 }
    }

    /// The indices of the cells in the requested order.
    fn order(&self) -> Option<Vec<u32>> {
        let keys = self.rows.keys()?;
        let mut order: Vec<u32> = (0..self.rows.len() as u32).skip(self.gone).collect();
        order.sort_by_key(|&at| keys.get(at as usize));
        Some(order)
    }

    /// Drops the cells that have left once they are half of all, so that each cell is moved at most once on
    /// average.
    fn tidy(&mut self) -> DfResult<()> {
        if self.gone > self.rows.len() / 2 {
            let kept: Vec<u32> = (0..self.rows.len() as u32).skip(self.gone).collect();
            self.rows = self.rows.kept(&kept)?;
            self.gone = 0;
        }
        Ok(())
    }

    fn height(&self) -> Vec<i32> {
        vec![0, (self.rows.len() - self.gone) as i32]
    }
}

impl Accumulator for SingleStack {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let [cells, ..] = values else { return internal_err!("a STACK of nothing") };
        let source = self.rows.arguments(values)?;
        self.rows.extend(&source, &ranges(cells, None))
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let [cells, ..] = values else { return internal_err!("a STACK of nothing") };
        self.gone += cells.len() - cells.logical_null_count();
        if self.gone > self.rows.len() {
            return internal_err!("a window gives back more rows than it took");
        }
        self.tidy()
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    /// A growing window is evaluated after every row, so the cells are kept. Cells that arrived in the
    /// requested order are not copied unless more arrive.
    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let ordered = match self.order() {
            Some(order) => self.rows.cells_at(&order),
            None => self.rows.behind(self.gone),
        };
        Ok(ScalarValue::List(Arc::new(ordered.into_lists(self.height())?)))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let height = self.height();
        let rows = self.rows.take();
        let states = match std::mem::take(&mut self.gone) {
            0 => rows.into_states(height)?,
            gone => {
                let kept: Vec<u32> = (0..rows.len() as u32).skip(gone).collect();
                rows.rows_at(&kept)?.into_states(height)?
            }
        };
        states.iter().map(|state| ScalarValue::try_from_array(state, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let (lists, source) = self.rows.states(states)?;
        let offsets = lists.value_offsets();
        let filled = (0..lists.len()).filter(|&row| lists.is_valid(row));
        let taken: Vec<Range<usize>> =
            filled.map(|row| offsets[row] as usize..offsets[row + 1] as usize).collect();
        self.rows.extend(&source, &taken)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.rows.size()
    }
}
