//! Building of reductions.

use super::node::{Node, NodeRef, Op};
use crate::kernel::reduce::ReduceOp;
use crate::{DType, Error, Result, Shape};

/// A reduction of all elements to a scalar, or along one axis, which is removed.
///
/// Sums and statistics of sums accumulate in `f64` and give `f64` (sums of integers are `i64`); `MIN` and
/// `MAX` keep the dtype; `ARGMIN` and `ARGMAX` give `i64`.
///
/// # Errors
/// An axis out of range, a dtype without the operation, no elements where at least one is needed.
pub fn reduce(op: ReduceOp, a: &NodeRef, axis: Option<i64>) -> Result<NodeRef> {
    let axis = axis.map(|axis| resolve_axis(op.name(), a.shape(), axis)).transpose()?;
    let dtype = result_dtype(op, a.dtype())?;
    let reduced = axis.map_or(a.shape().len(), |axis| a.shape()[axis]);
    let shape = axis.map_or(Shape::scalar(), |axis| a.shape().without(axis));
    if reduced == 0 && op.needs_elements() && !(axis.is_some() && shape.is_empty()) {
        return Err(Error::BadShape {
            operation: op.name(),
            found: a.shape().clone(),
            rule: "at least one element",
        });
    }
    Ok(Node::new(Op::Reduce(op, axis), [a.clone()], shape, dtype))
}

/// An axis, counted from the start of the shape. Negative axes are counted from the end.
///
/// # Errors
/// When the shape does not have it.
pub fn resolve_axis(operation: &'static str, shape: &Shape, axis: i64) -> Result<usize> {
    let rank = shape.rank() as i64;
    let resolved = if axis < 0 { axis.saturating_add(rank) } else { axis };
    if (0..rank).contains(&resolved) {
        Ok(resolved as usize)
    } else {
        Err(Error::AxisOutOfRange { operation, axis, shape: shape.clone() })
    }
}

fn result_dtype(op: ReduceOp, from: DType) -> Result<DType> {
    use ReduceOp::*;
    let mismatch = |rule| Error::DTypeMismatch { operation: op.name(), found: from, rule };
    Ok(match op {
        Any | All if from != DType::Bool => return Err(mismatch("Booleans")),
        Any | All => DType::Bool,
        Min | Max | ArgMin | ArgMax if from.is_complex() => {
            return Err(mismatch("real numbers, since complex ones have no order"));
        }
        Min | Max => from,
        ArgMin | ArgMax => DType::I64,
        Sum | Prod => wide(from.to_number()),
        Mean => wide(from.to_inexact()),
        L2Norm | Variance { .. } | Stdev { .. } => DType::F64,
    })
}

/// The dtype of sums: `i64` for integers, double precision for all others.
fn wide(dtype: DType) -> DType {
    match dtype {
        DType::Bool | DType::I64 => DType::I64,
        DType::F32 | DType::F64 => DType::F64,
        DType::C64 | DType::C128 => DType::C128,
    }
}
