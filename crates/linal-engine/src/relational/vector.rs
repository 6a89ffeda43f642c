//! `[a, b, c]` in a query: numbers of a row as the vector of its cell.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array, NullBufferBuilder};
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_store::TensorType;
use linal_tensor::DType;

/// The function behind a bracket list that holds more than number literals: a `Vector(n, f64)`.
pub(super) fn vector() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Vector { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Vector {
    signature: Signature,
}

impl ScalarUDFImpl for Vector {
    fn name(&self) -> &str {
        "__vector"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types.iter().find(|data_type| !data_type.is_numeric() && !data_type.is_null()) {
            Some(odd) => Err(super::error::external(crate::Error::new(
                "E0307",
                "not_a_tensor",
                format!("a list holds numbers, and one of its items is {odd}"),
            ))),
            None => Ok(vec![DataType::Float64; types.len()]),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(TensorType::vector(types.len(), DType::F64).data_type())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(TensorType::vector(args.arg_fields.len(), DType::F64).field(self.name(), nullable)))
    }

    /// A row with a NULL among its items has no vector.
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns: Vec<ArrayRef> =
            args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<Result<_>>()?;
        let columns: Vec<&Float64Array> =
            columns.iter().map(|column| column.as_primitive::<Float64Type>()).collect();
        let mut values = Vec::with_capacity(args.number_rows * columns.len());
        let mut present = NullBufferBuilder::new(args.number_rows);
        for row in 0..args.number_rows {
            values.extend(columns.iter().map(|column| column.value(row)));
            present.append(columns.iter().all(|column| column.is_valid(row)));
        }
        let cell = TensorType::vector(columns.len(), DType::F64);
        let list = FixedSizeListArray::try_new_with_length(
            cell.item_field(),
            columns.len() as i32,
            Arc::new(Float64Array::from(values)),
            present.finish(),
            args.number_rows,
        )?;
        Ok(ColumnarValue::Array(Arc::new(list)))
    }
}
