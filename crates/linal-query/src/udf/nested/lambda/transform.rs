//! `list_transform(l, x -> e)` and `(x, i) -> e`: the list of the values of `e`.

use std::sync::Arc;

use arrow::array::ListArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::elements::{element_of, elements_of, list_of, pair, parameters};

pub(super) fn transform() -> Arc<HigherOrderUDF> {
    let aliases = ["array_transform", "list_apply", "array_apply", "apply"].map(str::to_string).to_vec();
    let signature = HigherOrderSignature::variadic_any(Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(Transform { aliases, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Transform {
    aliases: Vec<String>,
    signature: HigherOrderSignature,
}

const NAME: &str = "list_transform";

impl HigherOrderUDFImpl for Transform {
    fn name(&self) -> &str {
        NAME
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> DfResult<LambdaParametersProgress> {
        let (list, _) = pair(NAME, fields)?;
        Ok(LambdaParametersProgress::Complete(vec![parameters(element_of(NAME, list)?)]))
    }

    fn clear_null_values(&self) -> bool {
        false
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let (_, value) = pair(NAME, args.arg_fields)?;
        list_of(value)
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> DfResult<ColumnarValue> {
        let (list, lambda) = pair(NAME, &args.args)?;
        let (field, _) = pair(NAME, &args.arg_fields)?;
        let elements = elements_of(NAME, list, field, args.number_rows)?;
        let DataType::List(item) = args.return_type() else { return internal_err!("no list") };
        let values = cast(&elements.evaluate(lambda)?, item.data_type())?;
        let list = ListArray::try_new(item.clone(), elements.list_offsets(), values, elements.nulls.clone());
        Ok(ColumnarValue::Array(Arc::new(list?)))
    }
}
