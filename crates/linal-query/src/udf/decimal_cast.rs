//! Casts of floats to decimals by their shortest decimal form: 5e36 is a 5 with 36 zeros.
//!
//! Arrow multiplies the float by a power of ten, so the digits after the sixteenth are those of the product.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::ColumnType;

use super::error::external;
use super::formula::{named, shown};
use super::over_rows::over_rows;

/// The function that casts floats to a decimal type; values out of range are NULL if `or_null` is set.
pub(crate) fn decimal_cast(to: DataType, or_null: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(DecimalCast { to, or_null, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalCast {
    to: DataType,
    or_null: bool,
    signature: Signature,
}

impl DecimalCast {
    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {})", args.join(", "), ColumnType::Other(self.to.clone()))
    }

    fn cast(&self, from: &ArrayRef) -> DfResult<ArrayRef> {
        let texts: StringArray = match from.as_primitive_opt::<Float32Type>() {
            Some(floats) => floats.iter().map(|x| x.map(|x| x.to_string())).collect(),
            None => {
                let wide = arrow::compute::cast(from, &DataType::Float64)?;
                wide.as_primitive::<Float64Type>().iter().map(|x| x.map(|x| x.to_string())).collect()
            }
        };
        let options = CastOptions { safe: self.or_null, ..CastOptions::default() };
        cast_with_options(&texts, &self.to, &options).map_err(|error| self.error(error))
    }

    fn error(&self, error: ArrowError) -> DataFusionError {
        let text = error.to_string();
        let number = text.split('\'').nth(1).unwrap_or_else(|| {
            let digits = |c: char| !(c.is_ascii_digit() || c == '.' || c == '-');
            text.split(digits).find(|part| part.len() > 1).unwrap_or("a number")
        });
        let message = format!("{number} does not fit {}", ColumnType::Other(self.to.clone()));
        external(Error::new(Code::ValueOutOfRange, message).with_help("TRY_CAST gives NULL instead"))
    }
}

impl ScalarUDFImpl for DecimalCast {
    fn name(&self) -> &str {
        "__decimal_cast"
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
