//! The best values of a column so far.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, BooleanBufferBuilder};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::FirstOf;

/// Values that are compared with the worst of the best ones at once.
const BLOCK: usize = 256;

/// Tells which values of a column may be among the first.
pub(super) trait Candidates: Send {
    /// A bit for each row, which is not set when so many rows as are wanted come before it. Rows that are equal to the last of them are kept.
    fn keep(&mut self, column: &dyn Array) -> BooleanBuffer;
}

/// Of columns of a type; `None` when values of the type are not compared as numbers are.
pub(super) fn candidates(data_type: &DataType, first: &FirstOf) -> Option<Box<dyn Candidates>> {
    fn of<T: ArrowPrimitiveType>(first: &FirstOf) -> Option<Box<dyn Candidates>>
    where
        T::Native: PartialOrd,
    {
        Some(Box::new(Best::<T> { first: first.clone(), values: Vec::new() }))
    }
    match data_type {
        DataType::Int8 => of::<Int8Type>(first),
        DataType::Int16 => of::<Int16Type>(first),
        DataType::Int32 => of::<Int32Type>(first),
        DataType::Int64 => of::<Int64Type>(first),
        DataType::UInt8 => of::<UInt8Type>(first),
        DataType::UInt16 => of::<UInt16Type>(first),
        DataType::UInt32 => of::<UInt32Type>(first),
        DataType::UInt64 => of::<UInt64Type>(first),
        DataType::Float32 => of::<Float32Type>(first),
        DataType::Float64 => of::<Float64Type>(first),
        DataType::Date32 => of::<Date32Type>(first),
        DataType::Date64 => of::<Date64Type>(first),
        DataType::Decimal128(..) => of::<Decimal128Type>(first),
        DataType::Timestamp(TimeUnit::Second, _) => of::<TimestampSecondType>(first),
        DataType::Timestamp(TimeUnit::Millisecond, _) => of::<TimestampMillisecondType>(first),
        DataType::Timestamp(TimeUnit::Microsecond, _) => of::<TimestampMicrosecondType>(first),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => of::<TimestampNanosecondType>(first),
        _ => None,
    }
}

/// The best values of a column of a type, at most as many as rows are wanted; the best one is the first. NaN is greater than all numbers, and 0
/// equal to -0.
struct Best<T: ArrowPrimitiveType> {
    first: FirstOf,
    values: Vec<T::Native>,
}

/// Whether a value is NaN, which alone is not equal to itself.
#[inline]
fn is_nan<N: PartialOrd>(value: N) -> bool {
    value.partial_cmp(&value).is_none()
}

impl<T: ArrowPrimitiveType> Best<T>
where
    T::Native: PartialOrd,
{
    /// The last of the wanted values; none before there are enough.
    fn bound(&self) -> Option<T::Native> {
        self.values.get(self.first.fetch - 1).copied()
    }

    /// Whether a value comes before another one.
    fn is_before(&self, value: T::Native, other: T::Native) -> bool {
        if self.first.is_descending {
            value > other || is_nan(value) && !is_nan(other)
        } else {
            value < other || is_nan(other) && !is_nan(value)
        }
    }

    fn add(&mut self, value: T::Native) {
        let place = self.values.partition_point(|known| !self.is_before(value, *known));
        if place < self.first.fetch {
            self.values.truncate(self.first.fetch - 1);
            self.values.insert(place, value);
        }
    }

    /// Whether a value of a block does not come behind a bound.
    fn has_candidate(&self, block: &[T::Native], bound: T::Native) -> bool {
        if self.first.is_descending {
            is_nan(bound)
                || block.iter().fold(false, |found, value| found | (*value >= bound) | is_nan(*value))
        } else {
            is_nan(bound) || block.iter().fold(false, |found, value| found | (*value <= bound))
        }
    }
}

impl<T: ArrowPrimitiveType> Candidates for Best<T>
where
    T::Native: PartialOrd,
{
    fn keep(&mut self, column: &dyn Array) -> BooleanBuffer {
        let column = column.as_primitive::<T>();
        let values = column.values();
        let mut kept = BooleanBufferBuilder::new(values.len());
        let has_nulls = column.null_count() > 0;
        for (at, block) in values.chunks(BLOCK).enumerate() {
            let bound = self.bound();
            if !has_nulls && bound.is_some_and(|bound| !self.has_candidate(block, bound)) {
                kept.append_n(block.len(), false);
                continue;
            }
            for (offset, value) in block.iter().enumerate() {
                if has_nulls && column.is_null(at * BLOCK + offset) {
                    kept.append(self.first.has_nulls_first || self.bound().is_none());
                    continue;
                }
                let is_kept = self.bound().is_none_or(|bound| !self.is_before(bound, *value));
                kept.append(is_kept);
                if is_kept {
                    self.add(*value);
                }
            }
        }
        kept.finish()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array};

    use super::*;

    /// The rows that a sort by the column puts first, with those that are equal to the last of them.
    fn first_rows(values: &[Option<f64>], first: &FirstOf) -> Vec<usize> {
        let key = |row: &usize| values[*row].map(|value| if value.is_nan() { f64::NAN } else { value + 0.0 });
        let compare = |left: &usize, right: &usize| match (key(left), key(right)) {
            (Some(left), Some(right)) => {
                let ascending = left.total_cmp(&right);
                if first.is_descending { ascending.reverse() } else { ascending }
            }
            (None, None) => std::cmp::Ordering::Equal,
            (left, _) if left.is_none() == first.has_nulls_first => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let mut rows: Vec<usize> = (0..values.len()).collect();
        rows.sort_by(compare);
        let last = rows.get(first.fetch - 1).copied();
        rows.retain(|row| last.is_none_or(|last| compare(row, &last).is_le()));
        rows
    }

    #[test]
    fn the_first_rows_are_kept() {
        let mut seed = 1u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        let special = [f64::NAN, -f64::NAN, 0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY];
        for case in 0..200 {
            let (has_nulls, is_special) = (case % 2 == 0, case % 3 == 0);
            let value = |number: u64| match number % 10 {
                0 if has_nulls => None,
                1..=4 if is_special => Some(special[number as usize % special.len()]),
                _ => Some((number % 997) as f64 - 400.0),
            };
            let values: Vec<Option<f64>> = (0..random() % 2000).map(|_| value(random())).collect();
            let first = FirstOf {
                column: 0,
                is_descending: random() % 2 == 0,
                has_nulls_first: random() % 2 == 0,
                fetch: 1 + (random() % 40) as usize,
            };
            let mut candidates = candidates(&DataType::Float64, &first).unwrap();
            let mut kept = Vec::new();
            for (at, part) in values.chunks(700).enumerate() {
                let bits = candidates.keep(&part.iter().copied().collect::<Float64Array>());
                kept.extend(bits.set_indices().map(|row| at * 700 + row));
            }
            for row in first_rows(&values, &first) {
                assert!(kept.contains(&row), "row {row}, {:?}, of case {case} with {first:?}", values[row]);
            }
        }
    }

    #[test]
    fn few_rows_of_many_are_kept() {
        let first = FirstOf { column: 0, is_descending: false, has_nulls_first: false, fetch: 5 };
        let mut candidates = candidates(&DataType::Int64, &first).unwrap();
        let values: Int64Array = (0..100_000i64).map(|row| Some(row * 7_919 % 100_003)).collect();
        assert!(candidates.keep(&values).count_set_bits() < 200);
        // Each of the best is there twice now, until the first ones of these have moved the bound.
        assert!((1..=5).contains(&candidates.keep(&values).count_set_bits()));
    }
}
