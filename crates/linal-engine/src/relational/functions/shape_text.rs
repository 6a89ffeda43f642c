//! `MAT_SHAPE(m)`: the shape of each row's tensor as text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_store::TensorType;

use super::error::external;
use crate::error::Error;

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
    fn text(fields: &[FieldRef]) -> DfResult<String> {
        let Some(tensor) = fields.first().and_then(|field| TensorType::of(field)) else {
            let error = Error::new("E0307", "not_a_tensor", "MAT_SHAPE takes a tensor");
            return Err(external(error));
        };
        let dims: Vec<String> = tensor.shape.dims().iter().map(usize::to_string).collect();
        Ok(dims.join("x"))
    }
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
        MatShape::text(args.arg_fields)?;
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new("mat_shape", DataType::Utf8, nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let text = MatShape::text(&args.arg_fields)?;
        match args.args.first() {
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
