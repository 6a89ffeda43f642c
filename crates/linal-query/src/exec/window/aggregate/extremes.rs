//! MIN and MAX of every ordered type.

use std::cmp::Ordering;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, PrimitiveArray, UInt64Array, downcast_primitive_array,
    make_comparator,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{ArrowPrimitiveType, DataType};
use datafusion::common::Result;

use super::combine::combined;
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
    let combine: fn(T::Native, T::Native) -> T::Native = if is_max {
        |left, right| if left.compare(right) == Ordering::Less { right } else { left }
    } else {
        |left, right| if left.compare(right) == Ordering::Greater { right } else { left }
    };
    combined(values, frames, combine)
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
