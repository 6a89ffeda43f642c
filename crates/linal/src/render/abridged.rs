//! The rows that the formats for people show of a result: its first and its last ones.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

/// The first and the last rows of a result, and the number of all.
pub(super) struct AbridgedRows {
    pub(super) schema: SchemaRef,
    /// Most rows that are shown; 0 for all.
    limit: usize,
    total: usize,
    /// The first `limit` rows.
    head: Vec<RecordBatch>,
    /// The last `limit / 2` rows behind those of the head, and up to a batch more.
    tail: VecDeque<RecordBatch>,
    tail_rows: usize,
}

impl AbridgedRows {
    /// No rows yet.
    pub(super) fn new(schema: SchemaRef, limit: usize) -> AbridgedRows {
        AbridgedRows { schema, limit, total: 0, head: Vec::new(), tail: VecDeque::new(), tail_rows: 0 }
    }

    /// Adds the next rows.
    pub(super) fn push(&mut self, batch: &RecordBatch) {
        let room = if self.limit == 0 { usize::MAX } else { self.limit.saturating_sub(self.total) };
        let first = room.min(batch.num_rows());
        self.total += batch.num_rows();
        if first > 0 {
            self.head.push(batch.slice(0, first));
        }
        let rest = batch.num_rows() - first;
        let shown = self.limit / 2;
        if rest == 0 || shown == 0 {
            return;
        }
        let kept = rest.min(shown);
        self.tail.push_back(batch.slice(batch.num_rows() - kept, kept));
        self.tail_rows += kept;
        while let Some(oldest) =
            self.tail.front().map(RecordBatch::num_rows).filter(|n| self.tail_rows - n >= shown)
        {
            self.tail.pop_front();
            self.tail_rows -= oldest;
        }
    }

    /// The number of all rows.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Most rows that are shown; 0 for all.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The batch of a row that is shown, and the row in it. `row` counts from the first of all.
    pub(super) fn locate(&self, row: usize) -> Option<(&RecordBatch, usize)> {
        let from_end = self.total.checked_sub(row + 1)?;
        let mut before = 0;
        for batch in &self.head {
            if row < before + batch.num_rows() {
                return Some((batch, row - before));
            }
            before += batch.num_rows();
        }
        let mut behind = 0;
        for batch in self.tail.iter().rev() {
            if from_end < behind + batch.num_rows() {
                return Some((batch, batch.num_rows() - 1 - (from_end - behind)));
            }
            behind += batch.num_rows();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::{DataType, Field, Int64Type, Schema};

    #[test]
    fn every_row_that_is_shown_is_found() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        for limit in [0, 1, 2, 5, 40] {
            for sizes in [vec![], vec![3], vec![1; 30], vec![7, 1, 50, 2], vec![100, 1, 1]] {
                let mut rows = AbridgedRows::new(schema.clone(), limit);
                let mut next = 0i64;
                for size in sizes {
                    let values = Int64Array::from_iter_values(next..next + size);
                    next += size;
                    rows.push(&RecordBatch::try_new(schema.clone(), vec![Arc::new(values)]).unwrap());
                }
                let total = next as usize;
                assert_eq!(rows.total(), total);
                let is_shown = |row: usize| {
                    total <= limit || limit == 0 || row < limit.div_ceil(2) || row >= total - limit / 2
                };
                for row in (0..total).filter(|row| is_shown(*row)) {
                    let (batch, at) = rows.locate(row).unwrap();
                    let value = batch.column(0).as_primitive::<Int64Type>().value(at);
                    assert_eq!(value, row as i64, "row {row} of {total} at limit {limit}");
                }
                assert!(rows.locate(total).is_none());
            }
        }
    }
}
