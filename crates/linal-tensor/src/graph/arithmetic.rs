//! Building of element-wise nodes: promotion and broadcasting.

use super::node::{Node, NodeRef, Op};
use crate::kernel::elementwise::{BinaryOp, CompareOp, LogicalOp, UnaryOp};
use crate::{DType, Error, Result, Scalar, Shape};

/// A weakly typed literal. It takes the dtype of the other operand: an `f32` tensor times `2.0` is `f32`.
pub fn literal(value: Scalar) -> NodeRef {
    Node::weak_literal(value)
}

/// An element-wise operation of one operand.
///
/// # Errors
/// A dtype that the operation does not take.
pub fn unary(op: UnaryOp, a: &NodeRef) -> Result<NodeRef> {
    use UnaryOp::*;
    let found = a.dtype();
    let mismatch = |rule| Error::DTypeMismatch { operation: op.name(), found, rule };
    let (operand, result) = match op {
        Not if found != DType::Bool => return Err(mismatch("Booleans")),
        Not => (found, DType::Bool),
        IsNan => (found, DType::Bool),
        Abs | Real | Imag => (found.to_number(), found.to_number().to_real()),
        Phase => (found.to_inexact(), found.to_inexact().to_real()),
        Neg | Conj => (found.to_number(), found.to_number()),
        Relu | Floor | Ceil | Round | Sign if found.is_complex() => return Err(mismatch("real numbers")),
        Relu | Floor | Ceil | Round | Sign => (found.to_number(), found.to_number()),
        Sigmoid if found.is_complex() => return Err(mismatch("real numbers")),
        Sqrt | Exp | Log | Log2 | Log10 | Sin | Cos | Tan | Tanh | Sigmoid => {
            (found.to_inexact(), found.to_inexact())
        }
    };
    let a = promote_operand(a, operand)?;
    let shape = a.shape().clone();
    Ok(Node::new(Op::Unary(op), [a], shape, result))
}

/// Arithmetic of two operands, broadcast and promoted as in NumPy.
///
/// `/` and `^` of integers give `f64`; Booleans count as 0 and 1.
///
/// # Errors
/// Shapes that do not broadcast, a STRICT operand that would be broadcast, a dtype without the operation.
pub fn binary(op: BinaryOp, a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    use BinaryOp::*;
    let name = op.name();
    let common = common_dtype(a, b);
    let dtype = match op {
        Div | Pow => common.to_inexact(),
        IntDiv | Rem | Min | Max if common.is_complex() => {
            return Err(Error::DTypeMismatch { operation: name, found: common, rule: "real numbers" });
        }
        _ => common.to_number(),
    };
    let shape = broadcast_shape(name, a, b)?;
    let inputs = [promote_operand(a, dtype)?, promote_operand(b, dtype)?];
    Ok(Node::new(Op::Binary(op), inputs, shape, dtype))
}

/// A comparison, broadcast. The result is Boolean.
///
/// # Errors
/// Shapes that do not broadcast; an order of complex numbers.
pub fn compare(op: CompareOp, a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    let common = common_dtype(a, b);
    if common.is_complex() && !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Err(Error::DTypeMismatch {
            operation: op.name(),
            found: common,
            rule: "real numbers, since complex ones have no order",
        });
    }
    let shape = broadcast_shape(op.name(), a, b)?;
    Ok(Node::new(
        Op::Compare(op),
        [promote_operand(a, common)?, promote_operand(b, common)?],
        shape,
        DType::Bool,
    ))
}

/// Logic of Booleans, broadcast.
///
/// # Errors
/// An operand of another dtype; shapes that do not broadcast.
pub fn logical(op: LogicalOp, a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    for operand in [a, b] {
        if operand.dtype() != DType::Bool {
            return Err(Error::DTypeMismatch {
                operation: op.name(),
                found: operand.dtype(),
                rule: "Booleans",
            });
        }
    }
    let shape = broadcast_shape(op.name(), a, b)?;
    Ok(Node::new(Op::Logical(op), [a.clone(), b.clone()], shape, DType::Bool))
}

/// `a` where the condition holds, else `b`, broadcast.
///
/// # Errors
/// A condition that is not Boolean; shapes that do not broadcast.
pub fn select(condition: &NodeRef, a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    if condition.dtype() != DType::Bool {
        return Err(Error::DTypeMismatch {
            operation: "WHERE",
            found: condition.dtype(),
            rule: "a condition of Booleans",
        });
    }
    let dtype = common_dtype(a, b);
    let shape = broadcast_shape("WHERE", a, b)?;
    let shape = broadcast_shapes("WHERE", condition.shape(), &shape)?;
    let is_stretched =
        |node: &&NodeRef| node.is_strict() && node.shape().rank() > 0 && *node.shape() != shape;
    if let Some(strict) = [condition, a, b].into_iter().find(is_stretched) {
        let left = strict.shape().clone();
        return Err(Error::StrictBroadcast { operation: "WHERE", left, right: shape });
    }
    let inputs = [condition.clone(), promote_operand(a, dtype)?, promote_operand(b, dtype)?];
    Ok(Node::new(Op::Select, inputs, shape, dtype))
}

/// Elements below `low` become `low`, those above `high` become `high`; NaN stays.
///
/// # Errors
/// As [`binary`].
pub fn clip(a: &NodeRef, low: &NodeRef, high: &NodeRef) -> Result<NodeRef> {
    // Of equal numbers the second operand is taken. A number between two numbers stays what it is, -0 included; bounds that are
    // tensors are taken instead, as NumPy does.
    if low.shape().len() == 1 && high.shape().len() == 1 {
        binary(BinaryOp::Min, high, &binary(BinaryOp::Max, low, a)?)
    } else {
        binary(BinaryOp::Min, &binary(BinaryOp::Max, a, low)?, high)
    }
}

/// Complex numbers of real and imaginary parts, broadcast. Integers give `c128`.
///
/// # Errors
/// Complex operands; shapes that do not broadcast.
pub fn complex(re: &NodeRef, im: &NodeRef) -> Result<NodeRef> {
    let common = common_dtype(re, im);
    if common.is_complex() {
        return Err(Error::DTypeMismatch { operation: "COMPLEX", found: common, rule: "real numbers" });
    }
    let real = common.to_inexact();
    let shape = broadcast_shape("COMPLEX", re, im)?;
    Ok(Node::new(
        Op::Complex,
        [promote_operand(re, real)?, promote_operand(im, real)?],
        shape,
        real.to_complex(),
    ))
}

/// The elements in another dtype. Floats are truncated toward zero when cast to `i64`.
///
/// # Errors
/// A cast of complex numbers to a real dtype: `REAL`, `IMAG` and `ABS` select a part.
pub fn cast(a: &NodeRef, dtype: DType) -> Result<NodeRef> {
    if a.dtype() == dtype {
        return Ok(a.clone());
    }
    if a.dtype().is_complex() && !dtype.is_complex() {
        return Err(Error::DTypeMismatch {
            operation: "CAST",
            found: a.dtype(),
            rule: "real numbers for a real dtype (REAL, IMAG or ABS say which part is meant)",
        });
    }
    Ok(Node::new(Op::Cast, [a.clone()], a.shape().clone(), dtype))
}

/// The common dtype of two operands. A weakly typed literal takes the dtype of a tensor, if that can
/// represent its kind.
pub(super) fn common_dtype(a: &NodeRef, b: &NodeRef) -> DType {
    match (a.is_weak(), b.is_weak()) {
        (true, false) => weak_with(a.dtype(), b.dtype()),
        (false, true) => weak_with(b.dtype(), a.dtype()),
        _ => a.dtype().promote(b.dtype()),
    }
}

fn weak_with(weak: DType, strong: DType) -> DType {
    match (weak, strong) {
        (DType::I64, DType::Bool) => DType::I64,
        (DType::F64, DType::Bool | DType::I64) => DType::F64,
        (DType::C128, strong) => strong.to_complex(),
        (_, strong) => strong,
    }
}

/// An operand in the common dtype. A literal is converted at once, and stays weakly typed: `1 / 3` is as weak
/// as `3`.
fn promote_operand(a: &NodeRef, dtype: DType) -> Result<NodeRef> {
    let promoted = match a.as_literal().and_then(|value| value.convert(dtype)) {
        Some(value) if a.dtype() != dtype => Node::new(Op::Literal(value), [], Shape::scalar(), dtype),
        _ => cast(a, dtype)?,
    };
    Ok(promoted.with_weak(a.is_weak()))
}

/// The broadcast shape of two operands. A STRICT tensor accepts only its own shape or a scalar.
pub(super) fn broadcast_shape(operation: &'static str, a: &NodeRef, b: &NodeRef) -> Result<Shape> {
    let strict = a.is_strict() || b.is_strict();
    let scalar = a.shape().rank() == 0 || b.shape().rank() == 0;
    if strict && !scalar && a.shape() != b.shape() {
        return Err(Error::StrictBroadcast { operation, left: a.shape().clone(), right: b.shape().clone() });
    }
    broadcast_shapes(operation, a.shape(), b.shape())
}

fn broadcast_shapes(operation: &'static str, a: &Shape, b: &Shape) -> Result<Shape> {
    a.broadcast(b).ok_or_else(|| Error::ShapeMismatch {
        operation,
        left: a.clone(),
        right: b.clone(),
        rule: "sizes must be equal or 1, axis by axis from the last",
    })
}
