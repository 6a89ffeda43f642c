//! Concatenation along an axis.

use super::Operands;
use crate::graph::{NodeRef, cast};
use crate::{Error, Result, Shape};

const NAME: &str = "CONCAT";

/// Casts the inputs to one dtype, and checks that their shapes agree except along the axis.
///
/// # Errors
/// No inputs, scalars, an axis out of range, sizes that differ on another axis.
pub(super) fn concat(axis: usize, inputs: &[NodeRef]) -> Result<Operands> {
    let Some(first) = inputs.first() else {
        return Err(Error::argument(NAME, "takes at least one tensor"));
    };
    if axis >= first.shape().rank() {
        return Err(Error::AxisOutOfRange {
            operation: NAME,
            axis: axis as i64,
            shape: first.shape().clone(),
        });
    }
    let mut dtype = first.dtype();
    let mut size = 0usize;
    for input in inputs {
        check(axis, first.shape(), input.shape())?;
        dtype = dtype.promote(input.dtype());
        size = size
            .checked_add(input.shape()[axis])
            .ok_or_else(|| Error::argument(NAME, format!("axis {axis} has too many elements")))?;
    }
    let shape = first.shape().resized(axis, size);
    let inputs = inputs.iter().map(|input| cast(input, dtype)).collect::<Result<_>>()?;
    Ok(Operands { inputs, shape, dtype })
}

fn check(axis: usize, first: &Shape, other: &Shape) -> Result<()> {
    let agree = first.rank() == other.rank() && first.without(axis) == other.without(axis);
    agree.then_some(()).ok_or_else(|| Error::ShapeMismatch {
        operation: NAME,
        left: first.clone(),
        right: other.clone(),
        rule: "all sizes must be equal, except along the axis",
    })
}
