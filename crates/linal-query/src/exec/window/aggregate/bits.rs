//! BIT_AND, BIT_OR and BIT_XOR.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::common::Result;
use std::ops::{BitAnd, BitOr, BitXor};

use super::combine::combined;
use crate::exec::window::frame::Frames;

/// The result of each frame; `None` for a type without bit operations.
pub(super) fn of(name: &str, values: &ArrayRef, frames: &Frames) -> Option<Result<ArrayRef>> {
    Some(Ok(match values.data_type() {
        DataType::Int8 => typed::<Int8Type>(name, values, frames),
        DataType::Int16 => typed::<Int16Type>(name, values, frames),
        DataType::Int32 => typed::<Int32Type>(name, values, frames),
        DataType::Int64 => typed::<Int64Type>(name, values, frames),
        DataType::UInt8 => typed::<UInt8Type>(name, values, frames),
        DataType::UInt16 => typed::<UInt16Type>(name, values, frames),
        DataType::UInt32 => typed::<UInt32Type>(name, values, frames),
        DataType::UInt64 => typed::<UInt64Type>(name, values, frames),
        _ => return None,
    }))
}

fn typed<T: ArrowPrimitiveType>(name: &str, values: &ArrayRef, frames: &Frames) -> ArrayRef
where
    T::Native: BitAnd<Output = T::Native> + BitOr<Output = T::Native> + BitXor<Output = T::Native>,
{
    let combine: fn(T::Native, T::Native) -> T::Native = match name {
        "bit_and" => |left, right| left & right,
        "bit_or" => |left, right| left | right,
        _ => |left, right| left ^ right,
    };
    combined(values.as_primitive::<T>(), frames, combine)
}
