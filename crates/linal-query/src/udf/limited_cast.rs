//! `CAST(x AS SMALLINT)`, `CAST(s AS VARCHAR(3))`: casts that check the limit of the type.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeListArray, GenericListArray, OffsetSizeTrait,
};
use arrow::compute::{filter, nullif};
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::util::display::array_value_to_string;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{Error, Limit, abridged};
use linal_error::Code;

use super::error::{external, wrong_arguments};
use super::formula::{named, shown};
use super::over_rows::over_rows;

/// The prefix of the functions' names, which the type follows.
pub(crate) const LIMITED_CAST: &str = "__limited_cast ";

/// As [`LIMITED_CAST`], with NULL for values beyond the limit.
pub(crate) const TRY_LIMITED_CAST: &str = "__try_limited_cast ";

/// The function that checks its argument, which has the storage type of the limit, or lists of it as the
/// brackets say.
pub(crate) fn limited_cast(limit: Limit, brackets: &str, or_null: bool) -> Arc<ScalarUDF> {
    let prefix = if or_null { TRY_LIMITED_CAST } else { LIMITED_CAST };
    let name = format!("{prefix}{limit}{brackets}");
    let signature = Signature::any(1, Volatility::Immutable);
    let brackets = brackets.to_string();
    Arc::new(ScalarUDF::new_from_impl(LimitedCast { limit, brackets, or_null, name, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LimitedCast {
    limit: Limit,
    /// `[]` for lists of the type, `[][]` for lists of lists.
    brackets: String,
    or_null: bool,
    name: String,
    signature: Signature,
}

impl LimitedCast {
    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {}{})", args.join(", "), self.limit, self.brackets)
    }

    fn checked(&self, array: &ArrayRef) -> DfResult<ArrayRef> {
        if let Some(elements) = elements(array)? {
            return if self.or_null {
                with_elements(array, |all| self.checked(all))
            } else {
                self.checked(&elements).map(|_| array.clone())
            };
        }
        let Some(first) = self.limit.first_beyond(array.as_ref()) else { return Ok(array.clone()) };
        if !self.or_null {
            return Err(self.beyond(array.as_ref(), first));
        }
        let beyond: BooleanArray =
            self.limit.beyond(array.as_ref()).map(|(_, beyond)| Some(beyond)).collect();
        Ok(nullif(array, &beyond)?)
    }

    fn beyond(&self, array: &dyn Array, at: usize) -> datafusion::common::DataFusionError {
        let value = array_value_to_string(array, at).unwrap_or_else(|_| "a value".to_string());
        let value = match self.limit {
            Limit::Characters { .. } | Limit::Labels { .. } | Limit::Json => {
                format!("'{}'", abridged(&value))
            }
            Limit::Integers { .. } | Limit::Elements(..) => value,
        };
        let message = format!("{value} does not fit {}", self.limit);
        let error = Error::new(Code::ValueOutOfRange, message);
        external(error.with_help("TRY_CAST gives NULL instead"))
    }
}

/// The elements of an array's lists without those of NULL lists; `None` for an array that has no lists.
fn elements(array: &ArrayRef) -> DfResult<Option<ArrayRef>> {
    let is_list =
        matches!(array.data_type(), DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..));
    if !is_list {
        return Ok(None);
    }
    let valid = match array.nulls() {
        Some(nulls) => filter(array, &BooleanArray::new(nulls.inner().clone(), None))?,
        None => array.clone(),
    };
    Ok(match valid.data_type() {
        DataType::List(_) => Some(within(valid.as_list::<i32>())),
        DataType::LargeList(_) => Some(within(valid.as_list::<i64>())),
        _ => Some(valid.as_fixed_size_list().values().clone()),
    })
}

/// The elements in the range of the offsets.
fn within<O: OffsetSizeTrait>(lists: &GenericListArray<O>) -> ArrayRef {
    let offsets = lists.value_offsets();
    let ends = offsets.first().zip(offsets.last());
    let (start, end) = ends.map_or((0, 0), |(start, end)| (start.as_usize(), end.as_usize()));
    lists.values().slice(start, end - start)
}

/// The same lists with other elements of the same number.
fn with_elements(array: &ArrayRef, change: impl Fn(&ArrayRef) -> DfResult<ArrayRef>) -> DfResult<ArrayRef> {
    fn lists<O: OffsetSizeTrait>(
        lists: &GenericListArray<O>,
        change: impl Fn(&ArrayRef) -> DfResult<ArrayRef>,
    ) -> DfResult<ArrayRef> {
        let (field, offsets, values, nulls) = lists.clone().into_parts();
        Ok(Arc::new(GenericListArray::<O>::try_new(field, offsets, change(&values)?, nulls)?))
    }
    match array.data_type() {
        DataType::List(_) => lists(array.as_list::<i32>(), change),
        DataType::LargeList(_) => lists(array.as_list::<i64>(), change),
        _ => {
            let (field, size, values, nulls) = array.as_fixed_size_list().clone().into_parts();
            Ok(Arc::new(FixedSizeListArray::try_new(field, size, change(&values)?, nulls)?))
        }
    }
}

/// The argument of the cast to the storage type.
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
