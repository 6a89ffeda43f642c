//! One cell of a column of any Arrow type.

use std::fmt::Write;

use arrow::array::types::{
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};
use linal_tensor::Scalar;

use super::bytes::uuid_text;
use crate::column::TensorType;
use crate::column_name::UUID_BYTES;

/// The formats of dates and times, as in PostgreSQL.
const FORMAT: FormatOptions<'static> = FormatOptions::new()
    .with_date_format(Some("%Y-%m-%d"))
    .with_datetime_format(Some("%Y-%m-%d %H:%M:%S%.f"))
    .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
    .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"))
    .with_time_format(Some("%H:%M:%S%.f"))
    .with_display_error(false)
    .with_duration_format(DurationFormat::Pretty);

/// A cell.
#[derive(Debug)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A Boolean, a signed integer of at most 64 bits, or a float.
    Scalar(Scalar),
    /// A number that is no [`Scalar`]: an unsigned integer beyond `i64`, or a decimal. The text has all
    /// digits.
    Number(String),
    /// Text.
    Text(&'a str),
    /// A date, a time, a duration or a UUID; the flag marks an instant, which JSON writes with a `T`.
    DateTime(String, bool),
    /// Binary data.
    Bytes(&'a [u8]),
    /// A list or a tensor.
    List(List),
    /// A struct.
    Struct(&'a StructArray, usize),
    /// A map, by its entries.
    Map(StructArray),
}

/// The elements of a list, a vector or a matrix.
#[derive(Debug)]
pub struct List {
    /// The shape; one axis for a plain list.
    pub dims: Vec<usize>,
    /// The type of the elements.
    pub field: FieldRef,
    /// The elements in row-major order.
    pub items: ArrayRef,
    /// Whether two consecutive floats are a complex number.
    pub complex: bool,
    /// Whether every cell of the column has this shape.
    pub fixed: bool,
}

impl List {
    /// The element at a row-major position.
    pub fn at(&self, place: usize) -> Value<'_> {
        if !self.complex {
            return Value::at(&self.field, &self.items, place);
        }
        let part = |place| match Value::at(&self.field, &self.items, place) {
            Value::Scalar(scalar) => scalar,
            _ => Scalar::F64(f64::NAN),
        };
        match (part(2 * place), part(2 * place + 1)) {
            (Scalar::F32(re), Scalar::F32(im)) => {
                Value::Scalar(Scalar::C64(linal_tensor::Complex32::new(re, im)))
            }
            (Scalar::F64(re), Scalar::F64(im)) => {
                Value::Scalar(Scalar::C128(linal_tensor::Complex64::new(re, im)))
            }
            _ => Value::Null,
        }
    }
}

/// A primitive cell.
macro_rules! primitive {
    ($array:expr, $row:expr, $kind:ty) => {
        $array.as_primitive::<$kind>().value($row)
    };
}

impl<'a> Value<'a> {
    /// The cell of a row. `field` distinguishes tensors from lists.
    ///
    /// # Panics
    /// When the row does not exist.
    pub fn at(field: &Field, array: &'a dyn Array, row: usize) -> Value<'a> {
        if array.is_null(row) {
            return Value::Null;
        }
        match array.data_type() {
            DataType::Null => Value::Null,
            DataType::Boolean => Value::Scalar(Scalar::Bool(array.as_boolean().value(row))),
            kind if kind.is_integer() => integer(array, row),
            DataType::Float16 => Value::Scalar(Scalar::F32(primitive!(array, row, Float16Type).to_f32())),
            DataType::Float32 => Value::Scalar(Scalar::F32(primitive!(array, row, Float32Type))),
            DataType::Float64 => Value::Scalar(Scalar::F64(primitive!(array, row, Float64Type))),
            DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => Value::Text(array.as_string::<i64>().value(row)),
            DataType::Utf8View => Value::Text(array.as_string_view().value(row)),
            DataType::Binary => Value::Bytes(array.as_binary::<i32>().value(row)),
            DataType::LargeBinary => Value::Bytes(array.as_binary::<i64>().value(row)),
            DataType::BinaryView => Value::Bytes(array.as_binary_view().value(row)),
            DataType::FixedSizeBinary(UUID_BYTES) => {
                Value::DateTime(uuid_text(array.as_fixed_size_binary().value(row)), false)
            }
            DataType::FixedSizeBinary(_) => Value::Bytes(array.as_fixed_size_binary().value(row)),
            kind if kind.is_decimal() => Value::Number(decimal(array, row)),
            kind if kind.is_nested() => nested(field, array, row),
            DataType::Dictionary(_, _) => encoded(field, array, row),
            DataType::Timestamp(_, _) | DataType::Date64 => Value::DateTime(formatted(array, row), true),
            _ => Value::DateTime(formatted(array, row), false),
        }
    }
}

fn integer(array: &dyn Array, row: usize) -> Value<'static> {
    let whole = |x: i64| Value::Scalar(Scalar::I64(x));
    match array.data_type() {
        DataType::Int8 => whole(primitive!(array, row, Int8Type).into()),
        DataType::Int16 => whole(primitive!(array, row, Int16Type).into()),
        DataType::Int32 => whole(primitive!(array, row, Int32Type).into()),
        DataType::UInt8 => whole(primitive!(array, row, UInt8Type).into()),
        DataType::UInt16 => whole(primitive!(array, row, UInt16Type).into()),
        DataType::UInt32 => whole(primitive!(array, row, UInt32Type).into()),
        DataType::UInt64 => {
            let value = primitive!(array, row, UInt64Type);
            i64::try_from(value).map_or_else(|_| Value::Number(value.to_string()), whole)
        }
        _ => whole(primitive!(array, row, Int64Type)),
    }
}

fn decimal(array: &dyn Array, row: usize) -> String {
    match array.data_type() {
        DataType::Decimal32(_, _) => array.as_primitive::<Decimal32Type>().value_as_string(row),
        DataType::Decimal64(_, _) => array.as_primitive::<Decimal64Type>().value_as_string(row),
        DataType::Decimal256(_, _) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        _ => array.as_primitive::<Decimal128Type>().value_as_string(row),
    }
}

fn nested<'a>(field: &Field, array: &'a dyn Array, row: usize) -> Value<'a> {
    let list = |items: ArrayRef| {
        let field = match array.data_type() {
            DataType::List(field)
            | DataType::LargeList(field)
            | DataType::ListView(field)
            | DataType::LargeListView(field)
            | DataType::FixedSizeList(field, _) => field.clone(),
            other => Field::new_list_field(other.clone(), true).into(),
        };
        Value::List(List { dims: vec![items.len()], field, items, complex: false, fixed: false })
    };
    match array.data_type() {
        DataType::Struct(_) => Value::Struct(array.as_struct(), row),
        DataType::List(_) => list(array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row)),
        DataType::ListView(_) => list(array.as_list_view::<i32>().value(row)),
        DataType::LargeListView(_) => list(array.as_list_view::<i64>().value(row)),
        DataType::FixedSizeList(_, _) => tensor(field, list(array.as_fixed_size_list().value(row))),
        DataType::Map(_, _) => Value::Map(array.as_map().value(row)),
        _ => Value::DateTime(formatted(array, row), false),
    }
}

/// Reshapes a list of fixed length to the shape that its field declares.
fn tensor<'a>(field: &Field, value: Value<'a>) -> Value<'a> {
    match (value, TensorType::of(field)) {
        (Value::List(list), Some(tensor)) => Value::List(List {
            dims: tensor.shape.dims().to_vec(),
            complex: tensor.dtype.is_complex(),
            fixed: true,
            ..list
        }),
        (value, _) => value,
    }
}

/// The value of a dictionary key.
fn encoded<'a>(field: &Field, array: &'a dyn Array, row: usize) -> Value<'a> {
    let dictionary = array.as_any_dictionary();
    let values = dictionary.values();
    match Value::at(field, dictionary.keys(), row) {
        Value::Scalar(Scalar::I64(key)) => match usize::try_from(key) {
            Ok(key) if key < values.len() => Value::at(field, values.as_ref(), key),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// A fraction of a second without trailing zeros; digits come in groups of three.
fn without_final_zeros(text: String) -> String {
    let Some(point) = text.find('.') else { return text };
    let digits = text[point + 1..].bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = text[point + 1..].split_at(digits);
    match fraction.trim_end_matches('0') {
        "" => format!("{}{zone}", &text[..point]),
        shorter => format!("{}.{shorter}{zone}", &text[..point]),
    }
}

/// Arrow's text of the other types. What Arrow cannot format, such as a year of six digits, is formatted as
/// its underlying integer.
fn formatted(array: &dyn Array, row: usize) -> String {
    let mut text = String::new();
    let done = ArrayFormatter::try_new(array, &FORMAT).is_ok_and(|formatter| {
        // The options return errors, and writing to a String cannot fail.
        write!(text, "{}", formatter.value(row)).is_ok()
    });
    if done {
        // Arrow's text of a year of five digits has a sign.
        without_final_zeros(text.strip_prefix('+').map(str::to_string).unwrap_or(text))
    } else {
        format!("({} out of range)", array.data_type())
    }
}
