//! Division by the Euclidean norm.

use super::Operands;
use crate::graph::{NodeRef, cast};
use crate::{Error, Result};

/// Casts the input to a float, and checks the axis.
///
/// # Errors
/// An axis out of range.
pub(super) fn normalize(axis: Option<usize>, inputs: &[NodeRef]) -> Result<Operands> {
    let input = cast(&inputs[0], inputs[0].dtype().to_inexact())?;
    let (shape, dtype) = (input.shape().clone(), input.dtype());
    match axis {
        Some(axis) if axis >= shape.rank() => {
            Err(Error::AxisOutOfRange { operation: "NORMALIZE", axis: axis as i64, shape })
        }
        _ => Ok(Operands { inputs: vec![input], shape, dtype }),
    }
}
