//! `__null_like(x)`: a NULL with the type and metadata of a value.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::error::{external, wrong_arguments};

/// The name of the function.
pub(crate) const NULL_LIKE: &str = "__null_like";

/// The function `__null_like`.
pub(super) fn null_like() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(NullLike { signature: Signature::any(1, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NullLike {
    signature: Signature,
}

impl ScalarUDFImpl for NullLike {
    fn name(&self) -> &str {
        NULL_LIKE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        types.first().cloned().ok_or_else(|| external(wrong_arguments("a NULL is like one value")))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match args.arg_fields {
            [field] => Ok(Arc::new(Field::clone(field).with_nullable(true))),
            _ => Err(external(wrong_arguments("a NULL is like one value"))),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::try_new_null(args.return_field.data_type())?))
    }
}
