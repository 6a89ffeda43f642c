//! Building of views.

use smallvec::SmallVec;

use super::node::{Node, NodeRef, Op};
use crate::{Error, Layout, Result, Shape, Take};

/// The axes in reverse order. A vector is unchanged.
pub fn transpose(a: &NodeRef) -> Result<NodeRef> {
    let order: SmallVec<[usize; 4]> = (0..a.shape().rank()).rev().collect();
    permute(a, &order)
}

/// The axes in the given order.
///
/// # Errors
/// An order that is not a permutation of the axes.
pub fn permute(a: &NodeRef, order: &[usize]) -> Result<NodeRef> {
    let rank = a.shape().rank();
    let mut seen: SmallVec<[bool; 4]> = SmallVec::from_elem(false, rank);
    for &axis in order {
        if axis >= rank || std::mem::replace(&mut seen[axis], true) {
            return Err(Error::argument(
                "TRANSPOSE",
                format!("{order:?} is not a permutation of {rank} axes"),
            ));
        }
    }
    if order.len() != rank {
        return Err(Error::argument("TRANSPOSE", format!("{order:?} is not a permutation of {rank} axes")));
    }
    let dims: Vec<usize> = order.iter().map(|&axis| a.shape()[axis]).collect();
    Ok(Node::new(Op::Permute(SmallVec::from_slice(order)), [a.clone()], dims.into(), a.dtype()))
}

/// The same elements in logical order under another shape; one size may be -1 and is computed.
///
/// # Errors
/// A shape of another length, or sizes that do not determine the -1.
pub fn reshape(a: &NodeRef, dims: &[i64]) -> Result<NodeRef> {
    let shape = resolve_dims(a.shape(), dims)?;
    Ok(Node::new(Op::Reshape, [a.clone()], shape, a.dtype()))
}

fn resolve_dims(from: &Shape, dims: &[i64]) -> Result<Shape> {
    let text = |needs: String| {
        let text =
            format!("shape {from} of {} elements does not fit {dims:?}, which needs {needs}", from.len());
        Error::argument("RESHAPE", text)
    };
    let mut known = 1usize;
    let mut open = None;
    for (axis, &d) in dims.iter().enumerate() {
        match usize::try_from(d) {
            Ok(d) => {
                known = known.checked_mul(d).ok_or_else(|| text("more than there can be".into()))?;
            }
            Err(_) if d == -1 && open.is_none() => open = Some(axis),
            Err(_) if d == -1 => return Err(Error::argument("RESHAPE", "only one size may be -1")),
            Err(_) => return Err(Error::argument("RESHAPE", format!("size {d} is negative"))),
        }
    }
    let mut sizes: Vec<usize> = dims.iter().map(|&d| d.max(0) as usize).collect();
    if let Some(axis) = open {
        if known == 0 {
            let text = "beside a size of 0 there is no element, and -1 may stand for any number";
            return Err(Error::argument("RESHAPE", format!("shape {from} does not fit {dims:?}: {text}")));
        }
        if !from.len().is_multiple_of(known) {
            return Err(text(format!("a multiple of {known}")));
        }
        sizes[axis] = from.len() / known;
    } else if known != from.len() {
        return Err(text(known.to_string()));
    }
    Ok(sizes.into())
}

/// All elements in logical order, as a vector.
pub fn flatten(a: &NodeRef) -> NodeRef {
    if a.shape().rank() == 1 {
        return a.clone();
    }
    Node::new(Op::Reshape, [a.clone()], Shape::new(&[a.shape().len()]), a.dtype())
}

/// Basic indexing.
///
/// # Errors
/// An index or bound out of range; more entries than axes.
pub fn index(a: &NodeRef, takes: &[Take]) -> Result<NodeRef> {
    let shape = Layout::indexed_shape(a.shape(), takes)?;
    Ok(Node::new(Op::Index(SmallVec::from_slice(takes)), [a.clone()], shape, a.dtype()))
}

/// The tensor broadcast to a shape.
///
/// # Errors
/// When it does not broadcast to the shape.
pub fn broadcast(operation: &'static str, a: &NodeRef, shape: &Shape) -> Result<NodeRef> {
    if a.shape() == shape {
        return Ok(a.clone());
    }
    match a.shape().broadcast(shape) {
        Some(both) if both == *shape => Ok(Node::new(Op::Broadcast, [a.clone()], shape.clone(), a.dtype())),
        _ => Err(Error::ShapeMismatch {
            operation,
            left: a.shape().clone(),
            right: shape.clone(),
            rule: "the first does not stretch to the second",
        }),
    }
}

/// A new axis of size 1 before `axis`.
pub fn insert_axis(a: &NodeRef, axis: usize) -> NodeRef {
    let shape = a.shape().with_axis(axis, 1);
    Node::new(Op::InsertAxis(axis), [a.clone()], shape, a.dtype())
}

/// The diagonal of two axes of equal size, as the last axis.
pub(super) fn diagonal(a: &NodeRef, first: usize, second: usize) -> NodeRef {
    let shape = Layout::contiguous(a.shape().clone()).diagonal(first, second).shape;
    Node::new(Op::Diagonal(first, second), [a.clone()], shape, a.dtype())
}
