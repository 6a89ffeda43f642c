//! `FLATTEN(x)`: the elements of a list of lists as one list; of a tensor as a vector.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::functions_nested::flatten::flatten_udf;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// FLATTEN of lists; other values are passed to that of tensors.
pub(super) fn of_lists(tensors: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Flatten { tensors, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Flatten {
    tensors: Arc<ScalarUDF>,
    signature: Signature,
}

/// Whether a value is a list of lists.
fn is_nested(types: &[DataType]) -> bool {
    match types {
        [DataType::List(item)] => matches!(item.data_type(), DataType::List(_) | DataType::LargeList(_)),
        _ => false,
    }
}

impl ScalarUDFImpl for Flatten {
    fn name(&self) -> &str {
        self.tensors.name()
    }

    fn aliases(&self) -> &[String] {
        self.tensors.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        self.tensors.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        if is_nested(types) { flatten_udf().return_type(types) } else { self.tensors.return_type(types) }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        if is_nested(&types) {
            return Ok(Arc::new(Field::new(self.name(), flatten_udf().return_type(&types)?, true)));
        }
        self.tensors.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if is_nested(types) {
            return Ok(types.to_vec());
        }
        let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.tensors.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        if is_nested(&types) {
            flatten_udf().invoke_with_args(args)
        } else {
            self.tensors.invoke_with_args(args)
        }
    }
}
