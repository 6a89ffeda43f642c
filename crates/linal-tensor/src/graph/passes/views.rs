//! Merging of views of views, and removal of identity views.

use smallvec::SmallVec;

use super::bottom_up;
use crate::graph::node::{Node, NodeRef, Op};

/// `TRANSPOSE` of `TRANSPOSE` is the identity, `RESHAPE` of `RESHAPE` is the outer one.
pub(super) fn run(root: &NodeRef) -> NodeRef {
    bottom_up(root, |node| merge(node).or_else(|| drop_identity(node)))
}

fn merge(node: &NodeRef) -> Option<NodeRef> {
    let [input] = node.inputs() else { return None };
    let (op, below) = match (node.op(), input.op()) {
        (Op::Permute(outer), Op::Permute(inner)) => {
            let order: SmallVec<[usize; 4]> = outer.iter().map(|&axis| inner[axis]).collect();
            (Op::Permute(order), input.inputs().first()?)
        }
        (Op::Reshape, Op::Reshape) => (Op::Reshape, input.inputs().first()?),
        _ => return None,
    };
    let merged = Node::new(op, [below.clone()], node.shape().clone(), node.dtype());
    Some(drop_identity(&merged).unwrap_or(merged))
}

fn drop_identity(node: &NodeRef) -> Option<NodeRef> {
    let input = node.inputs().first()?;
    let identity = match node.op() {
        Op::Permute(order) => order.iter().copied().eq(0..order.len()),
        Op::Reshape | Op::Broadcast => input.shape() == node.shape(),
        _ => false,
    };
    identity.then(|| input.clone())
}
