//! Checks literals against the types of columns, and converts them.

use arrow::compute::kernels::cast_utils::parse_decimal;
use arrow::datatypes::{DataType, Decimal128Type, IntervalMonthDayNano, IntervalUnit, TimeUnit};
use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::relational::Literal;
use linal_lang::ast::{NumberArray, Numbers};
use linal_store::temporal::{
    Fields, Precision, Zone, parse_date, parse_interval, parse_time, parse_timestamp, parse_zoned,
};
use linal_store::{ColumnType, TensorType};
use linal_tensor::DType;

use super::definition::ColumnDef;
use super::limit::Limit;
use super::literal_array;
use super::wording::spoken;
use crate::error::Error;

/// The reason why a value does not fit a column.
pub enum Misfit {
    /// A value of another type; holds a description of the value.
    Type(String),
    /// NULL into NOT NULL.
    Null,
    /// No value and no default for a NOT NULL column.
    Missing,
    /// A value of the right type that is out of range; holds a description of the value.
    Range(String),
    /// A list of another shape.
    Shape(Vec<usize>),
    /// A text that is not a valid date or time; holds the expected format.
    Form(String, &'static str),
}

impl Misfit {
    /// A value beyond the limit of the column's declared type.
    pub fn of_limit(value: String, column: &ColumnDef) -> Misfit {
        match column.column_type {
            ColumnType::String => Misfit::Range(format!("'{}'", abridged(&value))),
            _ => Misfit::Range(value),
        }
    }

    /// The error with the row, counted from 1, and the column.
    pub fn into_error(self, row: usize, column: &ColumnDef, span: Option<Span>) -> Error {
        let error = self.error(&format!("row {}, column `{}`", row + 1, column.name), column);
        match span {
            Some(span) => error.at(span),
            None => error,
        }
    }

    /// The error of a DEFAULT.
    pub fn into_default_error(self, column: &ColumnDef) -> Error {
        self.error(&format!("the default of column `{}`", column.name), column)
    }

    fn error(self, place: &str, column: &ColumnDef) -> Error {
        let holds = match &column.limit {
            Some(limit) => limit.to_string(),
            None => spoken(&column.column_type),
        };
        match self {
            Misfit::Type(value) => {
                Error::new(Code::TypeMismatch, format!("{place}: {value} does not go into {holds}"))
            }
            Misfit::Null => Error::new(Code::NotNull, format!("{place}: NULL, and the column is NOT NULL")),
            Misfit::Missing => {
                let message = format!("{place}: no value, and the column is NOT NULL without a default");
                Error::new(Code::NotNull, message)
            }
            Misfit::Range(value) => {
                let error =
                    Error::new(Code::ValueOutOfRange, format!("{place}: {value} does not fit {holds}"));
                match &column.limit {
                    Some(limit @ Limit::Labels { .. }) => {
                        let listed = limit.no_label(value.trim_matches('\''));
                        listed.help().map_or(error.clone(), |help| error.with_help(help))
                    }
                    _ => error,
                }
            }
            Misfit::Shape(shape) => {
                let message = format!("{place}: a list of shape {shape:?} does not go into {holds}");
                Error::new(Code::WrongLength, message)
            }
            Misfit::Form(text, form) => {
                let message = format!("{place}: '{}' is no {holds}", abridged(&text));
                Error::new(Code::TypeMismatch, message).with_help(format!("it is written {form}"))
            }
        }
    }
}

/// The value that a column stores: its default if none is given.
#[inline]
pub fn effective<'a>(value: Option<&'a Literal>, column: &'a ColumnDef) -> &'a Literal {
    match value {
        None | Some(Literal::Default) => match &column.default {
            Some(default) => &default.value,
            None => &Literal::Null,
        },
        Some(value) => value,
    }
}

/// Checks a value and returns its size in bytes. Timestamps without a zone are interpreted in `zone`.
#[inline]
pub fn check(value: Option<&Literal>, column: &ColumnDef, zone: &Zone) -> Result<usize, Misfit> {
    let stored = effective(value, column);
    if matches!(stored, Literal::Default) {
        // An expression, which is evaluated when the rows are complete.
        return Ok(cell_bytes(&column.column_type));
    }
    if matches!(stored, Literal::Null) {
        // The values of a generated column are computed later.
        return if column.nullable || column.computed.is_some() {
            Ok(cell_bytes(&column.column_type))
        } else if matches!(value, Some(Literal::Null)) {
            Err(Misfit::Null)
        } else {
            Err(Misfit::Missing)
        };
    }
    if let Some(limit) = &column.limit
        && is_beyond(stored, limit)
    {
        return Err(Misfit::of_limit(value_text(stored), column));
    }
    match (stored, &column.column_type) {
        (Literal::Int(_), ColumnType::Int | ColumnType::Float) | (Literal::Float(_), ColumnType::Float) => {
            Ok(8)
        }
        (Literal::Float(x), ColumnType::Int) => match whole(*x) {
            Some(_) => Ok(8),
            None if x.is_finite() && x.fract() == 0.0 => Err(Misfit::Range(format!("{x:?}"))),
            None => Err(Misfit::Type(format!("{x:?}"))),
        },
        (Literal::Int(_), ColumnType::Real) => Ok(4),
        (Literal::Float(x), ColumnType::Real) => {
            real(*x).map(|_| 4).ok_or_else(|| Misfit::Range(format!("{x:?}")))
        }
        (Literal::Bool(_), ColumnType::Bool) => Ok(1),
        (Literal::Str(text), ColumnType::String) => Ok(16 + if text.len() > 12 { text.len() } else { 0 }),
        (Literal::Str(text), moments) if written_form(moments).is_some() => {
            let form = written_form(moments).unwrap_or_default();
            moment(text, moments, zone).ok_or_else(|| Misfit::Form(text.to_string(), form))
        }
        (
            number @ (Literal::Int(_) | Literal::Float(_)),
            ColumnType::Other(DataType::Decimal128(digits, scale)),
        ) => decimal(number, *digits, *scale).map(|_| 16).ok_or_else(|| Misfit::Range(number_text(number))),
        (Literal::Numbers(array), ColumnType::Tensor(tensor)) => numbers(array, tensor),
        (value, general) if literal_array::is_general(general) => {
            let row = literal_array::one(value, general, zone).map_err(|misfit| match misfit {
                Misfit::Type(_) => Misfit::Type(described(value)),
                other => other,
            })?;
            match column.limit.as_ref().and_then(|limit| limit.first_beyond(row.as_ref())) {
                Some(_) => Err(Misfit::Range(described(value))),
                None => Ok(row.get_array_memory_size()),
            }
        }
        _ => Err(Misfit::Type(described(stored))),
    }
}

/// Whether a value is subject to a limit and exceeds it.
fn is_beyond(value: &Literal, limit: &Limit) -> bool {
    match value {
        Literal::Int(x) => !limit.allows_integer((*x).into()),
        Literal::Float(x) => whole(*x).is_some_and(|x| !limit.allows_integer(x.into())),
        Literal::Str(text) => !matches!(limit, Limit::Elements(..)) && !limit.allows_text(text),
        Literal::Numbers(array) => match &array.data {
            Numbers::Int(values) => values.iter().any(|x| !limit.allows_integer((*x).into())),
            Numbers::Float(floats) => {
                floats.values.iter().any(|x| whole(*x).is_some_and(|x| !limit.allows_integer(x.into())))
            }
            Numbers::Bool(_) => false,
        },
        _ => false,
    }
}

fn value_text(value: &Literal) -> String {
    match value {
        Literal::Str(text) => text.to_string(),
        Literal::Numbers(_) => described(value),
        other => number_text(other),
    }
}

fn cell_bytes(column_type: &ColumnType) -> usize {
    match column_type {
        ColumnType::Tensor(tensor) => tensor.len() * tensor.dtype.size(),
        ColumnType::String => 16,
        _ => 8,
    }
}

fn numbers(array: &NumberArray, tensor: &TensorType) -> Result<usize, Misfit> {
    if array.shape != tensor.shape.dims() {
        return Err(Misfit::Shape(array.shape.clone()));
    }
    let misfit = match (&array.data, tensor.dtype) {
        (Numbers::Bool(_), DType::Bool) => None,
        (Numbers::Bool(_), _) => Some(Misfit::Type("a list of truth values".to_string())),
        (Numbers::Int(values), DType::Bool) => {
            values.iter().find(|x| !(0..=1).contains(*x)).map(|x| Misfit::Type(format!("the element {x}")))
        }
        (Numbers::Float(floats), DType::Bool) => {
            floats.values.first().map(|x| Misfit::Type(format!("the element {x:?}")))
        }
        (Numbers::Float(floats), DType::I64) => {
            let odd = floats.integers(whole).position(|integer| integer.is_none());
            odd.map(|at| Misfit::Type(format!("the element {:?}", floats.values[at])))
        }
        (Numbers::Float(floats), DType::F32 | DType::C64) => floats
            .values
            .iter()
            .find(|x| real(**x).is_none())
            .map(|x| Misfit::Range(format!("the element {x:?}"))),
        _ => None,
    };
    match misfit {
        Some(misfit) => Err(misfit),
        None => Ok(tensor.len() * tensor.dtype.size()),
    }
}

/// An integer within the range of i64.
#[inline]
pub fn whole(x: f64) -> Option<i64> {
    // 2^63 as a float is the first value out of range.
    let fits = x.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x);
    fits.then_some(x as i64)
}

/// The f32 nearest to a number, unless it overflows.
#[inline]
pub fn real(x: f64) -> Option<f32> {
    let narrow = x as f32;
    (narrow.is_finite() || !x.is_finite()).then_some(narrow)
}

/// A date. A text with a time of day is rejected, since the time would be lost.
pub fn date(text: &str) -> Option<i32> {
    parse_date(text, Precision::Exact)
}

/// Microseconds. More than six fractional digits are rejected unless the rest are zeros.
pub fn timestamp(text: &str) -> Option<i64> {
    parse_timestamp(text, Precision::Exact)
}

/// The instant of a text, which is local time in the zone unless it names another.
pub fn instant(text: &str, zone: &Zone) -> Option<i64> {
    parse_zoned(text, zone, Precision::Exact)
}

/// Nanoseconds since midnight.
pub fn time(text: &str) -> Option<i64> {
    parse_time(text, Precision::Exact)?.checked_mul(1000)
}

/// An interval.
pub fn interval(text: &str) -> Option<IntervalMonthDayNano> {
    parse_interval(text, Fields::default())
}

/// The expected format of texts of a type; `None` for types that texts are not converted to.
pub fn written_form(column_type: &ColumnType) -> Option<&'static str> {
    Some(match column_type {
        ColumnType::Date => "'YYYY-MM-DD'",
        ColumnType::Timestamp => "'YYYY-MM-DD hh:mm:ss.ffffff'",
        ColumnType::Other(DataType::Timestamp(TimeUnit::Microsecond, Some(_))) => {
            "'YYYY-MM-DD hh:mm:ss.ffffff+hh:mm'"
        }
        ColumnType::Other(DataType::Time64(TimeUnit::Nanosecond)) => "'hh:mm:ss.ffffff'",
        ColumnType::Other(DataType::Interval(IntervalUnit::MonthDayNano)) => {
            "'1 year 2 months 3 days 04:05:06' or 'P1Y2M3DT4H5M6S'"
        }
        _ => return None,
    })
}

/// The size in bytes of the value of a text in a date or time column; `None` for an invalid text.
fn moment(text: &str, column_type: &ColumnType, zone: &Zone) -> Option<usize> {
    match column_type {
        ColumnType::Date => date(text).map(|_| 4),
        ColumnType::Timestamp => timestamp(text).map(|_| 8),
        ColumnType::Other(DataType::Timestamp(..)) => instant(text, zone).map(|_| 8),
        ColumnType::Other(DataType::Time64(_)) => time(text).map(|_| 8),
        ColumnType::Other(DataType::Interval(_)) => interval(text).map(|_| 16),
        _ => None,
    }
}

/// An exact decimal number.
pub fn decimal(number: &Literal, digits: u8, scale: i8) -> Option<i128> {
    // All digits, without an exponent.
    let text = match number {
        Literal::Float(x) => format!("{x}"),
        other => number_text(other),
    };
    // The parser would round fractional digits beyond the scale.
    let behind = match text.split_once('.') {
        _ if text.contains(['i', 'N']) => return None,
        None => 0,
        Some((_, fraction)) => fraction.len(),
    };
    if behind > usize::try_from(scale).unwrap_or(0) {
        return None;
    }
    let value = parse_decimal::<Decimal128Type>(&text, digits, scale).ok()?;
    (value.unsigned_abs() < 10u128.pow(u32::from(digits))).then_some(value)
}

fn number_text(number: &Literal) -> String {
    match number {
        Literal::Int(x) => x.to_string(),
        Literal::Float(x) => format!("{x:?}"),
        _ => String::new(),
    }
}

fn described(value: &Literal) -> String {
    match value {
        Literal::Null | Literal::Default => "NULL".to_string(),
        Literal::Bool(x) => format!("the truth value {x}"),
        Literal::Int(x) => format!("the number {x}"),
        Literal::Float(x) => format!("the number {x:?}"),
        Literal::Str(text) => format!("the String '{}'", abridged(text)),
        Literal::Numbers(array) => format!("a list of shape {:?}", array.shape),
    }
}

/// The beginning of a text, for messages.
pub fn abridged(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_string(),
    }
}
