//! `[a, b, c]` in a query: stacks the values of a row, as the list of a tensor statement does.

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use linal_bind::binder;
use linal_bind::binder::Bound;
use linal_dataset::Result;
use linal_tensor::graph::NodeRef;
use linal_tensor::{DType, ExecutionContext};

use super::error::wrong_arguments;
use super::formula::{Formula, Named, TensorFunction};
use super::operand::{Operand, bound};

/// The name of the function.
pub(crate) const LIST: &str = "__list";

/// The function of a list that contains more than number literals. Numbers make a vector, vectors a matrix; a
/// list of number literals only has the dtype `default`. `is_literal` says which elements are number
/// literals, since a simplified plan would not.
pub(crate) fn list(default: DType, is_literal: Vec<bool>) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(TensorFunction::new(List { default, is_literal })))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct List {
    default: DType,
    is_literal: Vec<bool>,
}

impl Named for List {
    fn written(&self, args: &[String]) -> String {
        format!("[{}]", args.join(", "))
    }
}

impl Formula for List {
    fn name(&self) -> &str {
        LIST
    }

    fn graph(&self, operands: &[Operand], _: &ExecutionContext) -> Result<NodeRef> {
        let items = bound(operands)?.into_iter().zip(&self.is_literal);
        let nodes: Vec<NodeRef> = items
            .map(|(item, is_literal)| match item {
                // It adopts the dtype of the others, as in a tensor statement.
                Bound::Tensor(node) if *is_literal => Ok(node.as_weak()),
                Bound::Tensor(node) => Ok(node),
                _ => Err(binder::not_a_tensor("a string")),
            })
            .collect::<Result<_>>()?;
        if nodes.is_empty() {
            Err(wrong_arguments("a list of nothing"))
        } else {
            binder::list_of(&nodes, self.default)
        }
    }
}
