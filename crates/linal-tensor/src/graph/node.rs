//! The node of an expression graph.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Kernel;
use crate::kernel::distance::DistanceOp;
use crate::kernel::elementwise::{BinaryOp, CompareOp, LogicalOp, UnaryOp};
use crate::kernel::reduce::ReduceOp;
use crate::{DType, Scalar, Shape, Take, Tensor};

/// A shared node.
pub type NodeRef = Arc<Node>;

/// An operation over other nodes. A node is immutable; its shape and dtype are known.
#[derive(Debug)]
pub struct Node {
    op: Op,
    inputs: SmallVec<[NodeRef; 2]>,
    shape: Shape,
    dtype: DType,
    /// Whether the node is weakly typed: a literal, which takes the dtype of the other operand.
    weak: bool,
}

/// An input tensor of the graph.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The tensor when the graph was built.
    pub tensor: Tensor,
    /// The identifier of the caller, by which a cached program finds the tensor of its next run.
    pub tag: u32,
    /// Whether the tensor is STRICT: it must not be broadcast with another tensor.
    pub strict: bool,
}

impl Leaf {
    /// The tag of a constant of the graph: a literal list, the contents of a file. A program keeps it.
    pub const CONSTANT: u32 = u32::MAX;
}

/// The operation of a node.
#[derive(Clone, Debug)]
pub enum Op {
    /// A tensor.
    Leaf(Leaf),
    /// A scalar literal.
    Literal(Scalar),
    /// Element-wise, one operand.
    Unary(UnaryOp),
    /// Element-wise arithmetic of two operands of the node's dtype, broadcast.
    Binary(BinaryOp),
    /// Element-wise comparison of two operands of one dtype, broadcast.
    Compare(CompareOp),
    /// Element-wise logic of Booleans, broadcast.
    Logical(LogicalOp),
    /// `WHERE(condition, a, b)`, broadcast.
    Select,
    /// Complex numbers of real and imaginary parts, broadcast.
    Complex,
    /// Another dtype.
    Cast,
    /// Axes in another order.
    Permute(SmallVec<[usize; 4]>),
    /// The same elements in logical order, in the shape of the node.
    Reshape,
    /// Broadcast to the shape of the node.
    Broadcast,
    /// A new axis of size 1.
    InsertAxis(usize),
    /// Basic indexing.
    Index(SmallVec<[Take; 4]>),
    /// The diagonal of two axes, as the last axis.
    Diagonal(usize, usize),
    /// A reduction of all elements, or along one axis.
    Reduce(ReduceOp, Option<usize>),
    /// A distance, inner product or correlation of two tensors of equal shape.
    Distance(DistanceOp),
    /// A matrix product over the last two axes, batched over equal leading axes.
    MatMul,
    /// Any other operation that needs whole inputs.
    Kernel(Kernel),
}

impl Op {
    /// The name in EXPLAIN, lineage and errors.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Leaf(_) => "tensor",
            Op::Literal(_) => "literal",
            Op::Unary(op) => op.name(),
            Op::Binary(op) => op.name(),
            Op::Compare(op) => op.name(),
            Op::Logical(op) => op.name(),
            Op::Select => "WHERE",
            Op::Complex => "COMPLEX",
            Op::Cast => "CAST",
            Op::Permute(_) => "TRANSPOSE",
            Op::Reshape => "RESHAPE",
            Op::Broadcast => "broadcast",
            Op::InsertAxis(_) => "insert axis",
            Op::Index(_) => "index",
            Op::Diagonal(..) => "diagonal",
            Op::Reduce(op, _) => op.name(),
            Op::Distance(op) => op.name(),
            Op::MatMul => "MATMUL",
            Op::Kernel(kernel) => kernel.name(),
        }
    }

    /// Whether each element of the result depends only on one element of each operand.
    pub fn is_elementwise(&self) -> bool {
        matches!(
            self,
            Op::Unary(_)
                | Op::Binary(_)
                | Op::Compare(_)
                | Op::Logical(_)
                | Op::Select
                | Op::Complex
                | Op::Cast
        )
    }

    /// Whether the operation only changes the layout.
    pub fn is_view(&self) -> bool {
        matches!(
            self,
            Op::Permute(_)
                | Op::Reshape
                | Op::Broadcast
                | Op::InsertAxis(_)
                | Op::Index(_)
                | Op::Diagonal(..)
        )
    }
}

impl Node {
    /// An input tensor.
    pub fn leaf(tensor: Tensor, tag: u32) -> NodeRef {
        Node::declared(tensor, tag, false)
    }

    /// An input tensor that may be STRICT.
    pub fn declared(tensor: Tensor, tag: u32, strict: bool) -> NodeRef {
        let (shape, dtype) = (tensor.shape().clone(), tensor.dtype());
        Node::new(Op::Leaf(Leaf { tensor, tag, strict }), [], shape, dtype)
    }

    /// A node whose shape and dtype the caller has computed.
    pub(crate) fn new(
        op: Op,
        inputs: impl IntoIterator<Item = NodeRef>,
        shape: Shape,
        dtype: DType,
    ) -> NodeRef {
        let inputs: SmallVec<[NodeRef; 2]> = inputs.into_iter().collect();
        let weak = op.is_elementwise() && !matches!(op, Op::Cast) && inputs.iter().all(|i| i.weak);
        Arc::new(Node { op, inputs, shape, dtype, weak })
    }

    /// A weakly typed literal.
    pub(crate) fn weak_literal(value: Scalar) -> NodeRef {
        let dtype = value.dtype();
        let weak = dtype != DType::Bool;
        Arc::new(Node {
            op: Op::Literal(value),
            inputs: SmallVec::new(),
            shape: Shape::scalar(),
            dtype,
            weak,
        })
    }

    /// The node bound to a name: a literal keeps its own dtype from there on.
    pub fn named(self: &NodeRef) -> NodeRef {
        self.with_weak(false)
    }

    /// The node as a weakly typed literal: it takes the dtype of the other operand, if that can represent it.
    pub fn as_weak(self: &NodeRef) -> NodeRef {
        self.with_weak(self.dtype != DType::Bool)
    }

    /// The node with another weak flag.
    pub(super) fn with_weak(self: &NodeRef, weak: bool) -> NodeRef {
        if self.weak == weak {
            return self.clone();
        }
        let (op, inputs) = (self.op.clone(), self.inputs.clone());
        Arc::new(Node { op, inputs, shape: self.shape.clone(), dtype: self.dtype, weak })
    }

    /// The same operation over other inputs, of the same shapes and dtypes.
    pub(crate) fn with_inputs(&self, inputs: SmallVec<[NodeRef; 2]>) -> NodeRef {
        Arc::new(Node {
            op: self.op.clone(),
            inputs,
            shape: self.shape.clone(),
            dtype: self.dtype,
            weak: self.weak,
        })
    }

    /// What the node computes.
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// The operands.
    pub fn inputs(&self) -> &[NodeRef] {
        &self.inputs
    }

    /// The shape of the result.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The dtype of the result.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Whether the node is weakly typed: a literal, or an operation over literals only.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Whether the node is a STRICT tensor.
    pub fn is_strict(&self) -> bool {
        matches!(&self.op, Op::Leaf(leaf) if leaf.strict)
    }

    /// The scalar of a literal.
    pub fn as_literal(&self) -> Option<Scalar> {
        match self.op {
            Op::Literal(scalar) => Some(scalar),
            _ => None,
        }
    }
}

impl Drop for Node {
    /// Drops a long chain iteratively: the derived drop would recurse.
    fn drop(&mut self) {
        if self.inputs.iter().all(|input| Arc::strong_count(input) > 1 || input.inputs.is_empty()) {
            return;
        }
        let mut pending: Vec<NodeRef> = self.inputs.drain(..).collect();
        while let Some(node) = pending.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                pending.extend(node.inputs.drain(..));
            }
        }
    }
}

/// The nodes of the graph of `root` in topological order: operands before their users.
pub(crate) fn topological(root: &NodeRef) -> Vec<NodeRef> {
    let mut order = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    let mut stack = vec![(root, false)];
    while let Some((node, expanded)) = stack.pop() {
        if expanded {
            order.push(node.clone());
        } else if seen.insert(Arc::as_ptr(node)) {
            stack.push((node, true));
            stack.extend(node.inputs.iter().rev().map(|input| (input, false)));
        }
    }
    order
}
