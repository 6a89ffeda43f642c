//! Binds `CASE` and the predicates `BETWEEN`, `IN` and `IS NULL`.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::{BinaryOp, CaseBranch, Expr, ExprId};
use linal_tensor::graph::{self, NodeRef};
use linal_tensor::kernel::elementwise::UnaryOp;
use linal_tensor::{DType, Scalar};

use super::{Binder, Bound, binary, tensor_operand};

impl Binder<'_> {
    /// Binds a CASE to the value of the first branch whose condition holds. Conditions are evaluated while
    /// binding, and no other branch is executed.
    pub(super) fn case(
        &mut self,
        operand: Option<ExprId>,
        branches: &[CaseBranch],
        otherwise: Option<ExprId>,
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<Bound> {
        let operand = operand.map(|id| tensor_operand(bound, id, expr.node(id).span)).transpose()?;
        let mut chosen = None;
        for (at, branch) in branches.iter().enumerate() {
            let span = expr.node(branch.when).span;
            let when = tensor_operand(bound, branch.when, span)?;
            let condition = match &operand {
                Some(operand) => binary(BinaryOp::Eq, operand, &when).map_err(|error| error.at(span))?,
                None => when,
            };
            // Conditions after the first that holds are only type-checked.
            let holds = self.condition(&condition, chosen.is_none()).map_err(|error| error.at(span))?;
            if holds && chosen.is_none() {
                chosen = Some(at);
            }
        }
        let mut values: Vec<Bound> = branches.iter().map(|branch| take(bound, branch.then)).collect();
        values.push(otherwise.map_or(Bound::Null, |id| take(bound, id)));
        let dtype = common(&values)?;
        match values.swap_remove(chosen.unwrap_or(branches.len())) {
            Bound::Tensor(node) => Ok(Bound::Tensor(match dtype {
                Some(dtype) if dtype != node.dtype() => graph::cast(&node, dtype)?,
                _ => node,
            })),
            other => Ok(other),
        }
    }

    /// Checks the type of a condition and, if `asked`, evaluates it.
    fn condition(&mut self, node: &NodeRef, asked: bool) -> Result<bool> {
        if node.dtype() != DType::Bool || node.shape().rank() > 0 {
            let message = format!(
                "a condition of CASE is one truth value, not a tensor of dtype {} and shape {}",
                node.dtype(),
                node.shape()
            );
            return Err(Error::new(Code::DTypeMismatch, message)
                .with_help("WHERE(condition, a, b) chooses element by element"));
        }
        Ok(asked && self.evaluate(node)?.item() == Some(Scalar::Bool(true)))
    }

    /// `x BETWEEN low AND high`, element by element.
    pub(super) fn between(
        &mut self,
        [operand, low, high]: [ExprId; 3],
        negated: bool,
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<NodeRef> {
        let mut take = |id: ExprId| tensor_operand(bound, id, expr.node(id).span);
        let (operand, low, high) = (take(operand)?, take(low)?, take(high)?);
        negation(within(&operand, &low, &high)?, negated)
    }

    /// `x IN (a, b, ...)`, element by element.
    pub(super) fn one_of(
        &mut self,
        operand: ExprId,
        items: &[ExprId],
        negated: bool,
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<NodeRef> {
        let operand = tensor_operand(bound, operand, expr.node(operand).span)?;
        let mut places = Vec::with_capacity(items.len());
        for &item in items {
            let span = expr.node(item).span;
            places.push((tensor_operand(bound, item, span)?, span));
        }
        let equals = places.iter().map(|(item, span)| equal(&operand, item).map_err(|error| error.at(*span)));
        negation(any(equals)?, negated)
    }

    /// Binds `x IS NULL`, which is false for every tensor.
    pub(super) fn is_null(&mut self, operand: ExprId, negated: bool, bound: &mut [Bound]) -> NodeRef {
        let is_null = matches!(take(bound, operand), Bound::Null);
        graph::literal(Scalar::Bool(is_null != negated))
    }
}

/// Whether elements lie between two bounds, both inclusive.
pub fn within(operand: &NodeRef, low: &NodeRef, high: &NodeRef) -> Result<NodeRef> {
    let (from, to) = (binary(BinaryOp::GtEq, operand, low)?, binary(BinaryOp::LtEq, operand, high)?);
    binary(BinaryOp::And, &from, &to)
}

/// Whether elements are equal.
pub fn equal(operand: &NodeRef, item: &NodeRef) -> Result<NodeRef> {
    binary(BinaryOp::Eq, operand, item)
}

/// The disjunction of Boolean tensors; false when there are none.
pub fn any(mut truths: impl Iterator<Item = Result<NodeRef>>) -> Result<NodeRef> {
    let Some(first) = truths.next() else { return Ok(graph::literal(Scalar::Bool(false))) };
    truths.try_fold(first?, |any, truth| binary(BinaryOp::Or, &any, &truth?))
}

fn take(bound: &mut [Bound], id: ExprId) -> Bound {
    std::mem::replace(&mut bound[id as usize], Bound::Taken)
}

fn negation(node: NodeRef, negated: bool) -> Result<NodeRef> {
    Ok(if negated { graph::unary(UnaryOp::Not, &node)? } else { node })
}

/// The common dtype of the branches. Literals are weak: they take the dtype of the tensors.
///
/// # Errors
/// `E0203` for tensors of different shapes.
fn common(values: &[Bound]) -> Result<Option<DType>> {
    let tensors = values.iter().filter_map(|value| match value {
        Bound::Tensor(node) => Some(node),
        _ => None,
    });
    let mut shape = None;
    let (mut firm, mut weak): (Option<DType>, Option<DType>) = (None, None);
    for node in tensors {
        let first = shape.get_or_insert_with(|| node.shape().clone());
        if first != node.shape() {
            let message = format!("the branches of a CASE are {first} and {}", node.shape());
            return Err(Error::new(Code::ShapeMismatch, message));
        }
        let dtype = if node.is_weak() { &mut weak } else { &mut firm };
        *dtype = Some(dtype.map_or(node.dtype(), |known| known.promote(node.dtype())));
    }
    Ok(match (firm, weak) {
        // An integer dtype cannot hold a float literal.
        (Some(DType::I64 | DType::Bool), Some(weak)) => firm.map(|firm| firm.promote(weak)),
        (firm, weak) => firm.or(weak),
    })
}
