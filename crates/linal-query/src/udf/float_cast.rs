//! Casts to floats in which overflow to infinity is an error.
//!
//! Arrow reads '10e400' as infinity, and casts 1e39 to an infinite f32.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{CastOptions, cast, cast_with_options, nullif};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::util::display::array_value_to_string;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;

use super::error::external;
use super::formula::{named, shown};
use super::over_rows::over_rows;

/// The function that casts strings and f64 to a float type; values out of range are NULL if `or_null` is set.
pub(crate) fn float_cast(to: DataType, or_null: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(FloatCast { to, or_null, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FloatCast {
    to: DataType,
    or_null: bool,
    signature: Signature,
}

impl FloatCast {
    fn shown_type(&self) -> &'static str {
        if self.to == DataType::Float32 { "Real" } else { "Float" }
    }

    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {})", args.join(", "), self.shown_type())
    }

    fn cast(&self, from: &ArrayRef) -> DfResult<ArrayRef> {
        let options = CastOptions { safe: self.or_null, ..CastOptions::default() };
        let floats = cast_with_options(from, &self.to, &options)?;
        let became_infinite = became_infinite(from, &floats)?;
        let Some(first) = (0..from.len()).find(|&at| became_infinite.value(at)) else { return Ok(floats) };
        if self.or_null {
            return Ok(nullif(&floats, &became_infinite)?);
        }
        let value = array_value_to_string(from, first).unwrap_or_else(|_| "a number".to_string());
        let message = format!("{value} does not fit {}", self.shown_type());
        let error = Error::new(Code::ValueOutOfRange, message);
        Err(external(error.with_help("TRY_CAST gives NULL instead")))
    }
}

/// Which values are finite numbers that the cast made infinite.
fn became_infinite(from: &ArrayRef, floats: &ArrayRef) -> DfResult<BooleanArray> {
    let infinite: Vec<bool> = match floats.as_primitive_opt::<Float32Type>() {
        Some(floats) => floats.iter().map(|x| x.is_some_and(f32::is_infinite)).collect(),
        None => {
            floats.as_primitive::<Float64Type>().iter().map(|x| x.is_some_and(f64::is_infinite)).collect()
        }
    };
    if !infinite.contains(&true) {
        return Ok(BooleanArray::from(infinite));
    }
    let finite: Vec<bool> = if from.data_type().is_string() {
        let texts = cast(from, &DataType::Utf8View)?;
        texts.as_string_view().iter().map(|text| text.is_some_and(|text| !is_infinity(text))).collect()
    } else {
        let wide = cast(from, &DataType::Float64)?;
        wide.as_primitive::<Float64Type>().iter().map(|x| x.is_some_and(f64::is_finite)).collect()
    };
    Ok(infinite.into_iter().zip(finite).map(|(infinite, finite)| Some(infinite && finite)).collect())
}

/// Whether a string spells infinity.
fn is_infinity(text: &str) -> bool {
    text.trim().trim_start_matches(['+', '-']).get(..3).is_some_and(|word| word.eq_ignore_ascii_case("inf"))
}

impl ScalarUDFImpl for FloatCast {
    fn name(&self) -> &str {
        "__float_cast"
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| self.cast(&arrays[0]))
    }
}
