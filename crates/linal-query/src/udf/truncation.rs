//! `TRUNC(x[, digits])` of integers and decimals, which stay exact; floats are truncated as [`super::rounding`] does.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::over_rows::over_rows;
use super::rounding;

/// The function `TRUNC`.
pub(super) fn trunc() -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Truncation { floats: rounding::trunc(), signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Truncation {
    floats: Arc<ScalarUDF>,
    signature: Signature,
}

/// Whether a number is exact, with a number of digits or without.
fn is_exact(types: &[DataType]) -> bool {
    let is_number = |kind: &DataType| {
        kind.is_integer()
            || matches!(kind, DataType::Decimal128(..) | DataType::Decimal64(..) | DataType::Decimal32(..))
    };
    match types {
        [number] => is_number(number),
        [number, digits] => is_number(number) && (digits.is_integer() || digits.is_null()),
        _ => false,
    }
}

/// The type of an exact number: an Int, or a decimal of 128 bits.
fn exact(kind: &DataType) -> DataType {
    match kind {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => DataType::Decimal128(*precision, *scale),
        _ => DataType::Int64,
    }
}

/// The scale of the result: as many digits as the literal says, and those of the argument if it is no literal.
fn result_type(number: &DataType, digits: Option<Option<&ScalarValue>>) -> DataType {
    let DataType::Decimal128(precision, scale) = exact(number) else { return DataType::Int64 };
    let kept = match digits {
        None => 0,
        Some(Some(ScalarValue::Int64(Some(digits)))) => {
            i8::try_from((*digits).clamp(0, i64::from(scale.max(0)))).unwrap_or(scale)
        }
        Some(_) => scale,
    };
    DataType::Decimal128(precision, kept.min(scale))
}

/// The number without the digits behind 10^power.
fn truncated(value: i128, power: i64) -> i128 {
    match u32::try_from(power).ok().and_then(|power| 10i128.checked_pow(power)) {
        Some(unit) => value / unit * unit,
        // More digits than a number has.
        None if power > 0 => 0,
        None => value,
    }
}

fn compute(arrays: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef> {
    let digits = arrays.get(1).map(|digits| digits.as_primitive::<Int64Type>());
    let is_there = |row: usize| arrays[0].is_valid(row) && digits.is_none_or(|digits| digits.is_valid(row));
    let places = |row: usize| digits.map_or(0, |digits| digits.value(row));
    if let DataType::Decimal128(precision, kept) = result
        && let DataType::Decimal128(_, scale) = arrays[0].data_type()
    {
        let values = arrays[0].as_primitive::<Decimal128Type>();
        let unit = 10i128.pow(u32::try_from(*scale - *kept).unwrap_or(0));
        let value = |row: usize| {
            is_there(row)
                .then(|| truncated(values.value(row), i64::from(*scale).saturating_sub(places(row))) / unit)
        };
        let values: Decimal128Array = (0..values.len()).map(value).collect();
        return Ok(Arc::new(values.with_precision_and_scale(*precision, *kept)?));
    }
    let values = arrays[0].as_primitive::<Int64Type>();
    let value = |row: usize| {
        // A number that is truncated is not greater than before.
        is_there(row).then(|| truncated(values.value(row).into(), places(row).saturating_neg()) as i64)
    };
    let values: Int64Array = (0..values.len()).map(value).collect();
    Ok(Arc::new(values))
}

impl ScalarUDFImpl for Truncation {
    fn name(&self) -> &str {
        "trunc"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        if is_exact(types) {
            Ok(result_type(&types[0], types.get(1).map(|_| None)))
        } else {
            self.floats.return_type(types)
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        if !is_exact(&types) {
            return self.floats.return_field_from_args(args);
        }
        let digits = types.get(1).map(|_| args.scalar_arguments.get(1).copied().flatten());
        Ok(Arc::new(Field::new(self.name(), result_type(&types[0], digits), true)))
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if is_exact(types) {
            let digits = types.get(1).map(|_| DataType::Int64);
            return Ok(std::iter::once(exact(&types[0])).chain(digits).collect());
        }
        let field = |kind: &DataType| Arc::new(Field::new("argument", kind.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.floats.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        if !is_exact(&types) {
            return self.floats.invoke_with_args(args);
        }
        let result = args.return_field.data_type().clone();
        over_rows(&args, |arrays| compute(arrays, &result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_exact_numbers() {
        let cases = [(1234, 2, 1200), (-1234, 2, -1200), (1234, 0, 1234), (1234, -1, 1234), (1234, 99, 0)];
        for (value, power, expected) in cases {
            assert_eq!(truncated(value, power), expected);
        }
    }
}
