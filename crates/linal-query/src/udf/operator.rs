//! Operators on tensor cells, with numbers and with each other.

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use linal_bind::binder::{Bound, binary};
use linal_dataset::Result;
use linal_lang::ast::{BinaryOp, UnaryOp};
use linal_tensor::ExecutionContext;
use linal_tensor::graph::{self, NodeRef};

use super::error::wrong_arguments;
use super::formula::{Formula, Named, TensorFunction};
use super::operand::{Operand, bound};

/// An operator of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TensorOperator {
    /// A unary operator.
    Unary(UnaryOp),
    /// A binary operator.
    Binary(BinaryOp),
}

/// The function of an operator, which computes in each row what LET computes.
pub(crate) fn operator(op: TensorOperator) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(TensorFunction::new(op)))
}

impl TensorOperator {
    fn symbol(self) -> &'static str {
        match self {
            TensorOperator::Unary(op) => op.symbol(),
            TensorOperator::Binary(op) => op.symbol(),
        }
    }
}

impl Named for TensorOperator {
    fn written(&self, args: &[String]) -> String {
        match args {
            [operand] => match self {
                TensorOperator::Unary(UnaryOp::Not) => format!("NOT {operand}"),
                _ => format!("(- {operand})"),
            },
            [left, right] => format!("{left} {} {right}", self.symbol()),
            _ => self.symbol().to_string(),
        }
    }
}

impl Formula for TensorOperator {
    fn name(&self) -> &str {
        self.symbol()
    }

    fn graph(&self, operands: &[Operand], _: &ExecutionContext) -> Result<NodeRef> {
        use linal_tensor::kernel::elementwise::UnaryOp as Kernel;
        match (self, bound(operands)?.as_slice()) {
            (TensorOperator::Unary(UnaryOp::Neg), [Bound::Tensor(a)]) => Ok(graph::unary(Kernel::Neg, a)?),
            (TensorOperator::Unary(UnaryOp::Not), [Bound::Tensor(a)]) => Ok(graph::unary(Kernel::Not, a)?),
            (TensorOperator::Binary(op), [Bound::Tensor(a), Bound::Tensor(b)]) => binary(*op, a, b),
            _ => Err(wrong_arguments(format!("`{}` takes tensors and numbers", self.symbol()))),
        }
    }
}
