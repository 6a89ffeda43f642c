//! `__normalized_key(x)`: floats as keys of groups and joins, in which 0 and -0 are equal and all NaNs are
//! equal, and intervals as their duration.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::normalized_key::{INTERVAL_KEY, normalized_keys};

/// The name of the function.
pub(crate) const KEY: &str = "__normalized_key";

/// The function that makes equal keys equal bytes. Types other than floats, tensors of floats and intervals
/// stay unchanged.
pub(crate) fn key() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Key { signature: Signature::any(1, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    signature: Signature,
}

impl ScalarUDFImpl for Key {
    fn name(&self) -> &str {
        KEY
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types {
            [DataType::Interval(_)] => Ok(INTERVAL_KEY),
            [only] => Ok(only.clone()),
            _ => datafusion::common::plan_err!("__normalized_key takes one value"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match args.arg_fields {
            [only] if matches!(only.data_type(), DataType::Interval(_)) => {
                Ok(Arc::new(only.as_ref().clone().with_data_type(INTERVAL_KEY)))
            }
            [only] => Ok(only.clone()),
            _ => datafusion::common::plan_err!("__normalized_key takes one value"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        match args.args.first() {
            Some(ColumnarValue::Array(array)) => Ok(ColumnarValue::Array(normalized_keys(array)?)),
            Some(ColumnarValue::Scalar(value)) => {
                let array = normalized_keys(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
            None => datafusion::common::plan_err!("__normalized_key takes one value"),
        }
    }
}
