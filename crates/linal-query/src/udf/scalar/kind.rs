//! The kinds of arguments that a function distinguishes.

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use linal_store::temporal::Zone;
use std::sync::Arc;

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// An integer of any width.
    Int,
    /// A number, as f64.
    Float,
    /// A Boolean.
    Bool,
    /// Bytes.
    Bytes,
    /// A list of texts.
    Texts,
    /// A date.
    Date,
    /// A timestamp without a zone, or a date, which is its midnight.
    Timestamp,
    /// A timestamp with a zone, in the session's.
    Zoned,
    /// A time of day.
    Time,
    /// An interval.
    Interval,
    /// Any value.
    Any,
}

impl Kind {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Int => "integer",
            Kind::Float => "number",
            Kind::Bool => "Boolean",
            Kind::Bytes => "blob",
            Kind::Texts => "list of texts",
            Kind::Date => "date",
            Kind::Timestamp => "timestamp",
            Kind::Zoned => "timestamp with time zone",
            Kind::Time => "time",
            Kind::Interval => "interval",
            Kind::Any => "any",
        }
    }

    /// Whether an argument of this type is accepted. A text is read as a date, a time or an interval only if no other
    /// overload fits (`is_lenient`).
    pub fn takes(self, given: &DataType, is_lenient: bool) -> bool {
        if given.is_null() {
            return true;
        }
        let is_text = match given {
            DataType::Dictionary(_, value) => value.is_string(),
            other => other.is_string(),
        };
        match self {
            Kind::Text => is_text,
            Kind::Int => given.is_integer() || is_lenient && *given == DataType::Boolean,
            Kind::Float => given.is_numeric(),
            Kind::Bool => *given == DataType::Boolean,
            Kind::Bytes => given.is_binary() || matches!(given, DataType::FixedSizeBinary(_)),
            Kind::Texts => match given {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                    item.data_type().is_string() || item.data_type().is_null()
                }
                _ => false,
            },
            Kind::Date => matches!(given, DataType::Date32 | DataType::Date64),
            Kind::Timestamp => match given {
                DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => true,
                _ => is_lenient && is_text,
            },
            Kind::Zoned => match given {
                DataType::Timestamp(_, Some(_)) => true,
                // Beside a timestamp with a zone, one without is local time.
                DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => is_lenient,
                _ => is_lenient && is_text,
            },
            Kind::Time => matches!(given, DataType::Time32(_) | DataType::Time64(_)),
            Kind::Interval => match given {
                DataType::Interval(_) | DataType::Duration(_) => true,
                _ => is_lenient && is_text,
            },
            Kind::Any => true,
        }
    }

    /// The type that an accepted argument is coerced to.
    pub fn coerced(self, given: &DataType, zone: &Zone) -> DataType {
        match self {
            Kind::Text => DataType::Utf8View,
            Kind::Int => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Bool => DataType::Boolean,
            Kind::Bytes => DataType::BinaryView,
            Kind::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Zoned => DataType::Timestamp(TimeUnit::Microsecond, Some(zone.name().into())),
            Kind::Time => DataType::Time64(TimeUnit::Nanosecond),
            Kind::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
            Kind::Any => given.clone(),
        }
    }
}
