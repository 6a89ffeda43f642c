//! Cumulative sums and differences of adjacent elements.

use super::Operands;
use crate::graph::{NodeRef, cast};
use crate::{Error, Result, Shape};

/// Casts the input to a number, and checks the axis.
///
/// # Errors
/// An axis out of range.
pub(super) fn cumsum(axis: Option<usize>, inputs: &[NodeRef]) -> Result<Operands> {
    let input = cast(&inputs[0], inputs[0].dtype().to_number())?;
    let from = input.shape();
    let shape = match axis {
        Some(axis) if axis >= from.rank() => {
            let shape = from.clone();
            return Err(Error::AxisOutOfRange { operation: "CUMSUM", axis: axis as i64, shape });
        }
        Some(_) => from.clone(),
        None => Shape::new(&[from.len()]),
    };
    let dtype = input.dtype();
    Ok(Operands { inputs: vec![input], shape, dtype })
}

/// Casts the input to a number, and computes the shape of differences along the last axis.
///
/// # Errors
/// A scalar.
pub(super) fn diff(inputs: &[NodeRef]) -> Result<Operands> {
    let input = cast(&inputs[0], inputs[0].dtype().to_number())?;
    let Some(last) = input.shape().rank().checked_sub(1) else {
        return Err(Error::BadShape {
            operation: "DIFF",
            found: input.shape().clone(),
            rule: "at least one axis",
        });
    };
    let shape = input.shape().resized(last, input.shape()[last].saturating_sub(1));
    let dtype = input.dtype();
    Ok(Operands { inputs: vec![input], shape, dtype })
}
