//! Functions of the host program in queries.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::functions::HostFunction;

use super::error::external;

/// A function of the host, which takes arguments of its types and those that can be coerced to them.
pub(crate) fn host(function: &HostFunction) -> Arc<ScalarUDF> {
    let inputs = function.inputs.iter().map(|kind| kind.data_type()).collect();
    // It is not called while planning: it may be slow, and its result may depend on what the program does.
    let signature = Signature::exact(inputs, Volatility::Stable);
    let (name, function) = (function.name.to_lowercase(), function.clone());
    Arc::new(ScalarUDF::new_from_impl(Host { name, signature, function }))
}

#[derive(Debug)]
struct Host {
    name: String,
    signature: Signature,
    function: HostFunction,
}

impl PartialEq for Host {
    fn eq(&self, other: &Host) -> bool {
        self.name == other.name && self.signature == other.signature
    }
}

impl Eq for Host {}

impl Hash for Host {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Host {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(self.function.output.data_type())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        Ok(Arc::new(self.function.output.field(&self.name, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let rows = args.number_rows;
        let arrays =
            args.args.iter().map(|value| value.to_array(rows)).collect::<DfResult<Vec<ArrayRef>>>()?;
        let result = self.function.call(&arrays, rows).map_err(external)?;
        Ok(ColumnarValue::Array(result))
    }
}
