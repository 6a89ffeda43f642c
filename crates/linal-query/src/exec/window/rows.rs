//! All rows of one operator partition, and their division into window partitions and peers.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{concat, partition};
use datafusion::common::Result;
use datafusion::physical_expr::PhysicalExpr;

/// The batches of the input, in order.
pub(super) struct Rows {
    batches: Vec<RecordBatch>,
    count: usize,
}

impl Rows {
    pub fn new(batches: Vec<RecordBatch>) -> Rows {
        let count = batches.iter().map(RecordBatch::num_rows).sum();
        Rows { batches, count }
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn into_batches(self) -> Vec<RecordBatch> {
        self.batches
    }

    /// The values of an expression for all rows.
    pub fn evaluate(&self, expr: &Arc<dyn PhysicalExpr>) -> Result<ArrayRef> {
        let parts = self
            .batches
            .iter()
            .map(|batch| expr.evaluate(batch)?.into_array(batch.num_rows()))
            .collect::<Result<Vec<ArrayRef>>>()?;
        if let [only] = parts.as_slice() {
            return Ok(only.clone());
        }
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Ok(concat(&parts)?)
    }

    pub fn evaluate_all(&self, exprs: &[Arc<dyn PhysicalExpr>]) -> Result<Vec<ArrayRef>> {
        exprs.iter().map(|expr| self.evaluate(expr)).collect()
    }
}

/// A division of all rows into consecutive groups.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    /// The first row of each group, followed by the number of rows.
    bounds: Vec<usize>,
}

impl Groups {
    /// Groups of consecutive rows with equal keys. Without keys, all rows are one group.
    pub fn of(keys: &[ArrayRef], rows: usize) -> Result<Groups> {
        let mut bounds = vec![0];
        if rows > 0 {
            match keys {
                [] => bounds.push(rows),
                keys => bounds.extend(partition(keys)?.ranges().into_iter().map(|range| range.end)),
            }
        }
        Ok(Groups { bounds })
    }

    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    pub fn range(&self, group: usize) -> Range<usize> {
        self.bounds[group]..self.bounds[group + 1]
    }

    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.bounds.windows(2).map(|ends| ends[0]..ends[1])
    }
}
