//! The rewrites of a graph, named and in order. Each keeps the shape and dtype of the root.

mod const_fold;
mod cse;
mod dot;
mod matrix_chain;
mod views;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::node::{Node, NodeRef, topological};
use crate::Result;

/// A rewrite of a whole graph.
pub struct Pass {
    /// The name that EXPLAIN shows.
    pub name: &'static str,
    /// The rewrite; returns the same root if nothing changed.
    pub run: fn(&NodeRef) -> NodeRef,
}

/// All passes, in the order in which they run.
pub const PASSES: [Pass; 5] = [
    Pass { name: "constant_folding", run: const_fold::run },
    Pass { name: "merge_views", run: views::run },
    Pass { name: "common_subexpressions", run: cse::run },
    Pass { name: "matrix_chain_order", run: matrix_chain::run },
    Pass { name: "inner_products", run: dot::run },
];

/// Runs all passes.
pub fn rewrite(root: &NodeRef) -> NodeRef {
    rewrite_while(root, || Ok(())).unwrap_or_else(|_| root.clone())
}

/// Runs all passes, as long as `poll` lets it.
///
/// # Errors
/// Those of `poll`, which is called before each pass.
pub fn rewrite_while(root: &NodeRef, poll: impl Fn() -> Result<()>) -> Result<NodeRef> {
    let mut root = root.clone();
    for pass in &PASSES {
        poll()?;
        let changed = (pass.run)(&root);
        debug_assert!(
            changed.shape() == root.shape() && changed.dtype() == root.dtype(),
            "{} changed the type of the graph",
            pass.name
        );
        root = changed;
    }
    Ok(root)
}

/// Rebuilds a graph from its leaves: `replace` takes each node with its rebuilt inputs, and may return
/// another node of the same shape and dtype.
fn bottom_up(root: &NodeRef, mut replace: impl FnMut(&NodeRef) -> Option<NodeRef>) -> NodeRef {
    bottom_up_from(root, |_, node| replace(node))
}

/// As [`bottom_up`]; `replace` also takes the original node, for properties of the original graph.
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

/// The number of uses of each node as an operand.
fn uses(root: &NodeRef) -> FxHashMap<*const Node, usize> {
    let mut uses = FxHashMap::default();
    for node in topological(root) {
        for input in node.inputs() {
            *uses.entry(Arc::as_ptr(input)).or_default() += 1;
        }
    }
    uses
}
