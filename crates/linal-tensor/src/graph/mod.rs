//! Expressions as immutable graphs, which are rewritten, lowered to a program and run.
//!
//! ```
//! use linal_tensor::graph::{self, Node};
//! use linal_tensor::kernel::elementwise::BinaryOp;
//! use linal_tensor::{ExecutionContext, Tensor};
//!
//! let a = Node::leaf(Tensor::from_vec(vec![1.0, 2.0], [2])?, 0);
//! let b = Node::leaf(Tensor::from_vec(vec![10.0, 20.0], [2])?, 1);
//! let sum = graph::binary(BinaryOp::Add, &a, &b)?;
//! let result = graph::evaluate(&sum, &ExecutionContext::unlimited())?;
//! assert_eq!(result.to_vec::<f64>(), [11.0, 22.0]);
//! # Ok::<(), linal_tensor::Error>(())
//! ```
//!
//! The shape and dtype of a [`Node`] are known when it is built, so errors are found there. [`compile`]
//! rewrites the graph by the named [`passes`] and lowers it to a [`Program`], which can run repeatedly over
//! tensors of the same shapes and dtypes.

mod arithmetic;
mod batch;
mod distance_operand;
mod einsum;
mod explain;
mod fused;
mod fused_pair;
mod inference;
mod lower;
mod node;
mod operation;
pub mod passes;
mod profile;
mod program;
mod reduction;
mod single_op;
mod subscripts;
mod views;

pub use arithmetic::{binary, cast, clip, compare, complex, literal, logical, select, unary};
pub use batch::{Batched, batched};
pub use einsum::einsum;
pub use explain::{explain, explain_analyze};
pub use node::{Leaf, Node, NodeRef, Op};
pub use operation::{Kernel, distance, kernel, matmul};
pub use program::{Program, compile, compile_within, evaluate};
pub use reduction::{reduce, resolve_axis};
pub use views::{broadcast, flatten, index, insert_axis, permute, reshape, transpose};
