//! Binds operators to graph nodes.

use linal_dataset::Result;
use linal_lang::ast::{BinaryOp as SyntaxBinary, Expr, ExprId, UnaryOp as SyntaxUnary};
use linal_tensor::graph::{self, NodeRef};
use linal_tensor::kernel::elementwise::{BinaryOp, CompareOp, LogicalOp, UnaryOp};

use super::{Binder, Bound, tensor_operand};

impl Binder<'_> {
    pub(super) fn unary(
        &mut self,
        op: SyntaxUnary,
        operand: ExprId,
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<NodeRef> {
        let operand = tensor_operand(bound, operand, expr.node(operand).span)?;
        let op = match op {
            SyntaxUnary::Neg => UnaryOp::Neg,
            SyntaxUnary::Not => UnaryOp::Not,
        };
        Ok(graph::unary(op, &operand)?)
    }

    pub(super) fn binary(
        &mut self,
        op: SyntaxBinary,
        left: ExprId,
        right: ExprId,
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<NodeRef> {
        let a = tensor_operand(bound, left, expr.node(left).span)?;
        let b = tensor_operand(bound, right, expr.node(right).span)?;
        binary(op, &a, &b)
    }
}

/// The graph of a binary operator.
pub fn binary(op: SyntaxBinary, a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    Ok(match op {
        SyntaxBinary::Add => graph::binary(BinaryOp::Add, a, b)?,
        SyntaxBinary::Sub => graph::binary(BinaryOp::Sub, a, b)?,
        SyntaxBinary::Mul => graph::binary(BinaryOp::Mul, a, b)?,
        SyntaxBinary::Div => graph::binary(BinaryOp::Div, a, b)?,
        SyntaxBinary::Mod => graph::binary(BinaryOp::Rem, a, b)?,
        SyntaxBinary::IntDiv => graph::binary(BinaryOp::IntDiv, a, b)?,
        SyntaxBinary::Pow => graph::binary(BinaryOp::Pow, a, b)?,
        SyntaxBinary::MatMul => graph::matmul(a, b)?,
        SyntaxBinary::Eq => graph::compare(CompareOp::Eq, a, b)?,
        SyntaxBinary::NotEq => graph::compare(CompareOp::Ne, a, b)?,
        SyntaxBinary::Lt => graph::compare(CompareOp::Lt, a, b)?,
        SyntaxBinary::LtEq => graph::compare(CompareOp::Le, a, b)?,
        SyntaxBinary::Gt => graph::compare(CompareOp::Gt, a, b)?,
        SyntaxBinary::GtEq => graph::compare(CompareOp::Ge, a, b)?,
        SyntaxBinary::And => graph::logical(LogicalOp::And, a, b)?,
        SyntaxBinary::Or => graph::logical(LogicalOp::Or, a, b)?,
    })
}
