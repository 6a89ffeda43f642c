//! `__once_<n>(x)`: a volatile call that several items of a SELECT use by its alias, and that is computed once a row.
//!
//! Calls of the same number are one column of the projection below the items ([`crate::logical`]).

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The prefix of the functions' names, which a number follows.
pub(crate) const ONCE: &str = "__once_";

/// The function of a name; `None` for other names.
pub(crate) fn once(name: &str) -> Option<Arc<ScalarUDF>> {
    let is_numbered = name.strip_prefix(ONCE)?.parse::<usize>().is_ok();
    let signature = Signature::any(1, Volatility::Immutable);
    is_numbered.then(|| Arc::new(ScalarUDF::new_from_impl(Once { name: name.to_string(), signature })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Once {
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for Once {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types {
            [only] => Ok(only.clone()),
            _ => datafusion::common::internal_err!("__once takes one value"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match args.arg_fields {
            [only] => Ok(only.clone()),
            _ => datafusion::common::internal_err!("__once takes one value"),
        }
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        match args.args.pop() {
            Some(value) => Ok(value),
            None => datafusion::common::internal_err!("__once takes one value"),
        }
    }
}
