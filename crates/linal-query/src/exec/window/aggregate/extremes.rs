//! MIN and MAX of every ordered type.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, PrimitiveArray, PrimitiveBuilder, UInt64Array,
    downcast_primitive_array, make_comparator,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{ArrowPrimitiveType, DataType};
use datafusion::common::Result;

use super::fold::{Fold, over_frames};
use crate::exec::window::frame::Frames;

/// The extreme of each frame; `None` for tensors, whose extremes are elementwise.
pub(super) fn extreme(values: &ArrayRef, is_max: bool, frames: &Frames) -> Option<Result<ArrayRef>> {
    if matches!(values.data_type(), DataType::FixedSizeList(..) | DataType::Null | DataType::Interval(_)) {
        return None;
    }
    downcast_primitive_array!(
        values => Some(Ok(primitive(values, is_max, frames))),
        _ => Some(compared(values, is_max, frames)),
    )
}

fn primitive<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, is_max: bool, frames: &Frames) -> ArrayRef {
    let wins = if is_max {
        |left: T::Native, right: T::Native| left.compare(right) != Ordering::Less
    } else {
        |left: T::Native, right: T::Native| left.compare(right) != Ordering::Greater
    };
    let fold = Numbers { values: values.values(), nulls: values.nulls(), wins };
    let mut results =
        PrimitiveBuilder::<T>::with_capacity(frames.len()).with_data_type(values.data_type().clone());
    over_frames(&fold, values.len(), frames, |state| results.append_option(*state));
    Arc::new(results.finish())
}

struct Numbers<'a, N> {
    values: &'a [N],
    nulls: Option<&'a NullBuffer>,
    /// Whether the left value is kept.
    wins: fn(N, N) -> bool,
}

impl<N: Copy> Fold for Numbers<'_, N> {
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
            (Some(left), Some(right)) => Some(if (self.wins)(left, right) { left } else { right }),
            (left, right) => left.or(right),
        }
    }
}

/// The rows of the extremes, by the sort order of the type.
fn compared(values: &ArrayRef, is_max: bool, frames: &Frames) -> Result<ArrayRef> {
    let compare = make_comparator(values, values, SortOptions::default())?;
    let fold = Compared { compare: &compare, nulls: values.logical_nulls(), is_max };
    let mut rows: Vec<Option<u64>> = Vec::with_capacity(frames.len());
    over_frames(&fold, values.len(), frames, |state| rows.push(state.map(|row| row as u64)));
    Ok(take(values, &UInt64Array::from(rows), None)?)
}

struct Compared<'a> {
    compare: &'a dyn Fn(usize, usize) -> Ordering,
    nulls: Option<NullBuffer>,
    is_max: bool,
}

impl Fold for Compared<'_> {
    type State = Option<usize>;

    fn empty(&self) -> Option<usize> {
        None
    }

    fn add(&self, state: &mut Option<usize>, row: usize) {
        if self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            *state = self.join(state, &Some(row));
        }
    }

    fn join(&self, left: &Option<usize>, right: &Option<usize>) -> Option<usize> {
        let (Some(first), Some(second)) = (*left, *right) else { return left.or(*right) };
        let order = (self.compare)(first, second);
        let order = if self.is_max { order.reverse() } else { order };
        Some(if order == Ordering::Greater { second } else { first })
    }
}
