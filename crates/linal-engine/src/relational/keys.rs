//! Rows of a scan that no join above can use are left out before anything is done with them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;

/// Rows that are looked at before it is decided whether looking pays.
const TRIAL_ROWS: usize = 64 * 1024;

/// To leave out fewer than one row in this many costs more than it saves.
const WORTHWHILE: usize = 4;

/// Conditions that joins fill in while they run: true of all rows until then, and necessary for a row, never sufficient.
pub(super) struct KeyFilter {
    conditions: Vec<Condition>,
}

struct Condition {
    expr: Arc<dyn PhysicalExpr>,
    seen: usize,
    kept: usize,
}

impl KeyFilter {
    /// The conditions of one partition of a scan.
    pub fn new(conditions: Vec<Arc<dyn PhysicalExpr>>) -> KeyFilter {
        let conditions = conditions.into_iter().map(|expr| Condition { expr, seen: 0, kept: 0 }).collect();
        KeyFilter { conditions }
    }

    /// The rows that joins may use.
    pub fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let mut batch = batch;
        for condition in &mut self.conditions {
            batch = condition.apply(batch)?;
        }
        Ok(batch)
    }
}

impl Condition {
    fn is_worthwhile(&self) -> bool {
        self.seen < TRIAL_ROWS || self.seen - self.kept >= self.seen / WORTHWHILE
    }

    fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        if rows == 0 || !self.is_worthwhile() {
            return Ok(batch);
        }
        let value = self.expr.evaluate(&batch)?;
        // A join that has met nothing yet says so of all rows, which tells nothing about what it will say.
        if matches!(value, ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))) {
            return Ok(batch);
        }
        let value = value.into_array(rows)?;
        let chosen = as_boolean_array(&value)?;
        let kept = chosen.true_count();
        self.seen += rows;
        self.kept += kept;
        if kept == rows {
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, chosen)?)
    }
}
