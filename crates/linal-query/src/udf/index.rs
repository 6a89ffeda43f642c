//! `m[0, 1:3]` in queries: `__index(m, 0, __range(1, 3, NULL))`.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::binder::{Bound, CONSTANT, not_a_tensor};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_tensor::graph::{self, Node, NodeRef};
use linal_tensor::kernel::mask::mask;
use linal_tensor::{DType, ExecutionContext, Take};
use smallvec::SmallVec;

use super::error::{external, wrong_arguments};
use super::formula::{Formula, Named, TensorFunction};
use super::list_index::list_index;
use super::operand::{Kind, Operand, bound};
use super::rows::Rows;

/// Field metadata with the range of a mark. It is known from the field, before anything is evaluated.
const TAKE: &str = "linal.take";

/// `__index(base, item...)`: an item is an integer, which may differ from row to row, or a mark made by
/// `__range(start, stop, step)` or `__all()`.
pub(crate) fn index() -> Arc<ScalarUDF> {
    list_index(Arc::new(ScalarUDF::new_from_impl(TensorFunction::new(Index))))
}

/// `__range(start, stop, step)`, each a literal or NULL.
pub(super) fn range() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Mark::new("__range")))
}

/// `__all()`: the whole axis.
pub(super) fn all() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Mark::new("__all")))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Index;

impl Index {
    /// What each item selects; an integer that differs from row to row counts as some index of the axis here.
    fn takes(items: &[Operand]) -> Result<SmallVec<[Take; 4]>> {
        items
            .iter()
            .map(|item| match (item.field.metadata().get(TAKE), &item.kind) {
                (Some(mark), _) => take_of(mark).ok_or_else(|| wrong_arguments("a range that is none")),
                (None, Kind::Number(DType::I64)) => Ok(Take::At(item.integer().unwrap_or(0))),
                (None, kind) if is_truth(kind) => {
                    Err(bad_index("a boolean mask stands alone between the brackets"))
                }
                (None, Kind::Text) => Err(not_a_tensor("a string")),
                _ => Err(bad_index("an index is a whole number or a range")),
            })
            .collect()
    }

    fn differs(item: &Operand) -> bool {
        item.kind == Kind::Number(DType::I64) && item.value.is_none()
    }
}

fn is_truth(kind: &Kind) -> bool {
    match kind {
        Kind::Number(dtype) => *dtype == DType::Bool,
        Kind::Tensor(tensor) => tensor.dtype == DType::Bool,
        Kind::Ragged(ragged) => ragged.dtype == DType::Bool,
        _ => false,
    }
}

/// Selects the elements of a literal by a literal mask.
fn masked(operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef> {
    match bound(operands)?.as_slice() {
        [Bound::Tensor(base), Bound::Tensor(condition)] => {
            let (base, condition) = (graph::evaluate(base, context)?, graph::evaluate(condition, context)?);
            Ok(Node::leaf(mask(&base, &condition, context)?, CONSTANT))
        }
        _ => Err(bad_index("only tensors have elements")),
    }
}

fn bad_index(message: &str) -> Error {
    Error::new(Code::BadIndex, message)
}

impl Named for Index {
    fn written(&self, args: &[String]) -> String {
        match args {
            [base, items @ ..] => format!("{base}[{}]", items.join(", ")),
            [] => "__index()".into(),
        }
    }
}

impl Formula for Index {
    fn name(&self) -> &str {
        "__index"
    }

    fn graph(&self, operands: &[Operand], context: &ExecutionContext) -> Result<NodeRef> {
        if self.depends_on_values(operands) {
            return masked(operands, context);
        }
        let Some((base, items)) = operands.split_first() else {
            return Err(wrong_arguments("an index of nothing"));
        };
        match bound(std::slice::from_ref(base))?.as_slice() {
            [Bound::Tensor(base)] => Ok(graph::index(base, &Index::takes(items)?)?),
            _ => Err(bad_index("only tensors have elements")),
        }
    }

    fn column(
        &self,
        rows: &Rows<'_>,
        node: &NodeRef,
        operands: &[Operand],
    ) -> Result<(ArrayRef, Vec<usize>)> {
        let (base, items) = (operands.first(), operands.get(1..).unwrap_or_default());
        let (Some(base), true) = (base, items.iter().any(Index::differs)) else { return rows.column(node) };
        let fixed = Index::takes(items)?;
        let places: Vec<Option<Vec<i64>>> = items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                Index::differs(item).then(|| rows.tensor(at + 1).map(|places| places.to_vec::<i64>()))?
            })
            .collect();
        rows.gather(node, base, |row| {
            fixed
                .iter()
                .zip(&places)
                .map(|(take, places)| places.as_ref().map_or(*take, |places| Take::At(places[row])))
                .collect()
        })
    }

    fn depends_on_values(&self, operands: &[Operand]) -> bool {
        matches!(operands, [_, mask] if is_truth(&mask.kind) && !mask.field.metadata().contains_key(TAKE))
    }

    fn is_total(&self, operands: &[Operand]) -> bool {
        !operands.iter().skip(1).any(Index::differs)
    }
}

/// An index item that is not an integer: its value is a string for plans, and its field holds the range.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Mark {
    name: &'static str,
    signature: Signature,
}

impl Mark {
    fn new(name: &'static str) -> Mark {
        Mark { name, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Mark {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Utf8)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let part = |value: &Option<&ScalarValue>| match value {
            Some(value) if value.is_null() => Ok(String::new()),
            Some(ScalarValue::Int64(Some(number))) => Ok(number.to_string()),
            Some(ScalarValue::Utf8(_)) => Err(external(not_a_tensor("a string"))),
            Some(_) => Err(external(bad_index("the bounds of a range are integers"))),
            None => Err(external(Error::new(
                Code::NotConstant,
                "the bounds of a range decide the shape of the result, so they must be the same for all rows",
            ))),
        };
        let parts: Vec<String> = args.scalar_arguments.iter().map(part).collect::<DfResult<_>>()?;
        let field = Field::new(self.name, DataType::Utf8, false);
        Ok(Arc::new(field.with_metadata([(TAKE.to_string(), parts.join(":"))].into())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let take = args.return_field.metadata().get(TAKE).cloned();
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(take.unwrap_or_default()))))
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(types.iter().map(super::call::number_type).collect())
    }
}

/// The range that a field marks; `None` for one that is no mark.
pub(super) fn range_of(field: &Field) -> Option<Take> {
    take_of(field.metadata().get(TAKE)?)
}

/// An empty mark is a whole axis, `1:3:` a range without a step.
fn take_of(mark: &str) -> Option<Take> {
    if mark.is_empty() {
        return Some(Take::All);
    }
    let part = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    let mut parts = mark.split(':').map(part);
    let mut next = || parts.next().unwrap_or(Some(None));
    Some(Take::Range { start: next()?, stop: next()?, step: next()?.unwrap_or(1) })
}
