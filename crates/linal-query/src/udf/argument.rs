//! Named arguments in queries: `CONCAT(a, b, axis => 1)` is planned as `concat(a, b, __argument('axis'), 1)`.
//!
//! DataFusion supports named arguments, but neither gaps between them nor named arguments after a variadic
//! list. The mark names the parameter of the argument after it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_bind::binder::Bound;
use linal_dataset::Result;

use super::error::{external, wrong_arguments};
use super::operand::{Operand, bound};

/// The name of the function that makes a mark.
pub(crate) const ARGUMENT: &str = "__argument";

/// Field metadata of a mark: the parameter's name.
const NAME: &str = "linal.argument";

/// The type of a mark, which no other value of a query has.
const MARK: DataType = DataType::FixedSizeBinary(0);

/// `__argument(name)`.
pub(super) fn argument() -> Arc<ScalarUDF> {
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Mark { signature }))
}

/// Whether a type is that of a mark.
pub(super) fn is_mark(data_type: &DataType) -> bool {
    *data_type == MARK
}

/// The arguments of a call without marks, each with the parameter name from the mark before it.
pub(super) fn named(operands: &[Operand]) -> Result<Vec<(Option<String>, Bound)>> {
    if !operands.iter().any(|operand| is_mark(operand.field.data_type())) {
        return Ok(bound(operands)?.into_iter().map(|value| (None, value)).collect());
    }
    let (mut name, mut names) = (None, Vec::with_capacity(operands.len()));
    let mut values = Vec::with_capacity(operands.len());
    for (at, operand) in operands.iter().enumerate() {
        match operand.field.metadata().get(NAME) {
            Some(mark) => name = Some(mark.clone()),
            None => {
                names.push(name.take());
                values.push(operand.clone().placed(at as u32));
            }
        }
    }
    Ok(names.into_iter().zip(bound(&values)?).collect())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Mark {
    signature: Signature,
}

impl ScalarUDFImpl for Mark {
    fn name(&self) -> &str {
        ARGUMENT
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(MARK)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match args.scalar_arguments {
            [Some(ScalarValue::Utf8(Some(name)))] => {
                let field = Field::new(ARGUMENT, MARK, false);
                Ok(Arc::new(field.with_metadata([(NAME.to_string(), name.clone())].into())))
            }
            _ => Err(external(wrong_arguments("an argument without a name"))),
        }
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::FixedSizeBinary(0, Some(Vec::new()))))
    }
}
