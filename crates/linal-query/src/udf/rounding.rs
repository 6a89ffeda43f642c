//! `ROUND(x, digits)` and `TRUNC(x, digits)` of floats, for any number of digits.
//!
//! DataFusion multiplies by a power of ten, which may be 0 or infinite and then gives NaN or an error.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::binary;
use arrow::datatypes::{DataType, Field, FieldRef, Float32Type, Float64Type, Int64Type};
use datafusion::common::Result as DfResult;
use datafusion::functions::math;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::over_rows::over_rows;

/// The function `ROUND`, for arguments that no tensor function accepts.
pub(super) fn round() -> Arc<ScalarUDF> {
    rounding(math::round(), f64::round)
}

/// The function `TRUNC`.
pub(super) fn trunc() -> Arc<ScalarUDF> {
    rounding(math::trunc(), f64::trunc)
}

fn rounding(builtin: Arc<ScalarUDF>, to_integer: fn(f64) -> f64) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Rounding { builtin, to_integer, signature }))
}

#[derive(Debug)]
struct Rounding {
    /// DataFusion's function, for decimals, integers, and calls with one argument.
    builtin: Arc<ScalarUDF>,
    to_integer: fn(f64) -> f64,
    signature: Signature,
}

impl PartialEq for Rounding {
    fn eq(&self, other: &Self) -> bool {
        self.builtin == other.builtin
    }
}

impl Eq for Rounding {}

impl std::hash::Hash for Rounding {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.builtin.hash(state);
    }
}

/// Whether a float is rounded to a number of digits.
fn is_ours(types: &[DataType]) -> bool {
    matches!(types, [number, digits] if number.is_floating() && (digits.is_integer() || digits.is_null()))
}

impl Rounding {
    /// Rounds a float to this many fractional digits; negative numbers count integer digits.
    fn rounded(&self, x: f64, digits: i64) -> f64 {
        let digits = i32::try_from(digits).unwrap_or(if digits < 0 { i32::MIN } else { i32::MAX });
        let unit = 10f64.powi(digits.saturating_abs());
        if !x.is_finite() {
            return x;
        }
        if digits < 0 {
            return if unit.is_finite() { (self.to_integer)(x / unit) * unit } else { 0.0 };
        }
        let scaled = x * unit;
        // A number this large has no digits after the last one that is kept.
        if scaled.is_finite() { (self.to_integer)(scaled) / unit } else { x }
    }

    fn compute(&self, arrays: &[ArrayRef]) -> DfResult<ArrayRef> {
        let digits = arrays[1].as_primitive::<Int64Type>();
        Ok(match arrays[0].as_primitive_opt::<Float32Type>() {
            Some(numbers) => {
                let rounded: PrimitiveArray<Float32Type> =
                    binary(numbers, digits, |x, digits| self.rounded(x.into(), digits) as f32)?;
                Arc::new(rounded)
            }
            None => {
                let numbers = arrays[0].as_primitive::<Float64Type>();
                let rounded: PrimitiveArray<Float64Type> =
                    binary(numbers, digits, |x, digits| self.rounded(x, digits))?;
                Arc::new(rounded)
            }
        })
    }
}

impl ScalarUDFImpl for Rounding {
    fn name(&self) -> &str {
        self.builtin.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        if is_ours(types) { Ok(types[0].clone()) } else { self.builtin.return_type(types) }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        if !is_ours(&types) {
            return self.builtin.return_field_from_args(args);
        }
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), types[0].clone(), nullable)))
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if is_ours(types) {
            let number = if types[0] == DataType::Float16 { DataType::Float32 } else { types[0].clone() };
            return Ok(vec![number, DataType::Int64]);
        }
        let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.builtin.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        if is_ours(&types) {
            over_rows(&args, |arrays| self.compute(arrays))
        } else {
            self.builtin.invoke_with_args(args)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_digits() {
        let rounding = Rounding {
            builtin: math::round(),
            to_integer: f64::round,
            signature: Signature::user_defined(Volatility::Immutable),
        };
        let cases = [
            (42.0, -400, 0.0),
            (2.5, 400, 2.5),
            (12_345.678, 2, 12_345.68),
            (12_345.0, -2, 12_300.0),
            (1e308, 5, 1e308),
            (2.5, i64::MAX, 2.5),
            (2.5, i64::MIN, 0.0),
        ];
        for (x, digits, expected) in cases {
            assert_eq!(rounding.rounded(x, digits), expected);
        }
        assert!(rounding.rounded(f64::INFINITY, 2).is_infinite());
    }
}
