//! Types whose values are integers of at most 64 signed bits: integers, dates, times, timestamps, durations.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, make_array};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type,
};

use super::super::error::{Result, StoreError};

/// The integer type with the bits of a type; `None` for types of other values, and for u64.
pub(super) fn integer_type(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => data_type.clone(),
        DataType::Date32 | DataType::Time32(_) => DataType::Int32,
        DataType::Date64 | DataType::Time64(_) | DataType::Timestamp(_, _) | DataType::Duration(_) => {
            DataType::Int64
        }
        _ => return None,
    })
}

/// The integer of a row, which is not NULL.
pub(super) fn encode(array: &dyn Array, row: usize) -> Option<i64> {
    fn of<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array, row: usize) -> i64 {
        array.as_primitive::<T>().value(row).into()
    }
    let integer = integer_type(array.data_type())?;
    let slice = array.slice(row, 1);
    let same_bits = slice.to_data().into_builder().data_type(integer.clone()).build().ok()?;
    let slice = make_array(same_bits);
    Some(match integer {
        DataType::Int8 => of::<Int8Type>(&slice, 0),
        DataType::Int16 => of::<Int16Type>(&slice, 0),
        DataType::Int32 => of::<Int32Type>(&slice, 0),
        DataType::UInt8 => of::<UInt8Type>(&slice, 0),
        DataType::UInt16 => of::<UInt16Type>(&slice, 0),
        DataType::UInt32 => of::<UInt32Type>(&slice, 0),
        _ => of::<Int64Type>(&slice, 0),
    })
}

/// The array of integers in a type.
///
/// # Errors
/// An integer that the type does not hold.
pub(super) fn decode(data_type: &DataType, values: &[Option<i64>]) -> Result<ArrayRef> {
    fn of<T: ArrowPrimitiveType<Native: TryFrom<i64>>>(values: &[Option<i64>]) -> Result<ArrayRef> {
        let narrow = |value: &Option<i64>| value.map(T::Native::try_from).transpose();
        let array: std::result::Result<PrimitiveArray<T>, _> = values.iter().map(narrow).collect();
        let outside = |_| StoreError::damaged("a row of the catalog has an integer outside of its type");
        Ok(Arc::new(array.map_err(outside)?))
    }
    let integer = integer_type(data_type);
    let integers = match integer {
        Some(DataType::Int8) => of::<Int8Type>(values),
        Some(DataType::Int16) => of::<Int16Type>(values),
        Some(DataType::Int32) => of::<Int32Type>(values),
        Some(DataType::UInt8) => of::<UInt8Type>(values),
        Some(DataType::UInt16) => of::<UInt16Type>(values),
        Some(DataType::UInt32) => of::<UInt32Type>(values),
        _ => of::<Int64Type>(values),
    }?;
    let data = integers.to_data().into_builder().data_type(data_type.clone()).build()?;
    Ok(make_array(data))
}
