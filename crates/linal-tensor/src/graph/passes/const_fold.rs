//! Constant folding, and simplification of operations with literals.

use super::bottom_up;
use crate::graph::node::{Node, NodeRef, Op};
use crate::graph::program::Program;
use crate::kernel::elementwise::BinaryOp;
use crate::{ExecutionContext, Scalar};

/// Folds operations over literals only; replaces `x ^ 2` by `x * x`, and `x * 1`, `x / 1` and `x ^ 1` by `x`.
pub(super) fn run(root: &NodeRef) -> NodeRef {
    bottom_up(root, |node| fold(node).or_else(|| simplify(node)))
}

fn fold(node: &NodeRef) -> Option<NodeRef> {
    let inputs = node.inputs();
    if !node.op().is_elementwise() || !inputs.iter().all(|input| input.as_literal().is_some()) {
        return None;
    }
    // An overflow or a division by zero is not folded: the run reports it.
    let program: Program = crate::graph::lower::lower(node);
    let value = program.run(&[], &ExecutionContext::unlimited()).ok()?.item()?;
    Some(Node::new(Op::Literal(value), [], node.shape().clone(), node.dtype()))
}

fn simplify(node: &NodeRef) -> Option<NodeRef> {
    let Op::Binary(op) = node.op() else { return None };
    let [a, b] = node.inputs() else { return None };
    let number = b.as_literal()?;
    let unchanged = a.shape() == node.shape() && a.dtype() == node.dtype();
    match op {
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Pow if unchanged && is(number, 1.0) => Some(a.clone()),
        BinaryOp::Pow if unchanged && is(number, 2.0) => Some(Node::new(
            Op::Binary(BinaryOp::Mul),
            [a.clone(), a.clone()],
            node.shape().clone(),
            node.dtype(),
        )),
        _ => None,
    }
}

/// Whether a literal equals a real number. With a complex operand the literal was promoted to a complex
/// number.
fn is(scalar: Scalar, number: f64) -> bool {
    match scalar {
        Scalar::C64(z) => z.im == 0.0 && f64::from(z.re) == number,
        Scalar::C128(z) => z.im == 0.0 && z.re == number,
        _ => scalar.to_f64() == number,
    }
}
