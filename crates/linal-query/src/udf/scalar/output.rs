//! The results of functions of one row.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::array::builder::{
    BinaryViewBuilder, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder,
    IntervalMonthDayNanoBuilder, ListBuilder, StringViewBuilder, Time64NanosecondBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, IntervalMonthDayNano, IntervalUnit, TimeUnit};
use datafusion::common::{Result as DfResult, ScalarValue, exec_err};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::temporal::{DAY, Zone, in_calendar};

use crate::udf::error::external;

/// The type of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Text,
    Int,
    Float,
    Bool,
    Bytes,
    Texts,
    Ints,
    Floats,
    Date,
    Timestamp,
    Zoned,
    Time,
    Interval,
    /// An integer of 38 digits.
    Huge,
    /// A timestamp, with a zone if the literal format (or list of formats) of this argument has one.
    Parsed(usize),
}

/// A result.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Text(String),
    /// An integer, days, or microseconds.
    Int(i64),
    Float(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    Texts(Vec<String>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Interval(IntervalMonthDayNano),
    Huge(i128),
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_string())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Value {
        Value::Texts(texts)
    }
}

/// A date or a timestamp that the calendar does not have: nothing could print it.
fn out_of_range(what: &str) -> Error {
    let message = format!("a {what} lies outside of the years -262142 to 262141");
    Error::new(Code::ValueOutOfRange, message)
}

fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

impl Output {
    /// The type of the result. `constants` are the values of literal arguments.
    pub fn data_type(self, constants: &[Option<&ScalarValue>], zone: &Zone) -> DataType {
        match self {
            Output::Text => DataType::Utf8View,
            Output::Int => DataType::Int64,
            Output::Float => DataType::Float64,
            Output::Bool => DataType::Boolean,
            Output::Bytes => DataType::BinaryView,
            Output::Texts => list(DataType::Utf8View),
            Output::Ints => list(DataType::Int64),
            Output::Floats => list(DataType::Float64),
            Output::Date => DataType::Date32,
            Output::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Output::Zoned => DataType::Timestamp(TimeUnit::Microsecond, Some(zone.name().into())),
            Output::Time => DataType::Time64(TimeUnit::Nanosecond),
            Output::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
            Output::Huge => DataType::Decimal128(38, 0),
            Output::Parsed(at) => {
                let is_zoned = constants.get(at).copied().flatten().is_some_and(reads_zone);
                let output = if is_zoned { Output::Zoned } else { Output::Timestamp };
                output.data_type(&[], zone)
            }
        }
    }

    /// A builder for this many results.
    pub fn builder(self, data_type: &DataType, rows: usize) -> Builder {
        match self {
            Output::Text => Builder::Text(StringViewBuilder::with_capacity(rows)),
            Output::Int => Builder::Int(Int64Builder::with_capacity(rows)),
            Output::Float => Builder::Float(Float64Builder::with_capacity(rows)),
            Output::Bool => Builder::Bool(BooleanBuilder::with_capacity(rows)),
            Output::Bytes => Builder::Bytes(BinaryViewBuilder::with_capacity(rows)),
            Output::Texts => Builder::Texts(ListBuilder::new(StringViewBuilder::new())),
            Output::Ints => Builder::Ints(ListBuilder::new(Int64Builder::new())),
            Output::Floats => Builder::Floats(ListBuilder::new(Float64Builder::new())),
            Output::Date => Builder::Date(Date32Builder::with_capacity(rows)),
            Output::Timestamp | Output::Zoned | Output::Parsed(_) => Builder::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(data_type.clone()),
            ),
            Output::Time => Builder::Time(Time64NanosecondBuilder::with_capacity(rows)),
            Output::Interval => Builder::Interval(IntervalMonthDayNanoBuilder::with_capacity(rows)),
            Output::Huge => Builder::Huge(Vec::with_capacity(rows)),
        }
    }
}

/// Whether a literal format, or one of a literal list, has a zone.
fn reads_zone(format: &ScalarValue) -> bool {
    if let Some(text) = format.try_as_str().flatten() {
        return super::date_text::reads_zone(text);
    }
    let ScalarValue::List(list) = format else { return false };
    let items = arrow::compute::cast(list.values(), &DataType::Utf8View).ok();
    let items = items.as_ref().and_then(|items| arrow::array::AsArray::as_string_view_opt(items.as_ref()));
    items.is_some_and(|items| items.iter().flatten().any(super::date_text::reads_zone))
}

/// Collects results.
pub(super) enum Builder {
    Text(StringViewBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Bytes(BinaryViewBuilder),
    Texts(ListBuilder<StringViewBuilder>),
    Ints(ListBuilder<Int64Builder>),
    Floats(ListBuilder<Float64Builder>),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Time(Time64NanosecondBuilder),
    Interval(IntervalMonthDayNanoBuilder),
    Huge(Vec<Option<i128>>),
}

impl Builder {
    /// Appends a result.
    pub fn push(&mut self, value: Value) -> DfResult<()> {
        match (self, value) {
            (Builder::Text(to), Value::Text(text)) => to.append_value(text),
            (Builder::Int(to), Value::Int(value)) => to.append_value(value),
            (Builder::Float(to), Value::Float(value)) => to.append_value(value),
            (Builder::Bool(to), Value::Bool(value)) => to.append_value(value),
            (Builder::Bytes(to), Value::Bytes(bytes)) => to.append_value(bytes),
            (Builder::Texts(to), Value::Texts(texts)) => to.append_value(texts.into_iter().map(Some)),
            (Builder::Ints(to), Value::Ints(values)) => to.append_value(values.into_iter().map(Some)),
            (Builder::Floats(to), Value::Floats(values)) => to.append_value(values.into_iter().map(Some)),
            (Builder::Date(to), Value::Int(days)) => {
                match i32::try_from(days).ok().filter(|_| in_calendar(days)) {
                    Some(days) => to.append_value(days),
                    None => return Err(external(out_of_range("date"))),
                }
            }
            (Builder::Timestamp(to), Value::Int(micros)) => {
                if !in_calendar(micros.div_euclid(DAY)) {
                    return Err(external(out_of_range("timestamp")));
                }
                to.append_value(micros);
            }
            (Builder::Time(to), Value::Int(micros)) => to.append_value(micros.saturating_mul(1000)),
            (Builder::Interval(to), Value::Interval(value)) => to.append_value(value),
            (Builder::Huge(to), Value::Huge(value)) => to.push(Some(value)),
            (to, Value::Null) => to.push_null(),
            (_, value) => return exec_err!("a function returns {value:?} for another type"),
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match self {
            Builder::Text(to) => to.append_null(),
            Builder::Int(to) => to.append_null(),
            Builder::Float(to) => to.append_null(),
            Builder::Bool(to) => to.append_null(),
            Builder::Bytes(to) => to.append_null(),
            Builder::Texts(to) => to.append_null(),
            Builder::Ints(to) => to.append_null(),
            Builder::Floats(to) => to.append_null(),
            Builder::Date(to) => to.append_null(),
            Builder::Timestamp(to) => to.append_null(),
            Builder::Time(to) => to.append_null(),
            Builder::Interval(to) => to.append_null(),
            Builder::Huge(to) => to.push(None),
        }
    }

    /// The array of all results.
    pub fn finish(self) -> DfResult<ArrayRef> {
        Ok(match self {
            Builder::Text(mut to) => Arc::new(to.finish()),
            Builder::Int(mut to) => Arc::new(to.finish()),
            Builder::Float(mut to) => Arc::new(to.finish()),
            Builder::Bool(mut to) => Arc::new(to.finish()),
            Builder::Bytes(mut to) => Arc::new(to.finish()),
            Builder::Texts(mut to) => Arc::new(to.finish()),
            Builder::Ints(mut to) => Arc::new(to.finish()),
            Builder::Floats(mut to) => Arc::new(to.finish()),
            Builder::Date(mut to) => Arc::new(to.finish()),
            Builder::Timestamp(mut to) => Arc::new(to.finish()),
            Builder::Time(mut to) => Arc::new(to.finish()),
            Builder::Interval(mut to) => Arc::new(to.finish()),
            Builder::Huge(values) => {
                let values = values.into_iter().collect::<arrow::array::Decimal128Array>();
                Arc::new(values.with_precision_and_scale(38, 0)?)
            }
        })
    }
}
