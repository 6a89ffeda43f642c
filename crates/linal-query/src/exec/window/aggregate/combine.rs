//! Combines the numbers of a frame two at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, PrimitiveArray, PrimitiveBuilder};
use arrow::buffer::NullBuffer;
use arrow::datatypes::ArrowPrimitiveType;

use super::fold::{Fold, over_frames};
use crate::exec::window::frame::Frames;

/// The numbers of each frame, combined; NULL for a frame without numbers. `combine` is associative.
pub(super) fn combined<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    frames: &Frames,
    combine: fn(T::Native, T::Native) -> T::Native,
) -> ArrayRef {
    let fold = Numbers { values: values.values(), nulls: values.nulls(), combine };
    let mut results =
        PrimitiveBuilder::<T>::with_capacity(frames.len()).with_data_type(values.data_type().clone());
    over_frames(&fold, values.len(), frames, |state| results.append_option(*state));
    Arc::new(results.finish())
}

struct Numbers<'a, N> {
    values: &'a [N],
    nulls: Option<&'a NullBuffer>,
    combine: fn(N, N) -> N,
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
            (Some(left), Some(right)) => Some((self.combine)(left, right)),
            (left, right) => left.or(right),
        }
    }
}
