//! Casts to floats in which overflow to infinity is an error.
//!
//! Arrow reads '10e400' as infinity, and casts 1e39 to an infinite f32.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{CastOptions, cast, cast_with_options, nullif};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::util::display::array_value_to_string;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::ScalarUDF;

use super::checked_cast::{CheckedCast, checked_cast, does_not_fit};

/// The function that casts strings and f64 to a float type; values out of range are NULL if `or_null` is set.
pub(crate) fn float_cast(to: DataType, or_null: bool) -> Arc<ScalarUDF> {
    checked_cast(FloatCast, to, or_null)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FloatCast;

impl CheckedCast for FloatCast {
    const NAME: &'static str = "__float_cast";

    fn cast(from: &ArrayRef, to: &DataType, or_null: bool) -> DfResult<ArrayRef> {
        let options = CastOptions { safe: or_null, ..CastOptions::default() };
        let floats = cast_with_options(from, to, &options)?;
        let became_infinite = became_infinite(from, &floats)?;
        let Some(first) = (0..from.len()).find(|&at| became_infinite.value(at)) else { return Ok(floats) };
        if or_null {
            return Ok(nullif(&floats, &became_infinite)?);
        }
        let value = array_value_to_string(from, first).unwrap_or_else(|_| "a number".to_string());
        Err(does_not_fit(&value, to))
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
