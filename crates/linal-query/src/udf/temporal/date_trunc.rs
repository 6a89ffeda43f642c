//! `DATE_TRUNC('month', x)`: the start of the unit that contains a timestamp.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, IntervalMonthDayNanoType, Time64NanosecondType, TimestampMicrosecondType};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{self, Unit, Zone};
use std::sync::Arc;

use super::function::{
    Calendar, TIMESTAMP, constant_text, convert, function, labelled, out_of_range, temporal_type, text_type,
    timestamp_text, words_of, wrong_arguments,
};
use crate::error::external;

/// The function `DATE_TRUNC`; timestamps with a zone are truncated in the session's zone.
pub(super) fn date_trunc(zone: &Zone) -> Arc<ScalarUDF> {
    function(DateTrunc { zone: zone.clone(), aliases: vec!["datetrunc".to_string()] })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateTrunc {
    zone: Zone,
    aliases: Vec<String>,
}

impl Calendar for DateTrunc {
    fn name(&self) -> &str {
        "date_trunc"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn types(
        &self,
        args: &[DataType],
        constants: &[Option<&ScalarValue>],
    ) -> Result<(Vec<DataType>, DataType)> {
        let wrong = || wrong_arguments("date_trunc", "a unit and a timestamp", args);
        let [unit, value] = args else { return Err(wrong()) };
        if !unit.is_string() && !unit.is_null() {
            return Err(wrong());
        }
        if let Some(word) = constant_text(constants, 0) {
            unit_of(word)?;
        }
        let value = match temporal_type(value, &self.zone).ok_or_else(wrong)? {
            DataType::Date32 => TIMESTAMP,
            value => value,
        };
        Ok((vec![text_type(unit), value.clone()], value))
    }

    fn evaluate(&self, args: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef> {
        let [words, values] = args else {
            return datafusion::common::plan_err!("DATE_TRUNC takes a unit and a timestamp");
        };
        let words = words_of(words)?;
        if let Some(first) = words.iter().flatten().next()
            && words.null_count() == 0
            && words.iter().flatten().all(|word| word == first)
        {
            return self.truncated(unit_of(first).map_err(external)?, values, result);
        }
        let rows: Vec<ArrayRef> = (0..values.len())
            .map(|row| {
                if words.is_null(row) {
                    return Ok(arrow::array::new_null_array(result, 1));
                }
                let unit = unit_of(words.value(row)).map_err(external)?;
                self.truncated(unit, &values.slice(row, 1), result)
            })
            .collect::<DfResult<_>>()?;
        if rows.is_empty() {
            return Ok(arrow::array::new_empty_array(result));
        }
        let parts: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
        Ok(arrow::compute::concat(&parts)?)
    }
}

impl DateTrunc {
    fn truncated(&self, unit: Unit, values: &ArrayRef, result: &DataType) -> DfResult<ArrayRef> {
        match result {
            DataType::Time64(_) => times(unit, values),
            DataType::Interval(_) => intervals(unit, values),
            _ => self.timestamps(unit, values, result),
        }
    }

    fn timestamps(&self, unit: Unit, values: &ArrayRef, result: &DataType) -> DfResult<ArrayRef> {
        let is_zoned = matches!(result, DataType::Timestamp(_, Some(_)));
        let truncated = convert::<TimestampMicrosecondType, TimestampMicrosecondType>(values, |micros| {
            let start = if is_zoned {
                let local = self.zone.to_local(micros);
                local
                    .and_then(|local| temporal::truncate(local, unit))
                    .and_then(|start| self.zone.to_utc(start))
            } else {
                temporal::truncate(micros, unit)
            };
            start.ok_or_else(|| out_of_range("timestamp", timestamp_text(micros)))
        })?;
        Ok(labelled(truncated, result))
    }
}

fn times(unit: Unit, values: &ArrayRef) -> DfResult<ArrayRef> {
    let truncated = convert::<Time64NanosecondType, Time64NanosecondType>(values, |nanos| {
        let start = temporal::truncate(nanos / 1000, unit).filter(|_| unit < Unit::Day);
        start
            .map(|micros| micros * 1000)
            .ok_or_else(|| Error::new(Code::WrongArguments, format!("a Time has no {}", unit.name())))
    })?;
    Ok(Arc::new(truncated))
}

fn intervals(unit: Unit, values: &ArrayRef) -> DfResult<ArrayRef> {
    let truncated = convert::<IntervalMonthDayNanoType, IntervalMonthDayNanoType>(values, |interval| {
        temporal::truncate_interval(interval, unit)
            .ok_or_else(|| Error::new(Code::WrongArguments, format!("an Interval has no {}", unit.name())))
    })?;
    Ok(Arc::new(truncated) as ArrayRef)
}

/// The unit of a name.
fn unit_of(word: &str) -> Result<Unit> {
    Unit::from_word(word.trim()).ok_or_else(|| {
        Error::new(Code::WrongArguments, format!("DATE_TRUNC knows no unit `{word}`"))
            .suggest(word, Unit::names())
            .or_help("units are second, minute, hour, day, week, month, quarter, year and longer ones")
    })
}
