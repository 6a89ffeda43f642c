//! `DATE_BIN(stride, source[, origin])`: the start of the bin of a timestamp.

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64NanosecondType, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal;
use std::sync::Arc;

use super::function::{
    Calendar, INTERVAL, TIME, TIMESTAMP, combine, function, interval_text, labelled, wrong_arguments,
};

/// The function `DATE_BIN`.
pub(super) fn date_bin() -> Arc<ScalarUDF> {
    function(DateBin)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateBin;

impl Calendar for DateBin {
    fn name(&self) -> &str {
        "date_bin"
    }

    fn types(&self, args: &[DataType], _: &[Option<&ScalarValue>]) -> Result<(Vec<DataType>, DataType)> {
        let wrong = || wrong_arguments("date_bin", "an interval, a timestamp and an origin", args);
        let [stride, source, rest @ ..] = args else { return Err(wrong()) };
        let is_stride = matches!(stride, DataType::Interval(_) | DataType::Duration(_) | DataType::Null);
        let moment = match source {
            DataType::Timestamp(_, Some(zone)) => {
                DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some(zone.clone()))
            }
            DataType::Time32(_) | DataType::Time64(_) => TIME,
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Null => TIMESTAMP,
            text if text.is_string() => TIMESTAMP,
            _ => return Err(wrong()),
        };
        if !(is_stride || stride.is_string()) || rest.len() > 1 {
            return Err(wrong());
        }
        let mut types = vec![INTERVAL, moment.clone()];
        types.extend(rest.iter().map(|_| moment.clone()));
        Ok((types, moment))
    }

    fn evaluate(&self, args: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef> {
        let [stride, source, rest @ ..] = args else {
            return datafusion::common::plan_err!("DATE_BIN takes an interval and a timestamp");
        };
        if *result == TIME {
            return times(stride, source);
        }
        let bins = match rest {
            [] => combine::<IntervalMonthDayNanoType, TimestampMicrosecondType, TimestampMicrosecondType>(
                stride,
                source,
                |stride, source| bin(stride, source, 0),
            )?,
            [origin, ..] => with_origin(stride, source, origin)?,
        };
        Ok(labelled(bins, result))
    }
}

fn with_origin(
    stride: &ArrayRef,
    source: &ArrayRef,
    origin: &ArrayRef,
) -> DfResult<PrimitiveArray<TimestampMicrosecondType>> {
    let strides = stride.as_primitive::<IntervalMonthDayNanoType>();
    let sources = source.as_primitive::<TimestampMicrosecondType>();
    let origins = origin.as_primitive::<TimestampMicrosecondType>();
    let rows = strides.iter().zip(sources).zip(origins).map(|((stride, source), origin)| {
        let (Some(stride), Some(source), Some(origin)) = (stride, source, origin) else { return Ok(None) };
        bin(stride, source, origin).map(Some).map_err(|error| ArrowError::ExternalError(Box::new(error)))
    });
    Ok(rows.collect::<std::result::Result<_, ArrowError>>()?)
}

fn times(stride: &ArrayRef, source: &ArrayRef) -> DfResult<ArrayRef> {
    let bins = combine::<IntervalMonthDayNanoType, Time64NanosecondType, Time64NanosecondType>(
        stride,
        source,
        |stride, time| bin(stride, time / 1000, 0).map(|micros| micros * 1000),
    )?;
    Ok(Arc::new(bins))
}

fn bin(stride: IntervalMonthDayNano, source: i64, origin: i64) -> Result<i64> {
    temporal::date_bin(stride, source, origin).ok_or_else(|| {
        let message = format!(
            "DATE_BIN takes a stride above 0, of months or of days and time, not {}",
            interval_text(stride)
        );
        Error::new(Code::WrongArguments, message)
    })
}
