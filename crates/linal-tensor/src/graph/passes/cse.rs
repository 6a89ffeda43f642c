//! Common subexpression elimination.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::bottom_up;
use crate::graph::node::{Node, NodeRef, Op};

type Key = (String, SmallVec<[*const Node; 2]>, crate::Shape, crate::DType);

/// Replaces nodes of equal operation and inputs by one node.
pub(super) fn run(root: &NodeRef) -> NodeRef {
    if root.inputs().iter().all(|input| input.inputs().is_empty()) {
        // A single operation over leaves has no common subexpressions: lowering merges equal leaves.
        return root.clone();
    }
    let mut known: FxHashMap<Key, NodeRef> = FxHashMap::default();
    bottom_up(root, |node| {
        let inputs = node.inputs().iter().map(Arc::as_ptr).collect();
        let key = (describe(node.op()), inputs, node.shape().clone(), node.dtype());
        Some(known.entry(key).or_insert_with(|| node.clone()).clone())
    })
}

fn describe(op: &Op) -> String {
    match op {
        Op::Leaf(leaf) => {
            let layout = leaf.tensor.layout();
            format!("{} {:?} {} {layout:?}", leaf.tag, leaf.tensor.arrow_buffer().as_ptr(), leaf.strict)
        }
        other => format!("{other:?}"),
    }
}
