//! List functions with a size argument: a negative size, and one beyond the memory limit, are errors before
//! anything is computed.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::Result as DfResult;
use datafusion::functions_nested::repeat::array_repeat_udf;
use datafusion::functions_nested::resize::array_resize_udf;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::context::execution;
use super::error::{external, wrong_arguments};

/// DataFusion's functions with a check of their size argument.
pub(super) fn checked_sizes() -> Vec<Arc<ScalarUDF>> {
    [array_resize_udf(), array_repeat_udf()]
        .into_iter()
        .map(|builtin| {
            let signature = Signature::user_defined(Volatility::Immutable);
            Arc::new(ScalarUDF::new_from_impl(CheckedSize { builtin, signature }))
        })
        .collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSize {
    builtin: Arc<ScalarUDF>,
    signature: Signature,
}

/// The index of the size argument.
const SIZE: usize = 1;

/// Minimal bytes of an element.
const ELEMENT: usize = 8;

impl CheckedSize {
    /// Reserves the memory of the result while it is computed.
    fn check(&self, args: &ScalarFunctionArgs) -> DfResult<Option<linal_tensor::Reservation>> {
        let Some(size) = args.args.get(SIZE) else { return Ok(None) };
        let rows = if matches!(size, ColumnarValue::Scalar(_)) { 1 } else { args.number_rows };
        let sizes = cast(&size.to_array(rows)?, &DataType::Int64)?;
        let sizes = sizes.as_primitive::<Int64Type>();
        let repeated = if rows == args.number_rows { 1 } else { args.number_rows.max(1) };
        let name = self.builtin.name().to_uppercase();
        let mut elements = 0usize;
        for size in (0..sizes.len()).filter(|&at| sizes.is_valid(at)).map(|at| sizes.value(at)) {
            let size = usize::try_from(size).map_err(|_| {
                external(wrong_arguments(format!("the size of {name} is 0 or more, not {size}")))
            })?;
            elements = elements.saturating_add(size.saturating_mul(repeated));
        }
        if elements > i32::MAX as usize {
            let message = format!("the lists of {name} would have {elements} elements");
            return Err(external(wrong_arguments(message)));
        }
        let context = execution(&args.config_options);
        let reserved = context.pool().reserve("lists", elements.saturating_mul(ELEMENT));
        reserved.map(Some).map_err(|error| external(linal_dataset::Error::from(error)))
    }
}

impl ScalarUDFImpl for CheckedSize {
    fn name(&self) -> &str {
        self.builtin.name()
    }

    fn aliases(&self) -> &[String] {
        self.builtin.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        self.builtin.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        self.builtin.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.builtin.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let _reserved = self.check(&args)?;
        self.builtin.invoke_with_args(args)
    }
}
