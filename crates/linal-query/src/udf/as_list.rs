//! `__as_list(x)`: a tensor as a list, a matrix as a list of lists; other values unchanged.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_store::TensorType;

use super::error::{external, wrong_arguments};
use super::formula::{named, shown};
use super::over_rows::over_rows;
use super::ragged::Ragged;

/// The name of the function.
pub(crate) const AS_LIST: &str = "__as_list";

/// The function `__as_list`.
pub(crate) fn as_list() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(AsList { signature: Signature::any(1, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AsList {
    signature: Signature,
}

/// The axes of the nested lists for the cells of a field, from the outermost axis of fixed length; `None` for
/// a field that stays unchanged.
fn axes(field: &Field) -> Option<Vec<usize>> {
    if let Some(tensor) = TensorType::of(field) {
        return (!tensor.dtype.is_complex()).then(|| tensor.shape.dims().to_vec());
    }
    let stack = Ragged::of(field).filter(|stack| stack.cell.rank() > 0 && !stack.dtype.is_complex())?;
    Some(stack.cell.dims().to_vec())
}

/// The type of nested lists, one for each axis.
fn nested_type(element: &DataType, axes: usize) -> DataType {
    (0..axes).fold(element.clone(), |inner, _| DataType::List(Arc::new(Field::new_list_field(inner, true))))
}

/// The innermost element type of a fixed-size list, or of a list of those.
fn element_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::FixedSizeList(item, _) | DataType::List(item) => element_type(item.data_type()),
        other => other,
    }
}

/// Nests contiguous elements as lists along some axes.
fn nest(elements: ArrayRef, axes: &[usize], nulls: Option<NullBuffer>) -> DfResult<ArrayRef> {
    let Some((&length, inner)) = axes.split_first() else { return Ok(elements) };
    let values = nest(elements, inner, None)?;
    let cells = values.len().checked_div(length).unwrap_or(0);
    let offsets = OffsetBuffer::from_repeated_length(length, cells);
    let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(item, offsets, values, nulls)?))
}

/// The cells of a column as nested lists.
fn lists(array: &ArrayRef, axes: &[usize]) -> DfResult<ArrayRef> {
    if let Some(cells) = array.as_fixed_size_list_opt() {
        return nest(cells.values().clone(), axes, cells.nulls().cloned());
    }
    let Some(stacks) = array.as_list_opt::<i32>() else { return Ok(array.clone()) };
    let values = lists(stacks.values(), axes)?;
    let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(Arc::new(ListArray::try_new(item, stacks.offsets().clone(), values, stacks.nulls().cloned())?))
}

impl ScalarUDFImpl for AsList {
    fn name(&self) -> &str {
        AS_LIST
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(shown(args).join(", "))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(named(args).join(", "))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        types.first().cloned().ok_or_else(|| external(wrong_arguments("a list is made of one value")))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let [field] = args.arg_fields else {
            return Err(external(wrong_arguments("a list is made of one value")));
        };
        let Some(axes) = axes(field) else { return Ok(field.clone()) };
        let stacked = usize::from(matches!(field.data_type(), DataType::List(_)));
        let data_type = nested_type(element_type(field.data_type()), axes.len() + stacked);
        Ok(Arc::new(Field::new(field.name(), data_type, field.is_nullable())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let axes = args.arg_fields.first().and_then(|field| axes(field));
        match (axes, args.args.as_slice()) {
            (Some(axes), [_]) => over_rows(&args, |arrays| lists(&arrays[0], &axes)),
            (None, [value]) => Ok(value.clone()),
            _ => Err(external(wrong_arguments("a list is made of one value"))),
        }
    }
}
