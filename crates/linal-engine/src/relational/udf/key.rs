//! `__normalized_key(x)`: floats as keys of groups and joins, in which 0 and -0 are equal and all NaNs are
//! equal, and intervals as their duration.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, FieldRef, Float32Type, Float64Type,
    IntervalMonthDayNanoType, IntervalUnit,
};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The name of the function.
pub(crate) const KEY: &str = "__normalized_key";

/// The type of normalized interval keys.
const INTERVAL_KEY: DataType = DataType::Decimal128(38, 0);

/// The function that makes equal keys equal bytes. Types other than floats, tensors of floats and intervals
/// stay unchanged.
pub(crate) fn key() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Key { signature: Signature::any(1, Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    signature: Signature,
}

impl ScalarUDFImpl for Key {
    fn name(&self) -> &str {
        KEY
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types {
            [DataType::Interval(_)] => Ok(INTERVAL_KEY),
            [only] => Ok(only.clone()),
            _ => datafusion::common::plan_err!("__normalized_key takes one value"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        match args.arg_fields {
            [only] if matches!(only.data_type(), DataType::Interval(_)) => {
                Ok(Arc::new(only.as_ref().clone().with_data_type(INTERVAL_KEY)))
            }
            [only] => Ok(only.clone()),
            _ => datafusion::common::plan_err!("__normalized_key takes one value"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        match args.args.first() {
            Some(ColumnarValue::Array(array)) => Ok(ColumnarValue::Array(keys(array)?)),
            Some(ColumnarValue::Scalar(value)) => {
                let array = keys(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
            None => datafusion::common::plan_err!("__normalized_key takes one value"),
        }
    }
}

/// The normalized keys of a column.
pub(crate) fn keys(array: &ArrayRef) -> DfResult<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Float64 => floats::<Float64Type>(array, |x| if x.is_nan() { f64::NAN } else { x + 0.0 }),
        DataType::Float32 => floats::<Float32Type>(array, |x| if x.is_nan() { f32::NAN } else { x + 0.0 }),
        DataType::FixedSizeList(item, width) if item.data_type().is_floating() => {
            let list = array.as_fixed_size_list();
            let values = keys(list.values())?;
            Arc::new(FixedSizeListArray::try_new_with_length(
                item.clone(),
                *width,
                values,
                list.nulls().cloned(),
                list.len(),
            )?)
        }
        DataType::Interval(_) => intervals(array)?,
        _ => array.clone(),
    })
}

/// Intervals as nanoseconds, with months of 30 days and days of 24 hours.
fn intervals(array: &ArrayRef) -> DfResult<ArrayRef> {
    let array = arrow::compute::cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let intervals = array.as_primitive::<IntervalMonthDayNanoType>();
    let keys = intervals.unary::<_, Decimal128Type>(linal_store::temporal::compare_key);
    Ok(Arc::new(keys.with_data_type(INTERVAL_KEY)))
}

/// Adding 0 turns -0 into 0 and leaves every other number unchanged.
fn floats<T: ArrowPrimitiveType>(array: &ArrayRef, key: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    let floats: &PrimitiveArray<T> = array.as_primitive();
    Arc::new(floats.unary::<_, T>(key))
}
