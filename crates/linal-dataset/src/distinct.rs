//! Estimates of the number of different values of a column, by a sample.

use arrow::array::{Array, ArrayRef, UInt64Array};
use arrow::compute::{partition, sort, take};
use arrow::datatypes::DataType;

use super::snapshot::Snapshot;

/// Rows of a sample.
const SAMPLED: usize = 1024;

impl Snapshot {
    /// An estimate of the number of different values of a column of numbers, Booleans, dates or text, by rows of
    /// its largest chunk that lie equally far apart: those of the sample where most values came several times, or
    /// the same part of all rows. `None` for columns of other types, without rows, and while no chunk is in memory.
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
        let came_once = found * 4 > sample.len();
        Some(if came_once && self.rows > sample.len() {
            (found as f64 / sample.len() as f64 * self.rows as f64) as usize
        } else {
            found
        })
    }
}

fn sample_of(values: &ArrayRef) -> Option<ArrayRef> {
    if values.len() <= SAMPLED {
        return Some(values.clone());
    }
    let rows = (0..SAMPLED).map(|at| (at * values.len() / SAMPLED) as u64);
    take(values, &UInt64Array::from_iter_values(rows), None).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringViewArray};

    use super::sample_of;

    #[test]
    fn samples_reach_over_all_rows() {
        let numbers: arrow::array::ArrayRef = Arc::new(Int64Array::from_iter_values(0..10_000));
        let sample = sample_of(&numbers).unwrap();
        let sample: &Int64Array = arrow::array::AsArray::as_primitive(&sample);
        assert_eq!((sample.len(), sample.value(0), sample.value(1023)), (1024, 0, 9990));
        let few: arrow::array::ArrayRef = Arc::new(StringViewArray::from(vec!["a", "b"]));
        assert_eq!(sample_of(&few).unwrap().len(), 2);
    }
}
