//! Systems of linear equations, inverses and determinants.

use super::Operands;
use crate::graph::{NodeRef, cast};
use crate::kernel::solve::SolveOp;
use crate::{DType, Error, Result, Shape};

/// Checks the operands, and computes the shape and dtype of the result. Integers are computed in `f64`.
pub(super) fn solve(op: SolveOp, inputs: &[NodeRef]) -> Result<Operands> {
    let a = &inputs[0];
    let dims = a.shape().dims();
    if dims.len() != 2 || dims[0] != dims[1] {
        let rule = "a square matrix";
        return Err(Error::BadShape { operation: op.name(), found: a.shape().clone(), rule });
    }
    let dtype = inputs.iter().map(|input| input.dtype()).fold(DType::Bool, DType::promote).to_inexact();
    let shape = match op {
        SolveOp::Solve => {
            let b = &inputs[1];
            if !(1..=2).contains(&b.shape().rank()) || b.shape()[0] != dims[0] {
                return Err(Error::ShapeMismatch {
                    operation: "SOLVE",
                    left: a.shape().clone(),
                    right: b.shape().clone(),
                    rule: "the second is a vector or matrix with as many rows as the first",
                });
            }
            b.shape().clone()
        }
        SolveOp::Inverse => a.shape().clone(),
        SolveOp::Determinant => Shape::scalar(),
    };
    let inputs = inputs.iter().map(|input| cast(input, dtype)).collect::<Result<_>>()?;
    Ok(Operands { inputs, shape, dtype })
}
