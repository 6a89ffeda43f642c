//! Casts between dates, times, intervals and strings, and between timestamps with and without a time zone.

use std::sync::Arc;

use arrow::array::builder::StringViewBuilder;
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringViewArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, IntervalMonthDayNanoType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{DataFusionError, Result as DfResult, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{
    DAY, Fields, Precision, Zone, parse_date, parse_interval, parse_time, parse_timestamp, parse_zoned,
};

use super::function::{Calendar, INTERVAL, TIME, function, labelled, text_of, type_name};
use crate::error::external;

/// Casts an expression if the language and DataFusion differ for these types.
pub(super) fn cast(expr: Expr, from: &DataType, to: &DataType, or_null: bool, zone: &Zone) -> Option<Expr> {
    if !is_ours(from, to) {
        return None;
    }
    let definition = Cast { to: to.clone(), or_null, zone: zone.clone() };
    Some(Expr::ScalarFunction(ScalarFunction::new_udf(function(definition), vec![expr])))
}

fn is_ours(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Timestamp};
    let is_micros = |data_type: &DataType| matches!(data_type, Timestamp(TimeUnit::Microsecond, _));
    match (from, to) {
        (from, to) if from.is_string() => *to == Date32 || *to == TIME || *to == INTERVAL || is_micros(to),
        (from, to) if to.is_string() => from.is_temporal(),
        (Timestamp(_, None) | Date32, Timestamp(TimeUnit::Microsecond, Some(_))) => true,
        (Timestamp(_, Some(_)), Timestamp(TimeUnit::Microsecond, None) | Date32) => true,
        (Timestamp(_, Some(_)), to) => *to == TIME,
        _ => false,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Cast {
    to: DataType,
    or_null: bool,
    zone: Zone,
}

impl Calendar for Cast {
    fn name(&self) -> &str {
        if self.or_null { "TRY_CAST" } else { "CAST" }
    }

    fn written(&self, args: &[String]) -> String {
        format!("{}({} AS {})", self.name(), args.join(", "), type_name(&self.to))
    }

    fn types(&self, args: &[DataType], _: &[Option<&ScalarValue>]) -> Result<(Vec<DataType>, DataType)> {
        Ok((args.to_vec(), self.to.clone()))
    }

    fn evaluate(&self, args: &[ArrayRef], _: &DataType) -> DfResult<ArrayRef> {
        let [array] = args else { return datafusion::common::plan_err!("CAST takes one value") };
        match (array.data_type(), &self.to) {
            (from, to) if to.is_string() => texts(array, from, to, &self.zone),
            (from, _) if from.is_string() => self.parsed(array),
            (DataType::Timestamp(_, Some(_)), _) => self.local(array),
            _ => self.instants(array),
        }
    }
}

impl Cast {
    /// Casts from strings.
    fn parsed(&self, array: &ArrayRef) -> DfResult<ArrayRef> {
        let rounded = Precision::Rounded;
        let texts = arrow::compute::cast(array, &DataType::Utf8View)?;
        let texts = texts.as_string_view();
        match &self.to {
            DataType::Date32 => self.parse::<Date32Type>(texts, |text| parse_date(text, rounded)),
            DataType::Time64(_) => {
                self.parse::<Time64NanosecondType>(texts, |text| Some(parse_time(text, rounded)? * 1000))
            }
            DataType::Interval(_) => {
                self.parse::<IntervalMonthDayNanoType>(texts, |text| parse_interval(text, Fields::default()))
            }
            DataType::Timestamp(_, Some(_)) => {
                let zoned = |text: &str| parse_zoned(text, &self.zone, rounded);
                let instants = self.parse::<TimestampMicrosecondType>(texts, zoned)?;
                Ok(labelled(instants.as_primitive().clone(), &self.to))
            }
            _ => self.parse::<TimestampMicrosecondType>(texts, |text| parse_timestamp(text, rounded)),
        }
    }

    fn parse<T: ArrowPrimitiveType>(
        &self,
        texts: &StringViewArray,
        parse: impl Fn(&str) -> Option<T::Native>,
    ) -> DfResult<ArrayRef> {
        let values = texts.iter().map(|text| match text {
            None => Ok(None),
            Some(text) => match parse(text) {
                Some(value) => Ok(Some(value)),
                None if self.or_null => Ok(None),
                None => Err(external(no_value(text, &self.to))),
            },
        });
        Ok(Arc::new(values.collect::<DfResult<PrimitiveArray<T>>>()?))
    }

    /// Casts timestamps with a zone to the session's local time.
    fn local(&self, array: &ArrayRef) -> DfResult<ArrayRef> {
        let instants = micros(array)?;
        let local = self.convert(&instants, "timestamp", |instant| self.zone.to_local(instant))?;
        let local: ArrayRef = Arc::new(local);
        Ok(match &self.to {
            DataType::Timestamp(..) => local,
            to => arrow::compute::cast(&local, to)?,
        })
    }

    /// Casts the session's local time to timestamps with a zone.
    fn instants(&self, array: &ArrayRef) -> DfResult<ArrayRef> {
        let local = match array.data_type() {
            DataType::Date32 => {
                let dates = array.as_primitive::<Date32Type>();
                Arc::new(
                    dates.unary_opt::<_, TimestampMicrosecondType>(|day| i64::from(day).checked_mul(DAY)),
                )
            }
            _ => micros(array)?,
        };
        let instants = self.convert(&local, "timestamp", |local| self.zone.to_utc(local))?;
        Ok(labelled(instants, &self.to))
    }

    fn convert(
        &self,
        array: &ArrayRef,
        what: &str,
        f: impl Fn(i64) -> Option<i64>,
    ) -> DfResult<PrimitiveArray<TimestampMicrosecondType>> {
        if self.or_null {
            return Ok(array.as_primitive::<TimestampMicrosecondType>().unary_opt(f));
        }
        super::function::convert::<TimestampMicrosecondType, TimestampMicrosecondType>(array, |micros| {
            f(micros)
                .ok_or_else(|| super::function::out_of_range(what, super::function::timestamp_text(micros)))
        })
    }
}

/// Timestamps in microseconds, without their zone name.
fn micros(array: &ArrayRef) -> DfResult<ArrayRef> {
    let zone = match array.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let array = cast_with_options(array, &DataType::Timestamp(TimeUnit::Microsecond, zone), &options)?;
    let values = array.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(Arc::new(values.with_timezone_opt(None::<Arc<str>>)))
}

/// Strings as results display them.
fn texts(array: &ArrayRef, from: &DataType, to: &DataType, zone: &Zone) -> DfResult<ArrayRef> {
    let shown: ArrayRef = match from {
        DataType::Timestamp(_, Some(_)) => {
            let instants = micros(array)?;
            let instants = instants.as_primitive::<TimestampMicrosecondType>().clone();
            Arc::new(instants.with_timezone(zone.name()))
        }
        _ => array.clone(),
    };
    let mut texts = StringViewBuilder::with_capacity(shown.len());
    for row in 0..shown.len() {
        if shown.is_null(row) {
            texts.append_null();
        } else {
            texts.append_value(text_of(shown.as_ref(), row));
        }
    }
    let texts: ArrayRef = Arc::new(texts.finish());
    Ok(if *to == DataType::Utf8View { texts } else { arrow::compute::cast(&texts, to)? })
}

/// The error for a cast of a number to a date or a time: its unit is unknown.
pub(super) fn of_number(from: &DataType, to: &DataType) -> DataFusionError {
    let help = match to {
        DataType::Date32 | DataType::Date64 => {
            "MAKE_DATE(year, month, day) makes a Date, and DATE '1970-01-01' + n counts days"
        }
        DataType::Time32(_) | DataType::Time64(_) => {
            "TIME '00:00:00' + n * INTERVAL '1 second' counts seconds"
        }
        DataType::Interval(_) | DataType::Duration(_) => "n * INTERVAL '1 second' counts seconds",
        _ => "TO_TIMESTAMP(n) counts seconds since 1970-01-01",
    };
    let from = type_name(from);
    let article = if from.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    let message = format!("{article} {from} is no {}", type_name(to));
    external(Error::new(Code::BadCast, message).with_help(help))
}

fn no_value(text: &str, to: &DataType) -> Error {
    let form = match to {
        DataType::Date32 => "'YYYY-MM-DD'",
        DataType::Time64(_) => "'hh:mm:ss.ffffff'",
        DataType::Interval(_) => "'1 year 2 months 3 days 04:05:06' or 'P1Y2M3DT4H5M6S'",
        DataType::Timestamp(_, Some(_)) => "'YYYY-MM-DD hh:mm:ss.ffffff+hh:mm'",
        _ => "'YYYY-MM-DD hh:mm:ss.ffffff'",
    };
    let shown: String = text.chars().take(60).collect();
    Error::new(Code::BadCast, format!("'{shown}' is no {}", type_name(to)))
        .with_help(format!("it is written {form}; TRY_CAST gives NULL instead"))
}
