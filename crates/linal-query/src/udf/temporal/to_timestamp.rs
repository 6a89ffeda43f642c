//! `TO_TIMESTAMP(x)` and its variants for other units: a timestamp from a number since 1970-01-01, or from a
//! string.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{DAY, Precision, SECOND, in_calendar, parse_strftime, parse_timestamp};
use std::sync::Arc;

use super::function::{Calendar, TIMESTAMP, convert, function, out_of_range, wrong_arguments};
use crate::error::external;

/// The functions of all units.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    let of = |name, numerator, denominator| function(ToTimestamp { name, numerator, denominator });
    vec![
        of("to_timestamp", SECOND, 1),
        of("to_timestamp_seconds", SECOND, 1),
        of("to_timestamp_millis", 1000, 1),
        of("to_timestamp_micros", 1, 1),
        of("to_timestamp_nanos", 1, 1000),
    ]
}

/// The number times `numerator / denominator` is the time in microseconds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ToTimestamp {
    name: &'static str,
    numerator: i64,
    denominator: i64,
}

impl Calendar for ToTimestamp {
    fn name(&self) -> &str {
        self.name
    }

    fn types(&self, args: &[DataType], _: &[Option<&ScalarValue>]) -> Result<(Vec<DataType>, DataType)> {
        let wrong = || wrong_arguments(self.name, "a number, a text or a date, and forms of strftime", args);
        let [value, forms @ ..] = args else { return Err(wrong()) };
        if !forms.iter().all(DataType::is_string) {
            return Err(wrong());
        }
        let value = match value {
            kind if kind.is_integer() => DataType::Int64,
            kind if kind.is_numeric() => DataType::Float64,
            kind if kind.is_string() => DataType::Utf8View,
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Null => TIMESTAMP,
            _ => return Err(wrong()),
        };
        let mut types = vec![value];
        types.extend(forms.iter().map(|_| DataType::Utf8View));
        Ok((types, TIMESTAMP))
    }

    fn evaluate(&self, args: &[ArrayRef], _: &DataType) -> DfResult<ArrayRef> {
        let [value, forms @ ..] = args else {
            return datafusion::common::plan_err!("TO_TIMESTAMP takes a value");
        };
        Ok(match value.data_type() {
            DataType::Int64 => Arc::new(convert::<Int64Type, TimestampMicrosecondType>(value, |x| {
                let micros = i128::from(x) * i128::from(self.numerator);
                i64::try_from(micros.div_euclid(i128::from(self.denominator)))
                    .ok()
                    .filter(|micros| in_calendar(micros.div_euclid(DAY)))
                    .ok_or_else(|| out_of_range("timestamp", x))
            })?),
            DataType::Float64 => Arc::new(convert::<Float64Type, TimestampMicrosecondType>(value, |x| {
                let micros = (x * self.numerator as f64 / self.denominator as f64).round_ties_even();
                let fits = micros.is_finite() && in_calendar((micros / DAY as f64).floor() as i64);
                if fits { Ok(micros as i64) } else { Err(out_of_range("timestamp", x)) }
            })?),
            DataType::Utf8View => texts(value, forms)?,
            _ => value.clone(),
        })
    }
}

fn texts(values: &ArrayRef, forms: &[ArrayRef]) -> DfResult<ArrayRef> {
    let texts = values.as_string_view();
    let rows = (0..texts.len()).map(|row| {
        if texts.is_null(row) {
            return Ok(None);
        }
        let text = texts.value(row);
        let parsed = match forms {
            [] => parse_timestamp(text, Precision::Rounded),
            forms => forms.iter().find_map(|form| {
                let form = form.as_string_view();
                if form.is_valid(row) { parse_strftime(text, form.value(row)) } else { None }
            }),
        };
        parsed.map(Some).ok_or_else(|| {
            let error = Error::new(Code::BadCast, format!("'{text}' is no Timestamp"));
            external(match forms {
                [] => error.with_help("it is written 'YYYY-MM-DD hh:mm:ss.ffffff'"),
                _ => error.with_help("it is written as one of the forms says, such as '%d/%m/%Y'"),
            })
        })
    });
    Ok(Arc::new(rows.collect::<DfResult<PrimitiveArray<TimestampMicrosecondType>>>()?))
}
