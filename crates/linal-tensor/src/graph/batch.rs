//! The graph of one row as a graph over a batch of rows (as `vmap` of JAX).
//!
//! A tensor column of a table is one tensor whose first axis is the row. Every operation of the graph of a
//! row gets the row axis in front, so a batch of rows runs once through the same kernels as one tensor does.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::node::{Leaf, Node, NodeRef, Op, topological};
use super::operation::Kernel;
use crate::{DType, Shape, Take, Tensor};

/// A batched graph.
#[derive(Clone, Debug)]
pub struct Batched {
    /// The graph. Its first axis is the row, if it depends on the row.
    pub node: NodeRef,
    /// Whether it depends on the row.
    pub over_rows: bool,
}

/// Batches the graph of one row. `column` maps a leaf of the row to its tensor of shape `[rows, ...]`; leaves
/// without one are the same for all rows.
///
/// Leaves keep their tags, so a program of the batched graph can run over other rows. `None` if an operation
/// cannot be batched: such a graph runs row by row.
pub fn batched(root: &NodeRef, rows: usize, column: impl Fn(&Leaf) -> Option<Tensor>) -> Option<Batched> {
    let mut done: FxHashMap<*const Node, Batched> = FxHashMap::default();
    for node in topological(root) {
        let inputs: Vec<&Batched> =
            node.inputs().iter().map(|input| &done[&std::sync::Arc::as_ptr(input)]).collect();
        let batched = match node.op() {
            Op::Leaf(leaf) => match column(leaf) {
                Some(tensor) => Batched { node: Node::leaf(tensor, leaf.tag), over_rows: true },
                None => Batched { node: node.clone(), over_rows: false },
            },
            _ if inputs.iter().all(|input| !input.over_rows) => {
                Batched { node: node.clone(), over_rows: false }
            }
            _ => {
                let rule = BatchRule { node: &node, inputs: &inputs, rows };
                Batched { node: rule.over_rows()?, over_rows: true }
            }
        };
        done.insert(std::sync::Arc::as_ptr(&node), batched);
    }
    done.remove(&std::sync::Arc::as_ptr(root))
}

/// A node of one row, and its batched operands.
struct BatchRule<'a> {
    node: &'a NodeRef,
    inputs: &'a [&'a Batched],
    rows: usize,
}

impl BatchRule<'_> {
    fn over_rows(&self) -> Option<NodeRef> {
        let op = self.node.op();
        if op.is_elementwise() {
            let inputs = (0..self.inputs.len()).map(|i| self.aligned(i, self.node.shape().rank()));
            return Some(self.build(op.clone(), inputs));
        }
        Some(match op {
            Op::Permute(order) => {
                let order = std::iter::once(0).chain(order.iter().map(|axis| axis + 1)).collect();
                self.build(Op::Permute(order), [self.input(0)])
            }
            Op::Reshape => self.build(Op::Reshape, [self.input(0)]),
            Op::Broadcast => {
                let input = self.aligned(0, self.node.shape().rank());
                self.build(Op::Broadcast, [input])
            }
            Op::InsertAxis(axis) => self.build(Op::InsertAxis(axis + 1), [self.input(0)]),
            Op::Index(takes) => {
                let takes = std::iter::once(Take::All).chain(takes.iter().copied()).collect();
                self.build(Op::Index(takes), [self.input(0)])
            }
            Op::Diagonal(first, second) => self.build(Op::Diagonal(first + 1, second + 1), [self.input(0)]),
            Op::Reduce(op, Some(axis)) => self.build(Op::Reduce(*op, Some(axis + 1)), [self.input(0)]),
            Op::Reduce(op, None) => self.build(Op::Reduce(*op, Some(1)), [self.flattened_rows()]),
            Op::MatMul => self.matmul()?,
            Op::Kernel(kernel) => self.kernel(kernel)?,
            _ => return None,
        })
    }

    /// Kernels along an axis run along the shifted axis.
    fn kernel(&self, kernel: &Kernel) -> Option<NodeRef> {
        let rank = self.row_shape(0).rank();
        Some(match kernel {
            Kernel::Sort | Kernel::ArgSort | Kernel::Diff if rank > 0 => {
                self.build(Op::Kernel(kernel.clone()), [self.input(0)])
            }
            Kernel::CumSum { axis: Some(axis) } => {
                self.build(Op::Kernel(Kernel::CumSum { axis: Some(axis + 1) }), [self.input(0)])
            }
            Kernel::CumSum { axis: None } => {
                self.build(Op::Kernel(Kernel::CumSum { axis: Some(1) }), [self.flattened_rows()])
            }
            Kernel::Concat { axis } => {
                let inputs: Vec<NodeRef> = (0..self.inputs.len()).map(|i| self.broadcast_rows(i)).collect();
                self.build(Op::Kernel(Kernel::Concat { axis: axis + 1 }), inputs)
            }
            _ => return None,
        })
    }

    /// A matrix product. If one operand is the same for all rows, many small products become one large one.
    fn matmul(&self) -> Option<NodeRef> {
        let (left, right) = (self.row_shape(0), self.row_shape(1));
        let (a, b) = (self.input(0), self.input(1));
        match (self.inputs[0].over_rows, self.inputs[1].over_rows) {
            (true, false) if right.rank() <= 2 => {
                let inner = left[left.rank() - 1];
                let lines = self.rows * (left.len() / inner.max(1));
                if inner == 0 {
                    return self.batched_matmul();
                }
                let a = reshape(&a, Shape::new(&[lines, inner]));
                let shape = match right.rank() {
                    1 => Shape::new(&[lines]),
                    _ => Shape::new(&[lines, right[1]]),
                };
                let product = Node::new(Op::MatMul, [a, b], shape, self.node.dtype());
                Some(reshape(&product, self.shape()))
            }
            (false, true) if right.rank() == 1 && left.rank() == 1 => self.rows_matmul(b, a),
            (false, true) if right.rank() == 1 && left.rank() == 2 => {
                let order = SmallVec::from_slice(&[1, 0]);
                let transposed = Shape::new(&[left[1], left[0]]);
                let a = Node::new(Op::Permute(order), [a.clone()], transposed, a.dtype());
                self.rows_matmul(b, a)
            }
            _ => self.batched_matmul(),
        }
    }

    /// The product of the matrix of rows and an operand that is the same for all.
    fn rows_matmul(&self, rows: NodeRef, other: NodeRef) -> Option<NodeRef> {
        Some(self.build(Op::MatMul, [rows, other]))
    }

    /// A batched product, with vectors as matrices of one row or column.
    fn batched_matmul(&self) -> Option<NodeRef> {
        let (left, right) = (self.row_shape(0), self.row_shape(1));
        let mut left_dims = left.dims().to_vec();
        let mut right_dims = right.dims().to_vec();
        if left.rank() == 1 {
            left_dims.insert(0, 1);
        }
        if right.rank() == 1 {
            right_dims.push(1);
        }
        let lead = Shape::new(&left_dims[..left_dims.len() - 2])
            .broadcast(&Shape::new(&right_dims[..right_dims.len() - 2]))?;
        let (lines, columns) = (left_dims[left_dims.len() - 2], right_dims[right_dims.len() - 1]);
        let rank = lead.rank() + 2;
        let operand = |i: usize, mut dims: Vec<usize>| {
            if self.inputs[i].over_rows {
                while dims.len() < rank {
                    dims.insert(0, 1);
                }
                dims.insert(0, self.rows);
            }
            reshape(&self.input(i), dims.into())
        };
        let (a, b) = (operand(0, left_dims), operand(1, right_dims));
        let mut dims = vec![self.rows];
        dims.extend_from_slice(lead.dims());
        dims.extend([lines, columns]);
        let product = Node::new(Op::MatMul, [a, b], dims.into(), self.node.dtype());
        Some(reshape(&product, self.shape()))
    }

    fn build(&self, op: Op, inputs: impl IntoIterator<Item = NodeRef>) -> NodeRef {
        Node::new(op, inputs, self.shape(), self.node.dtype())
    }

    /// The shape of the result: the row axis, then the shape of one row.
    fn shape(&self) -> Shape {
        self.node.shape().with_axis(0, self.rows)
    }

    /// The shape of an operand in one row.
    fn row_shape(&self, i: usize) -> &Shape {
        self.node.inputs()[i].shape()
    }

    fn input(&self, i: usize) -> NodeRef {
        self.inputs[i].node.clone()
    }

    /// An operand whose rows have `rank` axes: new axes of size 1 follow the row axis, as broadcasting
    /// requires.
    fn aligned(&self, i: usize, rank: usize) -> NodeRef {
        let mut node = self.input(i);
        if self.inputs[i].over_rows {
            for _ in self.row_shape(i).rank()..rank {
                let shape = node.shape().with_axis(1, 1);
                let dtype = node.dtype();
                node = Node::new(Op::InsertAxis(1), [node], shape, dtype);
            }
        }
        node
    }

    /// An operand with the row axis, broadcast if it is the same for all rows.
    fn broadcast_rows(&self, i: usize) -> NodeRef {
        let node = self.input(i);
        if self.inputs[i].over_rows {
            return node;
        }
        let (shape, dtype): (Shape, DType) = (self.row_shape(i).with_axis(0, self.rows), node.dtype());
        Node::new(Op::Broadcast, [node], shape, dtype)
    }

    /// The first operand with each row flattened.
    fn flattened_rows(&self) -> NodeRef {
        reshape(&self.input(0), Shape::new(&[self.rows, self.row_shape(0).len()]))
    }
}

fn reshape(node: &NodeRef, shape: Shape) -> NodeRef {
    if *node.shape() == shape {
        return node.clone();
    }
    Node::new(Op::Reshape, [node.clone()], shape, node.dtype())
}
