//! Sorting along the last axis.

use super::Operands;
use crate::graph::NodeRef;
use crate::kernel::sort::unordered;
use crate::{DType, Error, Result};

/// Checks that the elements are ordered.
///
/// # Errors
/// A scalar; complex numbers.
pub(super) fn sort(operation: &'static str, inputs: &[NodeRef], result: Option<DType>) -> Result<Operands> {
    let input = &inputs[0];
    let (shape, dtype) = (input.shape().clone(), input.dtype());
    if shape.rank() == 0 {
        return Err(Error::BadShape { operation, found: shape, rule: "at least one axis" });
    }
    check_real(operation, input)?;
    Ok(Operands { inputs: vec![input.clone()], shape, dtype: result.unwrap_or(dtype) })
}

/// Checks that the elements are real.
pub(super) fn check_real(operation: &'static str, input: &NodeRef) -> Result<()> {
    if input.dtype().is_complex() {
        return Err(unordered(operation, input.dtype()));
    }
    Ok(())
}
