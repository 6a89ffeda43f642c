//! `MAT_SHAPE(m)`: the shape of each row's tensor, or stack of tensors, as a string.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::TensorType;

use super::aggregate::stack::CELL_SHAPE;
use super::error::external;

/// The function `MAT_SHAPE`: `'2x3'` for a matrix of two rows and three columns, `'4'` for a vector.
pub(super) fn mat_shape() -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(MatShape { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MatShape {
    signature: Signature,
}

impl MatShape {
    /// The sizes of a cell, and whether it is a stack, whose shape starts with the number of its rows.
    fn cell(fields: &[FieldRef]) -> DfResult<(String, bool)> {
        let not_a_tensor = || external(Error::new(Code::NotATensor, "MAT_SHAPE takes a tensor"));
        let field = fields.first().ok_or_else(not_a_tensor)?;
        if let Some(tensor) = TensorType::of(field) {
            let dims: Vec<String> = tensor.shape.dims().iter().map(usize::to_string).collect();
            return Ok((dims.join("x"), false));
        }
        if let Some(dims) = field.metadata().get(CELL_SHAPE) {
            return Ok((dims.replace(',', "x"), true));
        }
        match field.data_type() {
            DataType::List(item) => match item.data_type() {
                DataType::FixedSizeList(_, width) => Ok((width.to_string(), true)),
                _ => Err(not_a_tensor()),
            },
            _ => Err(not_a_tensor()),
        }
    }
}

/// The shape of each stack in a column.
fn of_stacks(stacks: &ArrayRef, cell: &str) -> ArrayRef {
    let stacks = stacks.as_list::<i32>();
    let text = |row: usize| format!("{}x{cell}", stacks.value_length(row));
    let texts: StringArray = (0..stacks.len()).map(|row| stacks.is_valid(row).then(|| text(row))).collect();
    Arc::new(texts)
}

impl ScalarUDFImpl for MatShape {
    fn name(&self) -> &str {
        "mat_shape"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Utf8)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        MatShape::cell(args.arg_fields)?;
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new("mat_shape", DataType::Utf8, nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let (text, is_stack) = MatShape::cell(&args.arg_fields)?;
        match args.args.first() {
            Some(ColumnarValue::Array(array)) if is_stack => {
                Ok(ColumnarValue::Array(of_stacks(array, &text)))
            }
            Some(ColumnarValue::Scalar(value)) if is_stack && !value.is_null() => {
                let texts = of_stacks(&value.to_array()?, &text);
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&texts, 0)?))
            }
            Some(ColumnarValue::Array(array)) if array.null_count() > 0 => {
                let texts: StringArray =
                    (0..array.len()).map(|row| array.is_valid(row).then_some(text.as_str())).collect();
                Ok(ColumnarValue::Array(Arc::new(texts) as ArrayRef))
            }
            Some(ColumnarValue::Scalar(value)) if value.is_null() => {
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None)))
            }
            _ => Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(text)))),
        }
    }
}
