//! Binds subscripts: `m[0, 1:3]`, `a[::2]`, `a[a > 0]`.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::{Expr, ExprId, IndexItem};
use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::kernel::mask::mask;
use linal_tensor::{DType, Take};
use smallvec::SmallVec;

use super::{Binder, Bound, CONSTANT, tensor_operand};

impl Binder<'_> {
    pub(super) fn index(
        &mut self,
        base: ExprId,
        items: &[IndexItem],
        expr: &Expr,
        bound: &mut [Bound],
    ) -> Result<NodeRef> {
        let base = tensor_operand(bound, base, expr.node(base).span)?;
        if let [IndexItem::At(id)] = items
            && let Bound::Tensor(node) = &bound[*id as usize]
            && node.dtype() == DType::Bool
        {
            let node = node.clone();
            return self.masked(&base, &node);
        }
        let mut takes: SmallVec<[Take; 4]> = SmallVec::new();
        for item in items {
            takes.push(match item {
                IndexItem::All { .. } => Take::All,
                IndexItem::At(id) => Take::At(self.index_value(*id, expr, bound)?),
                IndexItem::Range { start, stop, step, .. } => Take::Range {
                    start: self.range_bound(*start, expr, bound)?,
                    stop: self.range_bound(*stop, expr, bound)?,
                    step: self.range_bound(*step, expr, bound)?.unwrap_or(1),
                },
            });
        }
        Ok(graph::index(&base, &takes)?)
    }

    /// The elements selected by a mask. The shape of the result depends on the mask's values, so both
    /// operands are evaluated while binding.
    fn masked(&mut self, base: &NodeRef, condition: &NodeRef) -> Result<NodeRef> {
        let (base, condition) = (self.evaluate(base)?, self.evaluate(condition)?);
        self.cacheable = false;
        Ok(Node::leaf(mask(&base, &condition, self.context)?, CONSTANT))
    }

    fn range_bound(&mut self, id: Option<ExprId>, expr: &Expr, bound: &mut [Bound]) -> Result<Option<i64>> {
        id.map(|id| self.index_value(id, expr, bound)).transpose()
    }

    /// An index: an integer literal, variable or expression of shape `[]`.
    fn index_value(&mut self, id: ExprId, expr: &Expr, bound: &mut [Bound]) -> Result<i64> {
        let span = expr.node(id).span;
        let node = tensor_operand(bound, id, span)?;
        let bad = |message: String| Error::new(Code::BadIndex, message).at(span);
        if node.dtype() == DType::Bool {
            return Err(bad("a boolean mask stands alone between the brackets".into()));
        }
        if node.shape().rank() > 0 || node.dtype() != DType::I64 {
            let found = match node.shape().rank() {
                0 => format!("a number of dtype {}", node.dtype()),
                _ => format!("a tensor of dtype {} and shape {}", node.dtype(), node.shape()),
            };
            return Err(bad(format!("an index is a whole number, a range or a boolean mask, not {found}")));
        }
        let value = self.evaluate(&node)?.item().and_then(|scalar| scalar.to_i64());
        value.ok_or_else(|| bad("an index is a whole number".into()))
    }
}
