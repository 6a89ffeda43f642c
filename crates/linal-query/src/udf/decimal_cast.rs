//! Casts of floats to decimals by their shortest decimal form: 5e36 is a 5 with 36 zeros.
//!
//! Arrow multiplies the float by a power of ten, so the digits after the sixteenth are those of the product.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::ScalarUDF;

use super::checked_cast::{CheckedCast, checked_cast, does_not_fit};

/// The function that casts floats to a decimal type; values out of range are NULL if `or_null` is set.
pub(crate) fn decimal_cast(to: DataType, or_null: bool) -> Arc<ScalarUDF> {
    checked_cast(DecimalCast, to, or_null)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalCast;

impl CheckedCast for DecimalCast {
    const NAME: &'static str = "__decimal_cast";

    fn cast(from: &ArrayRef, to: &DataType, or_null: bool) -> DfResult<ArrayRef> {
        let texts: StringArray = match from.as_primitive_opt::<Float32Type>() {
            Some(floats) => floats.iter().map(|x| x.map(|x| x.to_string())).collect(),
            None => {
                let wide = arrow::compute::cast(from, &DataType::Float64)?;
                wide.as_primitive::<Float64Type>().iter().map(|x| x.map(|x| x.to_string())).collect()
            }
        };
        let options = CastOptions { safe: or_null, ..CastOptions::default() };
        cast_with_options(&texts, to, &options).map_err(|error| out_of_range(&error, to))
    }
}

/// The error of Arrow's cast, which names the number.
fn out_of_range(error: &ArrowError, to: &DataType) -> DataFusionError {
    let text = error.to_string();
    let number = text.split('\'').nth(1).unwrap_or_else(|| {
        let digits = |c: char| !(c.is_ascii_digit() || c == '.' || c == '-');
        text.split(digits).find(|part| part.len() > 1).unwrap_or("a number")
    });
    does_not_fit(number, to)
}
