//! `MAKE_DATE(year, month, day)`, and `MAKE_DATE(days)` since 1970-01-01.

use arrow::array::{ArrayRef, AsArray, Date32Array};
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{days_of, in_calendar};
use std::sync::Arc;

use super::function::{Calendar, convert, function, wrong_arguments};
use crate::error::external;

/// The function `MAKE_DATE`.
pub(super) fn make_date() -> Arc<ScalarUDF> {
    function(MakeDate)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MakeDate;

impl Calendar for MakeDate {
    fn name(&self) -> &str {
        "make_date"
    }

    fn types(&self, args: &[DataType], _: &[Option<&ScalarValue>]) -> Result<(Vec<DataType>, DataType)> {
        let is_number = |kind: &DataType| kind.is_integer() || kind.is_null() || kind.is_string();
        if ![1, 3].contains(&args.len()) || !args.iter().all(is_number) {
            return Err(wrong_arguments("make_date", "a year, a month and a day", args));
        }
        Ok((vec![DataType::Int64; args.len()], DataType::Date32))
    }

    fn evaluate(&self, args: &[ArrayRef], _: &DataType) -> DfResult<ArrayRef> {
        if let [days] = args {
            return Ok(Arc::new(convert::<Int64Type, Date32Type>(days, of_days)?));
        }
        let [years, months, days] = args else {
            return datafusion::common::plan_err!("MAKE_DATE takes a year, a month and a day");
        };
        let column = |array: &ArrayRef| array.as_primitive::<Int64Type>().clone();
        let (years, months, days) = (column(years), column(months), column(days));
        let dates = years.iter().zip(&months).zip(&days).map(|((year, month), day)| {
            let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Ok(None) };
            date(year, month, day).map(Some).map_err(external)
        });
        Ok(Arc::new(dates.collect::<DfResult<Date32Array>>()?))
    }
}

fn of_days(days: i64) -> Result<i32> {
    let date = i32::try_from(days).ok().filter(|_| in_calendar(days));
    date.ok_or_else(|| {
        Error::new(Code::ValueOutOfRange, format!("there is no date {days} days after 1970-01-01"))
    })
}

/// A negative year is BC: -44 is 44 BC. There is no year 0.
fn date(year: i64, month: i64, day: i64) -> Result<i32> {
    let days = match year {
        0 => None,
        year if year < 0 => days_of(year + 1, month, day),
        year => days_of(year, month, day),
    };
    days.and_then(|days| i32::try_from(days).ok()).ok_or_else(|| {
        let message = format!("there is no date with year {year}, month {month} and day {day}");
        Error::new(Code::ValueOutOfRange, message)
    })
}
