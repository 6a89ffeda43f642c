//! Estimates of the number of different values of a column, by a sample.

use std::hash::BuildHasher;

use arrow::array::{Array, ArrayRef, UInt64Array};
use arrow::compute::{partition, sort, take};
use arrow::datatypes::DataType;
use rustc_hash::FxBuildHasher;

use super::snapshot::Snapshot;

/// Rows of a sample.
const SAMPLED: usize = 1024;

impl Snapshot {
    /// An estimate of the number of different values of a column of numbers, Booleans, dates or text, by 1,024 rows
    /// of its largest chunk: as many as in the sample, or the same part of all rows where more than a quarter of
    /// the sample are different. The same for the same rows. `None` for columns of other types, without rows, and
    /// while no chunk is in memory.
    pub fn distinct_values(&self, column: usize) -> Option<usize> {
        let in_memory = self.chunks.iter().filter_map(|chunk| chunk.columns()[column].known());
        let values = in_memory.max_by_key(|values| values.len()).filter(|values| !values.is_empty())?;
        let is_simple = values.data_type().is_numeric()
            || matches!(
                values.data_type(),
                DataType::Boolean
                    | DataType::Date32
                    | DataType::Timestamp(..)
                    | DataType::Utf8
                    | DataType::Utf8View
            );
        if !is_simple {
            return None;
        }
        let sample = sample_of(&values)?;
        let found = partition(&[sort(&sample, None).ok()?]).ok()?.len();
        let are_many = found * 4 > sample.len();
        Some(if are_many && self.rows > sample.len() {
            (found as f64 / sample.len() as f64 * self.rows as f64) as usize
        } else {
            found
        })
    }
}

/// One row of each of 1,024 equal parts of a column, at different places: values that repeat after some rows would all be the
/// same if the rows were equally far apart.
fn sample_of(values: &ArrayRef) -> Option<ArrayRef> {
    if values.len() <= SAMPLED {
        return Some(values.clone());
    }
    let place = |part: usize| {
        let (from, to) = (part * values.len() / SAMPLED, (part + 1) * values.len() / SAMPLED);
        from + (FxBuildHasher.hash_one(part) >> 32) as usize % (to - from)
    };
    let rows = UInt64Array::from_iter_values((0..SAMPLED).map(|part| place(part) as u64));
    take(values, &rows, None).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, RecordBatch};
    use linal_tensor::MemoryPool;

    use super::*;
    use crate::{Chunk, ColumnDef, resolve_type};

    fn estimate(numbers: impl Iterator<Item = i64>) -> Option<usize> {
        let pool = MemoryPool::new(usize::MAX);
        let column = ColumnDef::new("n", resolve_type::<&str>("Int", &[]).unwrap().column_type, false);
        let empty = Snapshot::empty("d", vec![column], &pool);
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        let batch = RecordBatch::try_new(empty.schema.clone(), vec![numbers]).unwrap();
        empty.with_chunks(vec![Chunk::new(batch, &pool).unwrap()]).distinct_values(0)
    }

    #[test]
    fn few_values_are_counted_and_many_are_estimated() {
        assert_eq!(estimate(0..0), None);
        assert_eq!(estimate([7, 7, 8].into_iter()), Some(2));
        assert_eq!(estimate(0..1000), Some(1000));
        assert_eq!(estimate((0..100_000).map(|row| row / 4000)), Some(25));
        assert_eq!(estimate(0..100_000), Some(100_000));
    }

    #[test]
    fn values_that_repeat_are_seen() {
        // Rows that lie 100 apart would all have the same value.
        let found = estimate((0..102_400).map(|row| row % 100)).unwrap();
        assert!((95..=100).contains(&found), "{found}");
    }
}
