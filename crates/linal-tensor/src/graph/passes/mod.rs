//! Rewrites of a graph, by name and in order. Each keeps the root's shape and dtype.

mod const_fold;
mod cse;
mod dot;
mod matrix_chain;
mod views;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::node::{Node, NodeRef, topological};

/// A rewrite of a whole graph.
pub struct Pass {
    /// The name that EXPLAIN shows.
    pub name: &'static str,
    /// The rewrite; gives back the same root when there was nothing to do.
    pub run: fn(&NodeRef) -> NodeRef,
}

/// All passes in the order in which they run.
pub const PASSES: [Pass; 5] = [
    Pass { name: "constant_folding", run: const_fold::run },
    Pass { name: "merge_views", run: views::run },
    Pass { name: "common_subexpressions", run: cse::run },
    Pass { name: "matrix_chain_order", run: matrix_chain::run },
    Pass { name: "inner_products", run: dot::run },
];

/// Runs all passes.
pub fn rewrite(root: &NodeRef) -> NodeRef {
    // A single operation over tensors, the common statement, has nothing to rewrite but its own literals.
    let mut root = root.clone();
    for pass in &PASSES {
        let changed = (pass.run)(&root);
        debug_assert!(
            changed.shape() == root.shape() && changed.dtype() == root.dtype(),
            "{} changed the type of the graph",
            pass.name
        );
        root = changed;
    }
    root
}

/// Rebuilds a graph from its leaves: `replace` sees each node with its rebuilt inputs, and may give another node of the
/// same shape and dtype for it.
fn bottom_up(root: &NodeRef, mut replace: impl FnMut(&NodeRef) -> Option<NodeRef>) -> NodeRef {
    bottom_up_from(root, |_, node| replace(node))
}

/// As [`bottom_up`]; `replace` sees each node as it was, too, for what is known of the graph as it was.
fn bottom_up_from(root: &NodeRef, mut replace: impl FnMut(&NodeRef, &NodeRef) -> Option<NodeRef>) -> NodeRef {
    let mut rebuilt: FxHashMap<*const Node, NodeRef> = FxHashMap::default();
    let order = topological(root);
    for node in &order {
        let inputs: SmallVec<[NodeRef; 2]> =
            node.inputs().iter().map(|input| rebuilt[&Arc::as_ptr(input)].clone()).collect();
        let same = inputs.iter().zip(node.inputs()).all(|(new, old)| Arc::ptr_eq(new, old));
        let current = if same { node.clone() } else { node.with_inputs(inputs) };
        let current = replace(node, &current).unwrap_or(current);
        rebuilt.insert(Arc::as_ptr(node), current);
    }
    rebuilt[&Arc::as_ptr(root)].clone()
}

/// How often each node is an operand.
fn uses(root: &NodeRef) -> FxHashMap<*const Node, usize> {
    let mut uses = FxHashMap::default();
    for node in topological(root) {
        for input in node.inputs() {
            *uses.entry(Arc::as_ptr(input)).or_default() += 1;
        }
    }
    uses
}
