//! `EXTRACT(year FROM x)` and `DATE_PART('year', x)`.

use arrow::array::{Array, ArrayRef, AsArray, Float64Builder, Int64Builder};
use arrow::datatypes::{
    DataType, Date32Type, IntervalMonthDayNanoType, Time64NanosecondType, TimestampMicrosecondType,
};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::temporal::{DAY, Field, FieldValue, HOUR, MINUTE, Zone};
use std::sync::Arc;

use super::function::{
    Calendar, constant_text, function, out_of_range, temporal_type, text_type, timestamp_text, type_name,
    words_of, wrong_arguments,
};
use crate::error::external;

/// The function `DATE_PART`; timestamps with a zone are converted to the session's.
pub(crate) fn date_part(zone: &Zone) -> Arc<ScalarUDF> {
    function(DatePart { zone: zone.clone(), aliases: vec!["datepart".to_string()] })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DatePart {
    zone: Zone,
    aliases: Vec<String>,
}

/// A field of a value, or of a timestamp's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Field(Field),
    /// Seconds, hours and minutes of the offset from UTC.
    Offset,
    OffsetHours,
    OffsetMinutes,
}

impl Part {
    fn of_word(word: &str) -> Result<Part> {
        let word = word.trim();
        match word.to_ascii_lowercase().as_str() {
            "timezone" => return Ok(Part::Offset),
            "timezone_hour" => return Ok(Part::OffsetHours),
            "timezone_minute" => return Ok(Part::OffsetMinutes),
            _ => {}
        }
        Field::from_word(word).map(Part::Field).ok_or_else(|| {
            Error::new(Code::WrongArguments, format!("EXTRACT knows no part `{word}`"))
                .suggest(word, Field::names())
                .or_help("parts are year, month, day, hour, minute, second, dow, doy, week, epoch and others")
        })
    }

    fn is_float(self) -> bool {
        matches!(self, Part::Field(field) if field.is_float())
    }

    /// Whether values of a type have the field.
    fn is_of(self, data_type: &DataType) -> bool {
        match (self, data_type) {
            (Part::Field(field), DataType::Date32) => !field.is_of_time(),
            (Part::Field(field), DataType::Time64(_)) => field.is_of_time_of_day(),
            (Part::Field(field), DataType::Interval(_)) => field.is_of_interval(),
            (Part::Field(_), _) => true,
            (_, DataType::Timestamp(_, zone)) => zone.is_some(),
            _ => false,
        }
    }

    fn check(self, word: &str, data_type: &DataType) -> Result<()> {
        if self.is_of(data_type) {
            return Ok(());
        }
        let name = type_name(data_type);
        let article = if name.starts_with('I') { "an" } else { "a" };
        let error =
            Error::new(Code::WrongArguments, format!("{article} {name} has no {}", word.to_lowercase()));
        Err(match data_type {
            DataType::Date32 => error.with_help("CAST(x AS Timestamp) is the midnight of a date"),
            _ => error,
        })
    }
}

impl Calendar for DatePart {
    fn name(&self) -> &str {
        "date_part"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn types(
        &self,
        args: &[DataType],
        constants: &[Option<&ScalarValue>],
    ) -> Result<(Vec<DataType>, DataType)> {
        let wrong = || wrong_arguments("date_part", "a part and a date, a time or an interval", args);
        let [word, value] = args else { return Err(wrong()) };
        if !word.is_string() && !word.is_null() {
            return Err(wrong());
        }
        let value = temporal_type(value, &self.zone).ok_or_else(wrong)?;
        let is_float = match constant_text(constants, 0) {
            Some(word) => {
                let part = Part::of_word(word)?;
                part.check(word, &value)?;
                part.is_float()
            }
            // A field that differs from row to row may be the epoch.
            None => true,
        };
        let result = if is_float { DataType::Float64 } else { DataType::Int64 };
        Ok((vec![text_type(word), value], result))
    }

    fn evaluate(&self, args: &[ArrayRef], result: &DataType) -> DfResult<ArrayRef> {
        let [words, values] = args else {
            return datafusion::common::plan_err!("DATE_PART takes a part and a value");
        };
        let words = words_of(words)?;
        let is_valid = |row| words.is_valid(row) && values.is_valid(row);
        let mut known: Option<(String, Part)> = None;
        let mut part_at = |row: usize| -> Result<Part> {
            let word = words.value(row);
            match &known {
                Some((last, part)) if last == word => Ok(*part),
                _ => {
                    let part = Part::of_word(word)?;
                    part.check(word, values.data_type())?;
                    known = Some((word.to_string(), part));
                    Ok(part)
                }
            }
        };
        let mut ints = Int64Builder::new();
        let mut floats = Float64Builder::new();
        let is_float = *result == DataType::Float64;
        for row in 0..values.len() {
            let value = if is_valid(row) {
                Some(self.value(part_at(row).map_err(external)?, values, row).map_err(external)?)
            } else {
                None
            };
            match (is_float, value) {
                (true, value) => floats.append_option(value.map(|value| match value {
                    FieldValue::Int(x) => x as f64,
                    FieldValue::Float(x) => x,
                })),
                (false, value) => ints.append_option(value.map(|value| match value {
                    FieldValue::Int(x) => x,
                    FieldValue::Float(x) => x as i64,
                })),
            }
        }
        Ok(if is_float { Arc::new(floats.finish()) } else { Arc::new(ints.finish()) })
    }
}

impl DatePart {
    fn value(&self, part: Part, values: &ArrayRef, row: usize) -> Result<FieldValue> {
        let no_part = || Error::new(Code::WrongArguments, "the value has no such part");
        match (part, values.data_type()) {
            (Part::Field(field), DataType::Date32) => {
                let days = i64::from(values.as_primitive::<Date32Type>().value(row));
                Ok(field.of_timestamp(days.saturating_mul(DAY)))
            }
            (Part::Field(field), DataType::Time64(_)) => field
                .of_time(values.as_primitive::<Time64NanosecondType>().value(row) / 1000)
                .ok_or_else(no_part),
            (Part::Field(field), DataType::Interval(_)) => field
                .of_interval(values.as_primitive::<IntervalMonthDayNanoType>().value(row))
                .ok_or_else(no_part),
            (part, kind) => {
                let micros = values.as_primitive::<TimestampMicrosecondType>().value(row);
                let is_zoned = matches!(kind, DataType::Timestamp(_, Some(_)));
                self.of_timestamp(part, micros, is_zoned)
            }
        }
    }

    fn of_timestamp(&self, part: Part, micros: i64, is_zoned: bool) -> Result<FieldValue> {
        // The epoch is the same in all zones.
        if !is_zoned || part == Part::Field(Field::Epoch) {
            return match part {
                Part::Field(field) => Ok(field.of_timestamp(micros)),
                _ => Ok(FieldValue::Int(0)),
            };
        }
        let offset =
            self.zone.offset_at(micros).ok_or_else(|| out_of_range("timestamp", timestamp_text(micros)))?;
        Ok(match part {
            Part::Field(field) => field.of_timestamp(micros.saturating_add(offset)),
            Part::Offset => FieldValue::Int(offset / 1_000_000),
            Part::OffsetHours => FieldValue::Int(offset / HOUR),
            Part::OffsetMinutes => FieldValue::Int(offset % HOUR / MINUTE),
        })
    }
}
