//! The result of a statement.

use std::sync::Arc;

use linal_dataset::RowSet;
use linal_tensor::{DType, Shape, Tensor};

/// The result of one statement. The caller (command line, server, binding) renders it; the engine formats no
/// values.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A value was assigned to a name.
    Defined(Arc<Definition>),
    /// A tensor to show.
    Tensor {
        /// The source text of the expression, such as a name.
        name: String,
        /// The value. Boxed, since most outcomes are small and are moved by value.
        tensor: Box<Tensor>,
    },
    /// Rows to show: the result of queries, SHOW ALL, SHOW LINEAGE, DESCRIBE and the like.
    Rows(RowSet),
    /// Text to show unchanged: SHOW "text", SHOW SHAPE, HELP, EXPLAIN.
    Text(String),
    /// The statement was executed; holds a message for an interactive user.
    Done(String),
}

/// The definition of a name. It is the same for each run of a cached statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name as written.
    pub name: Arc<str>,
    /// Shape of the value.
    pub shape: Shape,
    /// Dtype of the value.
    pub dtype: DType,
    /// Whether the value is an unevaluated graph.
    pub lazy: bool,
}
