//! Resolves the names of types to the types of columns.

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL128_MAX_SCALE, DataType, IntervalUnit, TimeUnit};
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_store::{ColumnType, TensorType, UUID_BYTES};
use linal_tensor::{DType, Shape};

use super::limit::{DeclaredType, Limit, integer_type, integer_words, text_type};
use super::nested_type::resolve_type_text;
use crate::dtype::{dtype_of, unknown_dtype};
use crate::error::{Error, Result, count};

/// The names of scalar types.
const SCALARS: &[(&str, ColumnType)] = &[
    ("Int", ColumnType::Int),
    ("Integer", ColumnType::Int),
    ("BigInt", ColumnType::Int),
    ("Int8", ColumnType::Int),
    ("Int64", ColumnType::Int),
    ("i64", ColumnType::Int),
    ("Float", ColumnType::Float),
    ("Float8", ColumnType::Float),
    ("Float64", ColumnType::Float),
    ("f64", ColumnType::Float),
    ("Double", ColumnType::Float),
    ("Double Precision", ColumnType::Float),
    ("Real", ColumnType::Real),
    ("Float4", ColumnType::Real),
    ("Float32", ColumnType::Real),
    ("f32", ColumnType::Real),
    ("String", ColumnType::String),
    ("Text", ColumnType::String),
    ("Varchar", ColumnType::String),
    ("Char", ColumnType::String),
    ("Character", ColumnType::String),
    ("Character Varying", ColumnType::String),
    ("Bool", ColumnType::Bool),
    ("Boolean", ColumnType::Bool),
    ("Date", ColumnType::Date),
    ("Timestamp", ColumnType::Timestamp),
    ("DateTime", ColumnType::Timestamp),
    ("Timestamp without time zone", ColumnType::Timestamp),
    ("Time", TIME),
    ("Time without time zone", TIME),
    ("Interval", ColumnType::Other(DataType::Interval(IntervalUnit::MonthDayNano))),
    // A timestamp is in microseconds, whatever precision its declared type has.
    ("Timestamp_s", ColumnType::Timestamp),
    ("Timestamp_ms", ColumnType::Timestamp),
    ("Timestamp_us", ColumnType::Timestamp),
    ("Timestamp_ns", ColumnType::Timestamp),
    ("Blob", ColumnType::Other(DataType::Binary)),
    ("Bytea", ColumnType::Other(DataType::Binary)),
    ("Binary", ColumnType::Other(DataType::Binary)),
    ("Varbinary", ColumnType::Other(DataType::Binary)),
    ("Uuid", ColumnType::Other(DataType::FixedSizeBinary(UUID_BYTES))),
];

const TIME: ColumnType = ColumnType::Other(DataType::Time64(TimeUnit::Nanosecond));

/// The types that take arguments.
const OTHERS: &[&str] = &["Decimal", "Numeric", "Vector", "Matrix", "Tensor", "Json", "Struct", "Map"];

/// The largest number of elements of a fixed-size list.
const MAX_ELEMENTS: usize = i32::MAX as usize / 2;

/// The type of a name with its arguments: `Vector(128, f64)`, `DECIMAL(10, 2)`. The default dtype of tensors
/// is f32.
///
/// # Errors
/// `E0609 unknown_type` with the nearest name, or arguments that the type does not take.
pub fn resolve_type<A: AsRef<str>>(name: &str, args: &[A]) -> Result<DeclaredType> {
    if name.contains(['(', '[']) { resolve_type_text(name) } else { resolve_simple(name, args) }
}

/// The type of a name without parts.
pub(super) fn resolve_simple<A: AsRef<str>>(name: &str, args: &[A]) -> Result<DeclaredType> {
    if let Some((word, column_type)) = SCALARS.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)) {
        return match (column_type, args) {
            (_, []) => Ok(column_type.clone().into()),
            (ColumnType::String, [length]) => text(word, length.as_ref()),
            // The precision of a TIMESTAMP is ignored: it is always microseconds.
            (ColumnType::Timestamp | ColumnType::Float, [length]) => {
                whole(word, length.as_ref()).map(|_| column_type.clone().into())
            }
            _ => Err(invalid(format!("the type {word} takes no arguments"))),
        };
    }
    if let Some(integer) = integer_type(name) {
        return match args {
            [] => Ok(integer),
            _ => Err(invalid(format!("the type {name} takes no arguments"))),
        };
    }
    if name.eq_ignore_ascii_case("json") && args.is_empty() {
        return Ok(DeclaredType { column_type: ColumnType::String, limit: Some(Limit::Json) });
    }
    composed(name, args).map(DeclaredType::from)
}

/// A text type with a maximum number of characters.
fn text(word: &'static str, length: &str) -> Result<DeclaredType> {
    match whole(word, length)? {
        0 => Err(invalid(format!("a {word} has at least one character"))),
        most => Ok(text_type(word, most)),
    }
}

/// The types that take arguments.
fn composed<A: AsRef<str>>(name: &str, args: &[A]) -> Result<ColumnType> {
    match name.to_ascii_lowercase().as_str() {
        // A timestamp with time zone is displayed in UTC.
        "timestamp with time zone" | "timestamptz" if args.is_empty() => {
            let zone = Some(Zone::utc().name().into());
            Ok(ColumnType::Other(DataType::Timestamp(TimeUnit::Microsecond, zone)))
        }
        "decimal" | "numeric" => decimal(args),
        "vector" => tensor("Vector", args, Some(1), "Vector(n[, dtype])"),
        "matrix" => tensor("Matrix", args, Some(2), "Matrix(rows, columns[, dtype])"),
        "tensor" => tensor("Tensor", args, None, "Tensor(d1, d2, ...[, dtype])"),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> Error {
    let words = SCALARS.iter().map(|(word, _)| *word).chain(integer_words()).chain(OTHERS.iter().copied());
    Error::unknown(Code::UnknownType, "type", name, words).or_help(
        "types are Int, Float, Real, String, Bool, Date, Timestamp, Decimal(p, s), Vector(n), Matrix(r, c) and \
         Tensor(d1, ...)",
    )
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidType, message)
}

fn whole(word: &str, text: &str) -> Result<usize> {
    text.replace('_', "")
        .parse()
        .map_err(|_| invalid(format!("an argument of {word} is a whole number, not `{text}`")))
}

fn decimal<A: AsRef<str>>(args: &[A]) -> Result<ColumnType> {
    let (digits, scale) = match args {
        [] => (38, 10),
        [digits] => (whole("Decimal", digits.as_ref())?, 0),
        [digits, scale] => (whole("Decimal", digits.as_ref())?, whole("Decimal", scale.as_ref())?),
        _ => return Err(invalid("Decimal takes the number of digits and of those behind the point")),
    };
    let most = usize::from(DECIMAL128_MAX_PRECISION);
    if !(1..=most).contains(&digits) {
        return Err(invalid(format!("a Decimal has 1 to {most} digits, not {digits}")));
    }
    if scale > digits || scale > DECIMAL128_MAX_SCALE as usize {
        return Err(invalid(format!(
            "a Decimal of {} has no {scale} behind the point",
            count(digits, "digit")
        )));
    }
    Ok(ColumnType::Other(DataType::Decimal128(digits as u8, scale as i8)))
}

fn tensor<A: AsRef<str>>(word: &str, args: &[A], rank: Option<usize>, form: &str) -> Result<ColumnType> {
    let (dims, dtype) = match args.split_last() {
        Some((last, dims)) if !last.as_ref().starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            (dims, element(last.as_ref())?)
        }
        _ => (args, DType::F32),
    };
    if dims.is_empty() || rank.is_some_and(|rank| rank != dims.len()) {
        return Err(invalid(format!("a {word} column is written {form}")));
    }
    let dims: Vec<usize> = dims.iter().map(|dim| whole(word, dim.as_ref())).collect::<Result<_>>()?;
    let elements = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    if elements.is_none_or(|elements| elements > MAX_ELEMENTS) {
        return Err(invalid(format!("a cell has at most {MAX_ELEMENTS} elements")));
    }
    if elements == Some(0) {
        return Err(invalid(format!("each axis of a {word} column has at least one element")));
    }
    Ok(ColumnType::Tensor(TensorType { shape: Shape::new(&dims), dtype }))
}

fn element(word: &str) -> Result<DType> {
    dtype_of(word).ok_or_else(|| unknown_dtype(word))
}
