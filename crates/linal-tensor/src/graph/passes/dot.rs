//! Inner products: `SUM(a * b)` of two vectors becomes `DOT(a, b)`, or is fused with the computation of `a`
//! and `b`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{bottom_up_from, uses};
use crate::DType;
use crate::graph::arithmetic::{binary, cast};
use crate::graph::node::{Node, NodeRef, Op};
use crate::graph::operation::distance;
use crate::graph::reduction::reduce;
use crate::kernel::distance::DistanceOp;
use crate::kernel::elementwise::BinaryOp;
use crate::kernel::reduce::ReduceOp;

/// Replaces a sum over a product that has no other use by an inner product, and an inner product of vectors
/// that are computed only for it by a sum over a product.
///
/// An inner product reads both vectors from memory. If one of them would be written only for it, the sum is
/// fused with the kernel that computes it, in double precision as inner products are.
pub(super) fn run(root: &NodeRef) -> NodeRef {
    let uses = uses(root);
    bottom_up_from(root, |original, node| {
        let (a, b) = factors(original, node, &uses)?;
        let computed =
            original_factors(original)?.iter().any(|factor| is_computed_only_for(factor, original, &uses));
        let replaced = if computed {
            let (a, b) = (cast(a, DType::F64).ok()?, cast(b, DType::F64).ok()?);
            reduce(ReduceOp::Sum, &binary(BinaryOp::Mul, &a, &b).ok()?, None)
        } else {
            distance(DistanceOp::Dot, a, b)
        };
        replaced.ok().filter(|replaced| replaced.dtype() == node.dtype())
    })
}

/// The float vectors of which a node is the inner product.
fn factors<'n>(
    original: &NodeRef,
    node: &'n NodeRef,
    uses: &FxHashMap<*const Node, usize>,
) -> Option<(&'n NodeRef, &'n NodeRef)> {
    let (a, b) = match (node.op(), node.inputs()) {
        (Op::Distance(DistanceOp::Dot), [a, b]) => (a, b),
        (Op::Reduce(ReduceOp::Sum, None), [product]) => {
            let single_use = original.inputs().iter().all(|product| uses[&Arc::as_ptr(product)] == 1);
            match (product.op(), product.inputs()) {
                (Op::Binary(BinaryOp::Mul), [a, b]) if single_use && product.dtype().is_float() => (a, b),
                _ => return None,
            }
        }
        _ => return None,
    };
    let vectors = a.shape().rank() == 1 && a.shape() == b.shape() && a.dtype().is_float();
    vectors.then_some((a, b))
}

/// The same vectors in the original graph, whose uses are counted.
fn original_factors(original: &NodeRef) -> Option<&[NodeRef]> {
    match original.op() {
        Op::Distance(_) => Some(original.inputs()),
        _ => original.inputs().first().map(|product| product.inputs()),
    }
}

/// Whether a vector is computed element-wise and has no other use than this inner product.
fn is_computed_only_for(factor: &NodeRef, original: &NodeRef, uses: &FxHashMap<*const Node, usize>) -> bool {
    let here =
        original_factors(original).unwrap_or_default().iter().filter(|other| Arc::ptr_eq(other, factor));
    factor.op().is_elementwise() && uses[&Arc::as_ptr(factor)] == here.count()
}
