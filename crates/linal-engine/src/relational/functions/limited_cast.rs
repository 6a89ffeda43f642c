//! `CAST(x AS SMALLINT)`, `CAST(s AS VARCHAR(3))`: what a cast gives must be within the limit of the type.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::util::display::array_value_to_string;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_error::Code;

use super::error::{external, wrong_arguments};
use super::formula::{named, shown};
use super::over_rows::over_rows;
use crate::dataset::{Limit, abridged};
use crate::error::Error;

/// What the names of the functions begin with; the type is the rest of the name.
pub(crate) const LIMITED_CAST: &str = "__limited_cast ";

/// As [`LIMITED_CAST`], with NULL for what is beyond the limit.
pub(crate) const TRY_LIMITED_CAST: &str = "__try_limited_cast ";

/// The function that gives back its argument, which is of the type that the limit belongs to.
pub(crate) fn limited_cast(limit: Limit, or_null: bool) -> Arc<ScalarUDF> {
    let prefix = if or_null { TRY_LIMITED_CAST } else { LIMITED_CAST };
    let name = format!("{prefix}{limit}");
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(LimitedCast { limit, or_null, name, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LimitedCast {
    limit: Limit,
    or_null: bool,
    name: String,
    signature: Signature,
}

impl LimitedCast {
    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {})", args.join(", "), self.limit)
    }

    fn checked(&self, array: &ArrayRef) -> DfResult<ArrayRef> {
        if let Some(list) = array.as_fixed_size_list_opt() {
            return self.checked_elements(list.values().as_ref()).map(|()| array.clone());
        }
        let Some(first) = self.limit.first_beyond(array.as_ref()) else { return Ok(array.clone()) };
        if !self.or_null {
            return Err(self.beyond(array.as_ref(), first));
        }
        let beyond: BooleanArray =
            self.limit.beyond(array.as_ref()).map(|(_, beyond)| Some(beyond)).collect();
        Ok(nullif(array, &beyond)?)
    }

    fn checked_elements(&self, elements: &dyn Array) -> DfResult<()> {
        match self.limit.first_beyond(elements) {
            Some(first) => Err(self.beyond(elements, first)),
            None => Ok(()),
        }
    }

    fn beyond(&self, array: &dyn Array, at: usize) -> datafusion::common::DataFusionError {
        let value = array_value_to_string(array, at).unwrap_or_else(|_| "a value".to_string());
        let value = match self.limit {
            Limit::Characters { .. } => format!("'{}'", abridged(&value)),
            Limit::Integers { .. } => value,
        };
        let message = format!("{value} does not fit {}", self.limit);
        let error = Error::new(Code::ValueOutOfRange, message);
        external(error.with_help("TRY_CAST gives NULL instead"))
    }
}

/// The argument of the cast below, which is of the type in memory.
fn inner(args: &[Expr]) -> Vec<Expr> {
    let operand = |arg: &Expr| match arg {
        Expr::Cast(cast) => cast.expr.as_ref().clone(),
        Expr::TryCast(cast) => cast.expr.as_ref().clone(),
        other => other.clone(),
    };
    args.iter().map(operand).collect()
}

impl ScalarUDFImpl for LimitedCast {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&shown(&inner(args))))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&named(&inner(args))))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        types.first().cloned().ok_or_else(|| external(wrong_arguments("a cast takes one value")))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let [field] = args.arg_fields else {
            return Err(external(wrong_arguments("a cast takes one value")));
        };
        let nullable = field.is_nullable() || self.or_null;
        Ok(Arc::new(Field::clone(field).with_name(&self.name).with_nullable(nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| match arrays {
            [array] => self.checked(array),
            _ => Err(external(wrong_arguments("a cast takes one value"))),
        })
    }
}
