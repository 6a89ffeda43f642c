//! Matrix chain multiplication: the order of products that takes the fewest multiplications.
//!
//! `A @ B @ v` from left to right has a product of two matrices; `A @ (B @ v)` has only products with a
//! vector. The order is found by the textbook dynamic program over the sizes.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::uses;
use crate::graph::node::{Node, NodeRef, Op, topological};
use crate::graph::operation::matmul;

/// The longest chain that is reordered. The search is cubic in the length, and recursion is as deep as the
/// chain. Longer chains keep their order.
const MAX_LENGTH: usize = 64;

/// Reorders chains of three and more matrices. Products with other uses are not reordered.
pub(super) fn run(root: &NodeRef) -> NodeRef {
    let order = topological(root);
    if order.iter().filter(|node| matches!(node.op(), Op::MatMul)).count() < 2 {
        return root.clone();
    }
    let uses = uses(root);
    let is_inner = |node: &NodeRef| is_link(node) && uses.get(&Arc::as_ptr(node)) == Some(&1);
    let mut inner: rustc_hash::FxHashSet<*const Node> = Default::default();
    for node in order.iter().filter(|node| is_link(node)) {
        inner.extend(node.inputs().iter().filter(|input| is_inner(input)).map(Arc::as_ptr));
    }
    let mut rebuilt: FxHashMap<*const Node, NodeRef> = FxHashMap::default();
    for node in &order {
        let inputs: SmallVec<[NodeRef; 2]> =
            node.inputs().iter().map(|input| rebuilt[&Arc::as_ptr(input)].clone()).collect();
        let plain = if inputs.iter().zip(node.inputs()).all(|(new, old)| Arc::ptr_eq(new, old)) {
            node.clone()
        } else {
            node.with_inputs(inputs)
        };
        let is_top = is_link(node) && !inner.contains(&Arc::as_ptr(node));
        let better = is_top.then(|| reorder(node, &inner, &rebuilt)).flatten();
        rebuilt.insert(Arc::as_ptr(node), better.unwrap_or(plain));
    }
    rebuilt[&Arc::as_ptr(root)].clone()
}

/// A link of a chain: a product of two matrices, or of a matrix and a vector.
fn is_link(node: &NodeRef) -> bool {
    matches!(node.op(), Op::MatMul)
        && node.inputs().iter().all(|input| input.shape().rank() <= 2)
        && node.shape().rank() >= 1
}

fn reorder(
    top: &NodeRef,
    inner: &rustc_hash::FxHashSet<*const Node>,
    rebuilt: &FxHashMap<*const Node, NodeRef>,
) -> Option<NodeRef> {
    let mut operands = Vec::new();
    let mut stack = vec![top];
    while let Some(node) = stack.pop() {
        if Arc::ptr_eq(node, top) || inner.contains(&Arc::as_ptr(node)) && is_link(node) {
            stack.extend(node.inputs().iter().rev());
        } else {
            operands.push(rebuilt[&Arc::as_ptr(node)].clone());
        }
    }
    let last = operands.len() - 1;
    // A vector inside the chain would change the meaning of the products.
    let plain = operands.iter().enumerate().all(|(i, o)| o.shape().rank() == 2 || i == 0 || i == last);
    ((3..=MAX_LENGTH).contains(&operands.len()) && plain).then(|| build(&operands)).flatten()
}

/// The product in the cheapest order.
fn build(operands: &[NodeRef]) -> Option<NodeRef> {
    let n = operands.len();
    let sizes = sizes(operands);
    let mut cost = vec![vec![0f64; n]; n];
    let mut split = vec![vec![0usize; n]; n];
    for length in 1..n {
        for i in 0..n - length {
            let j = i + length;
            cost[i][j] = f64::INFINITY;
            for k in i..j {
                let product = sizes[i] as f64 * sizes[k + 1] as f64 * sizes[j + 1] as f64;
                let total = cost[i][k] + cost[k + 1][j] + product;
                if total < cost[i][j] {
                    cost[i][j] = total;
                    split[i][j] = k;
                }
            }
        }
    }
    product(operands, &split, 0, n - 1)
}

fn product(operands: &[NodeRef], split: &[Vec<usize>], i: usize, j: usize) -> Option<NodeRef> {
    if i == j {
        return Some(operands[i].clone());
    }
    let k = split[i][j];
    matmul(&product(operands, split, i, k)?, &product(operands, split, k + 1, j)?).ok()
}

/// The rows of the first operand, then the columns of each; the outer size of a vector is 1.
fn sizes(operands: &[NodeRef]) -> Vec<usize> {
    let last = operands.len() - 1;
    let mut sizes = Vec::with_capacity(operands.len() + 1);
    for (i, operand) in operands.iter().enumerate() {
        let dims = operand.shape().dims();
        if i == 0 {
            sizes.push(if dims.len() == 1 { 1 } else { dims[0] });
        }
        let is_last_vector = i == last && dims.len() == 1;
        sizes.push(if is_last_vector { 1 } else { dims[dims.len() - 1] });
    }
    sizes
}
