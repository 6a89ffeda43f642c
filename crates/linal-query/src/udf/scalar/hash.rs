//! `HASH(x, ...)`: a hash of values, the same in every run and on every machine.

use std::sync::Arc;

use arrow::array::Int64Array;
use arrow::datatypes::DataType;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use twox_hash::XxHash3_64;

use crate::udf::aggregate::keys;
use crate::udf::error::{external, wrong_arguments};
use crate::udf::over_rows::over_rows;

/// The function `HASH`.
pub(super) fn hash() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(HashFunction {
        signature: Signature::variadic_any(Volatility::Immutable),
    }))
}

#[derive(Debug, PartialEq, Eq, std::hash::Hash)]
struct HashFunction {
    signature: Signature,
}

impl ScalarUDFImpl for HashFunction {
    fn name(&self) -> &str {
        "hash"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        if types.is_empty() {
            return Err(external(wrong_arguments("HASH takes one argument at least")));
        }
        Ok(DataType::Int64)
    }

    /// The hash has 63 bits, so that it is an Int from 0.
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| {
            let rows = keys(arrays)?;
            let hashes = rows.iter().map(|row| (XxHash3_64::oneshot(row.as_ref()) >> 1) as i64);
            Ok(Arc::new(Int64Array::from_iter_values(hashes)))
        })
    }
}
