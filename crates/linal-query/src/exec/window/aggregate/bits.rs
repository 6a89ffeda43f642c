//! BIT_AND, BIT_OR and BIT_XOR.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveBuilder};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::common::Result;
use std::ops::{BitAnd, BitOr, BitXor};
use std::sync::Arc;

use super::fold::{Fold, over_frames};
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
    let combine = match name {
        "bit_and" => |left: T::Native, right: T::Native| left & right,
        "bit_or" => |left: T::Native, right: T::Native| left | right,
        _ => |left: T::Native, right: T::Native| left ^ right,
    };
    let fold = Bits { values: values.as_primitive::<T>().values(), nulls: values.nulls(), combine };
    let mut results = PrimitiveBuilder::<T>::with_capacity(frames.len());
    over_frames(&fold, values.len(), frames, |state| results.append_option(*state));
    Arc::new(results.finish())
}

struct Bits<'a, N> {
    values: &'a [N],
    nulls: Option<&'a NullBuffer>,
    combine: fn(N, N) -> N,
}

impl<N: Copy> Fold for Bits<'_, N> {
    type State = Option<N>;

    fn empty(&self) -> Option<N> {
        None
    }

    fn add(&self, state: &mut Option<N>, row: usize) {
        if self.nulls.is_none_or(|nulls| nulls.is_valid(row)) {
            *state = self.join(state, &Some(self.values[row]));
        }
    }

    fn join(&self, left: &Option<N>, right: &Option<N>) -> Option<N> {
        match (*left, *right) {
            (Some(left), Some(right)) => Some((self.combine)(left, right)),
            (left, right) => left.or(right),
        }
    }
}
