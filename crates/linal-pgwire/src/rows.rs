//! Rows as messages: cells as text or in the binary form of their type.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, SchemaRef,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use bytes::{BufMut, BytesMut};
use linal::RowSet;
use pgwire::api::results::FieldFormat;
use pgwire::messages::data::DataRow;

use crate::types::Kind;

/// Days from 1970 to 2000, which the binary form counts from.
const DAYS: i32 = 10_957;

/// The same in microseconds.
const MICROSECONDS: i64 = DAYS as i64 * 86_400_000_000;

/// A column of a result.
#[derive(Clone, Debug)]
pub struct Column {
    /// How its cells are written.
    pub kind: Kind,
    /// Text or binary.
    pub format: FieldFormat,
}

/// The rows of a batch as messages.
///
/// # Errors
/// A conversion that fails, which is a bug.
pub fn encode(
    schema: &SchemaRef,
    batch: &RecordBatch,
    columns: &[Column],
) -> Result<Vec<DataRow>, ArrowError> {
    let converted: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .zip(columns)
        .map(|(array, column)| convert(array, &column.kind))
        .collect::<Result<_, _>>()?;
    let others = columns.iter().any(|column| column.kind == Kind::Other);
    let texts = others.then(|| RowSet::new(schema.clone(), vec![batch.clone()]));
    let count = i16::try_from(columns.len()).unwrap_or(i16::MAX);
    let mut rows = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let mut data = BytesMut::with_capacity(16 * columns.len());
        for (at, (column, array)) in columns.iter().zip(&converted).enumerate() {
            match &texts {
                Some(texts) if column.kind == Kind::Other => {
                    text_cell(&mut data, texts.text(row, at).as_deref())
                }
                _ => cell(&mut data, column, array, row),
            }
        }
        rows.push(DataRow::new(data, count));
    }
    Ok(rows)
}

fn convert(array: &ArrayRef, kind: &Kind) -> Result<ArrayRef, ArrowError> {
    match kind.canonical() {
        Some(kind) if kind != *array.data_type() => cast(array, &kind),
        _ => Ok(array.clone()),
    }
}

/// A row of texts.
pub fn texts<'t>(cells: impl IntoIterator<Item = Option<&'t str>>) -> DataRow {
    let (mut data, mut count) = (BytesMut::new(), 0);
    for cell in cells {
        text_cell(&mut data, cell);
        count += 1;
    }
    DataRow::new(data, count)
}

fn text_cell(out: &mut BytesMut, text: Option<&str>) {
    match text {
        None => out.put_i32(-1),
        Some(text) => counted(out, |out| out.put_slice(text.as_bytes())),
    }
}

/// Writes something behind its length.
fn counted(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_i32(0);
    write(out);
    let length = i32::try_from(out.len() - start - 4).unwrap_or(i32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

fn cell(out: &mut BytesMut, column: &Column, array: &ArrayRef, row: usize) {
    if array.is_null(row) {
        return out.put_i32(-1);
    }
    counted(out, |out| match (&column.kind, column.format) {
        (Kind::Array(element, axes), format) => {
            let (values, lengths) = elements(array, row, axes);
            let values = convert(&values, element).unwrap_or(values);
            match format {
                FieldFormat::Text => {
                    let mut text = String::new();
                    array_text(&mut text, element, &values, &lengths, &mut 0);
                    out.put_slice(text.as_bytes());
                }
                FieldFormat::Binary => array_binary(out, element, &values, &lengths),
            }
        }
        (kind, FieldFormat::Text) => {
            let mut text = String::new();
            value_text(&mut text, kind, array, row);
            out.put_slice(text.as_bytes());
        }
        (kind, FieldFormat::Binary) => value_binary(out, kind, array, row),
    });
}

/// The elements of a list, and the lengths of its axes.
fn elements(array: &ArrayRef, row: usize, axes: &[usize]) -> (ArrayRef, Vec<usize>) {
    if let Some(list) = array.as_fixed_size_list_opt() {
        return (list.value(row), axes.to_vec());
    }
    let values = match array.as_list_opt::<i32>() {
        Some(list) => list.value(row),
        None => array.as_list::<i64>().value(row),
    };
    let length = values.len();
    (values, vec![length])
}

/// The text form of a value that is not NULL.
fn value_text(out: &mut String, kind: &Kind, array: &ArrayRef, row: usize) {
    // Writing to a String cannot fail.
    let _ = match kind {
        Kind::Bool => write!(out, "{}", if array.as_boolean().value(row) { 't' } else { 'f' }),
        Kind::Int2 => write!(out, "{}", array.as_primitive::<Int16Type>().value(row)),
        Kind::Int4 => write!(out, "{}", array.as_primitive::<Int32Type>().value(row)),
        Kind::Int8 => write!(out, "{}", array.as_primitive::<Int64Type>().value(row)),
        Kind::Float4 => {
            let value = array.as_primitive::<Float32Type>().value(row);
            if value.is_finite() {
                write!(out, "{value}")
            } else {
                write!(out, "{}", not_finite(value.into()))
            }
        }
        Kind::Float8 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            if value.is_finite() {
                write!(out, "{}", float_text(value))
            } else {
                write!(out, "{}", not_finite(value))
            }
        }
        Kind::Bytea => {
            out.push_str("\\x");
            array.as_binary::<i32>().value(row).iter().try_for_each(|byte| write!(out, "{byte:02x}"))
        }
        Kind::Date | Kind::Timestamp | Kind::TimestampTz => {
            let text = array_value_to_string(array, row).unwrap_or_default().replacen('T', " ", 1);
            let zone = if *kind == Kind::TimestampTz { "+00" } else { "" };
            write!(out, "{text}{zone}")
        }
        _ => write!(out, "{}", array.as_string::<i32>().value(row)),
    };
}

fn not_finite(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

/// A float with an exponent where it would be long without one.
fn float_text(value: f64) -> String {
    let is_short = value == 0.0 || (1e-5..1e15).contains(&value.abs());
    if is_short { format!("{value}") } else { format!("{value:e}") }
}

fn value_binary(out: &mut BytesMut, kind: &Kind, array: &ArrayRef, row: usize) {
    match kind {
        Kind::Bool => out.put_u8(array.as_boolean().value(row).into()),
        Kind::Int2 => out.put_i16(array.as_primitive::<Int16Type>().value(row)),
        Kind::Int4 => out.put_i32(array.as_primitive::<Int32Type>().value(row)),
        Kind::Int8 => out.put_i64(array.as_primitive::<Int64Type>().value(row)),
        Kind::Float4 => out.put_f32(array.as_primitive::<Float32Type>().value(row)),
        Kind::Float8 => out.put_f64(array.as_primitive::<Float64Type>().value(row)),
        Kind::Bytea => out.put_slice(array.as_binary::<i32>().value(row)),
        Kind::Date => out.put_i32(array.as_primitive::<Date32Type>().value(row).saturating_sub(DAYS)),
        Kind::Timestamp | Kind::TimestampTz => {
            out.put_i64(
                array.as_primitive::<TimestampMicrosecondType>().value(row).saturating_sub(MICROSECONDS),
            );
        }
        Kind::Numeric => numeric(out, array.as_string::<i32>().value(row)),
        _ => out.put_slice(array.as_string::<i32>().value(row).as_bytes()),
    }
}

/// A decimal number in groups of four digits.
fn numeric(out: &mut BytesMut, text: &str) {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (0x4000_u16, rest),
        None => (0, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let padding = (4 - whole.len() % 4) % 4;
    let mut all = "0".repeat(padding) + whole + fraction;
    all.push_str(&"0".repeat((4 - all.len() % 4) % 4));
    let mut groups: Vec<i16> = all
        .as_bytes()
        .chunks(4)
        .map(|group| group.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')))
        .collect();
    let mut weight = ((whole.len() + padding) / 4) as i16 - 1;
    while groups.first() == Some(&0) {
        groups.remove(0);
        weight -= 1;
    }
    while groups.last() == Some(&0) {
        groups.pop();
    }
    out.put_i16(groups.len() as i16);
    out.put_i16(if groups.is_empty() { 0 } else { weight });
    out.put_u16(if groups.is_empty() { 0 } else { sign });
    out.put_i16(fraction.len() as i16);
    groups.into_iter().for_each(|group| out.put_i16(group));
}

fn array_text(out: &mut String, kind: &Kind, values: &ArrayRef, axes: &[usize], next: &mut usize) {
    let Some((length, inner)) = axes.split_first() else { return };
    out.push('{');
    for at in 0..*length {
        if at > 0 {
            out.push(',');
        }
        if !inner.is_empty() {
            array_text(out, kind, values, inner, next);
            continue;
        }
        if values.is_null(*next) {
            out.push_str("NULL");
        } else {
            let start = out.len();
            value_text(out, kind, values, *next);
            quote(out, start, kind);
        }
        *next += 1;
    }
    out.push('}');
}

/// Quotes a text within an array.
fn quote(out: &mut String, start: usize, kind: &Kind) {
    if !matches!(kind, Kind::Text | Kind::Bytea | Kind::Timestamp | Kind::TimestampTz) {
        return;
    }
    let text = out.split_off(start);
    out.push('"');
    for sign in text.chars() {
        if matches!(sign, '"' | '\\') {
            out.push('\\');
        }
        out.push(sign);
    }
    out.push('"');
}

fn array_binary(out: &mut BytesMut, kind: &Kind, values: &ArrayRef, axes: &[usize]) {
    let is_empty = values.is_empty();
    out.put_i32(if is_empty { 0 } else { axes.len() as i32 });
    out.put_i32((values.null_count() > 0).into());
    out.put_u32(kind.pg().oid());
    if is_empty {
        return;
    }
    for length in axes {
        out.put_i32(*length as i32);
        out.put_i32(1);
    }
    for at in 0..values.len() {
        if values.is_null(at) {
            out.put_i32(-1);
        } else {
            counted(out, |out| value_binary(out, kind, values, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal::{Engine, Outcome};

    fn rows(query: &str, format: FieldFormat) -> Vec<Option<Vec<u8>>> {
        let mut session = Engine::default().session();
        let Outcome::Rows(rows) = session.execute(query).unwrap() else { panic!() };
        let columns: Vec<Column> =
            rows.schema.fields().iter().map(|field| Column { kind: Kind::of(field), format }).collect();
        let encoded = encode(&rows.schema, &rows.batches[0], &columns).unwrap();
        let mut rest = &encoded[0].data[..];
        let mut cells = Vec::new();
        while !rest.is_empty() {
            let length = i32::from_be_bytes(rest[..4].try_into().unwrap());
            rest = &rest[4..];
            cells.push((length >= 0).then(|| rest[..length as usize].to_vec()));
            rest = &rest[length.max(0) as usize..];
        }
        cells
    }

    #[test]
    fn texts_are_those_of_postgresql() {
        let query = "SELECT 1, 1.5, TRUE, NULL, 'a\"b', DATE '2020-02-29', TIMESTAMP '2020-02-29 12:00:00.5', \
            [1.0, 2.5], ['x y', NULL, 'q\"'], CAST('12.30' AS Decimal(10, 2)), 1e300, CAST('NaN' AS Float)";
        let cells = rows(query, FieldFormat::Text);
        let shown: Vec<String> = cells
            .into_iter()
            .map(|cell| cell.map_or("NULL".to_owned(), |cell| String::from_utf8(cell).unwrap()))
            .collect();
        let expected = [
            "1",
            "1.5",
            "t",
            "NULL",
            "a\"b",
            "2020-02-29",
            "2020-02-29 12:00:00.500",
            "{1,2.5}",
            "{\"x y\",NULL,\"q\\\"\"}",
            "12.30",
            "1e300",
            "NaN",
        ];
        assert_eq!(shown[..6], expected[..6]);
        assert!(shown[6].starts_with("2020-02-29 12:00:00.5"), "{}", shown[6]);
        assert_eq!(shown[7..], expected[7..]);
    }

    #[test]
    fn binary_forms() {
        let cells = rows(
            "SELECT 258, 1.5, TRUE, DATE '2000-01-02', CAST('-1234567.89' AS Decimal(10, 2))",
            FieldFormat::Binary,
        );
        assert_eq!(cells[0].as_deref(), Some(&258_i64.to_be_bytes()[..]));
        assert_eq!(cells[1].as_deref(), Some(&1.5_f64.to_be_bytes()[..]));
        assert_eq!(cells[2].as_deref(), Some(&[1][..]));
        assert_eq!(cells[3].as_deref(), Some(&1_i32.to_be_bytes()[..]));
        let groups: Vec<u8> =
            [3_i16, 1, 0x4000, 2, 123, 4567, 8900].iter().flat_map(|number| number.to_be_bytes()).collect();
        assert_eq!(cells[4].as_deref(), Some(&groups[..]));
    }
}
