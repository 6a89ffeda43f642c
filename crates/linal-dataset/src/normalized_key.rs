//! Normalized keys: values whose bytes are equal exactly when SQL calls the values equal.
//!
//! 0 and -0 are one key, and so are all NaNs; intervals are compared by their duration. Other types are their
//! own keys.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, IntervalMonthDayNanoType,
    IntervalUnit,
};
use arrow::error::ArrowError;

/// The type of the keys of intervals.
pub const INTERVAL_KEY: DataType = DataType::Decimal128(38, 0);

/// The normalized keys of a column, of the same length and, except for intervals, the same type.
///
/// # Errors
/// Those of Arrow's conversion of intervals.
pub fn normalized_keys(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        DataType::Float64 => floats::<Float64Type>(array, |x| if x.is_nan() { f64::NAN } else { x + 0.0 }),
        DataType::Float32 => floats::<Float32Type>(array, |x| if x.is_nan() { f32::NAN } else { x + 0.0 }),
        DataType::FixedSizeList(item, width) if item.data_type().is_floating() => {
            let list = array.as_fixed_size_list();
            let values = normalized_keys(list.values())?;
            Arc::new(FixedSizeListArray::try_new_with_length(
                item.clone(),
                *width,
                values,
                list.nulls().cloned(),
                list.len(),
            )?)
        }
        DataType::Interval(_) => intervals(array)?,
        _ => array.clone(),
    })
}

/// Intervals as nanoseconds, with months of 30 days and days of 24 hours.
fn intervals(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let array = arrow::compute::cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let intervals = array.as_primitive::<IntervalMonthDayNanoType>();
    let keys = intervals.unary::<_, Decimal128Type>(linal_store::temporal::compare_key);
    Ok(Arc::new(keys.with_data_type(INTERVAL_KEY)))
}

/// Adding 0 turns -0 into 0 and leaves every other number unchanged.
fn floats<T: ArrowPrimitiveType>(array: &ArrayRef, key: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    let floats: &PrimitiveArray<T> = array.as_primitive();
    Arc::new(floats.unary::<_, T>(key))
}
