//! The results of the queries that an expression contains. They run before it is bound.

use std::sync::Arc;

use linal_dataset::lineage::LineageRef;
use linal_dataset::{Dataset, same_name};
use linal_lang::Span;
use linal_tensor::Tensor;

/// The result of a query within an expression.
pub struct QueryValue {
    /// Where it stands in the expression.
    pub origin: ValueOrigin,
    /// The rows as a tensor.
    pub tensor: Tensor,
    /// The tag of its leaf in the graph.
    pub tag: u32,
    /// The datasets and tensors that it read.
    pub sources: Vec<LineageRef>,
}

/// What an expression reads from a query.
pub enum ValueOrigin {
    /// The subquery at this span.
    Subquery(Span),
    /// A lazy column, by its dataset and name.
    LazyColumn(Arc<Dataset>, Arc<str>),
}

impl QueryValue {
    /// Whether it is the result of the subquery at this span.
    pub fn is_at(&self, place: Span) -> bool {
        matches!(self.origin, ValueOrigin::Subquery(own) if own == place)
    }

    /// Whether it is the result of a lazy column.
    pub fn is_column(&self, dataset: &Arc<Dataset>, column: &str) -> bool {
        match &self.origin {
            ValueOrigin::LazyColumn(own, name) => Arc::ptr_eq(own, dataset) && same_name(name, column),
            ValueOrigin::Subquery(_) => false,
        }
    }
}
