//! What the rows of a file say about the types of its columns.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date64Type, TimeUnit, TimestampNanosecondType, UInt64Type};

/// The facts of all columns, from all rows.
#[derive(Clone, Debug)]
pub(in crate::table) struct Survey {
    pub(in crate::table) columns: Vec<Facts>,
    /// Number of rows.
    pub(in crate::table) rows: usize,
}

/// The facts of a column.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::table) struct Facts {
    /// Whether a row is NULL.
    pub(in crate::table) nulls: bool,
    pub(in crate::table) losses: Losses,
}

impl Survey {
    /// Of no rows.
    pub(in crate::table) fn new(columns: usize) -> Survey {
        Survey { columns: vec![Facts::default(); columns], rows: 0 }
    }

    /// Adds the rows of a batch.
    pub(in crate::table) fn inspect(&mut self, batch: &RecordBatch) {
        self.rows = self.rows.saturating_add(batch.num_rows());
        self.columns.iter_mut().zip(batch.columns()).for_each(|(facts, array)| facts.inspect(array));
    }
}

impl Facts {
    /// Adds the rows of an array.
    pub(in crate::table) fn inspect(&mut self, array: &ArrayRef) {
        self.nulls = self.nulls || array.logical_null_count() > 0;
        self.losses.inspect(array);
    }
}

/// What the usual type of a column would lose.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::table) struct Losses {
    /// Digits of seconds beyond the sixth.
    pub(super) nanoseconds: bool,
    /// Unsigned integers that `i64` does not hold.
    pub(super) large_unsigned: bool,
    /// Times of day in a date column.
    pub(super) times_of_day: bool,
}

impl Losses {
    /// Checks an array and its children.
    fn inspect(&mut self, array: &ArrayRef) {
        match array.data_type() {
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                let values = array.as_primitive::<TimestampNanosecondType>();
                self.nanoseconds |= values.iter().flatten().any(|nanos| nanos % 1000 != 0);
            }
            DataType::UInt64 => {
                let values = array.as_primitive::<UInt64Type>();
                self.large_unsigned |= values.iter().flatten().any(|value| i64::try_from(value).is_err());
            }
            DataType::Date64 => {
                const DAY: i64 = 86_400_000;
                let values = array.as_primitive::<Date64Type>();
                self.times_of_day |= values.iter().flatten().any(|millis| millis % DAY != 0);
            }
            DataType::List(_) => self.inspect(array.as_list::<i32>().values()),
            DataType::LargeList(_) => self.inspect(array.as_list::<i64>().values()),
            DataType::FixedSizeList(_, _) => self.inspect(array.as_fixed_size_list().values()),
            DataType::Struct(_) => array.as_struct().columns().iter().for_each(|column| self.inspect(column)),
            DataType::Dictionary(_, _) => self.inspect(array.as_any_dictionary().values()),
            _ => {}
        }
    }

    /// Notes that a timestamp has digits beyond microseconds.
    pub(in crate::table) fn keep_nanoseconds(&mut self) {
        self.nanoseconds = true;
    }

    /// Whether a column of this type may lose something, so that its values decide on its type.
    pub(in crate::table) fn depend_on_values(kind: &DataType) -> bool {
        match kind {
            DataType::Timestamp(TimeUnit::Nanosecond, _) | DataType::UInt64 | DataType::Date64 => true,
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                Losses::depend_on_values(item.data_type())
            }
            DataType::Struct(fields) => {
                fields.iter().any(|field| Losses::depend_on_values(field.data_type()))
            }
            DataType::Dictionary(_, values) => Losses::depend_on_values(values),
            _ => false,
        }
    }
}
