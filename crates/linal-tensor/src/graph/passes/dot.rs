//! `SUM(a * b)` of two vectors is their inner product: one pass, no product in memory.

use super::{bottom_up, uses};
use crate::graph::node::{NodeRef, Op};
use crate::graph::operation::pair;
use crate::kernel::elementwise::BinaryOp;
use crate::kernel::pair::PairOp;
use crate::kernel::reduce::ReduceOp;

/// Replaces a sum over a product that nothing else uses.
pub(super) fn run(root: &NodeRef) -> NodeRef {
    let uses = uses(root);
    bottom_up(root, |node| {
        let Op::Reduce(ReduceOp::Sum, None) = node.op() else { return None };
        let product = node.inputs().first()?;
        let Op::Binary(BinaryOp::Mul) = product.op() else { return None };
        let [a, b] = product.inputs() else { return None };
        let vectors = a.shape().rank() == 1 && a.shape() == b.shape();
        let alone = uses.get(&std::sync::Arc::as_ptr(product)).is_none_or(|&n| n == 1);
        if !vectors || !alone || !product.dtype().is_float() {
            return None;
        }
        pair(PairOp::Dot, a, b).ok().filter(|dot| dot.dtype() == node.dtype())
    })
}
