//! Values as keys that are compared: 64-bit words where the type allows it, and otherwise rows of bytes.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use arrow::row::{OwnedRow, Row, RowConverter, Rows, SortField};
use datafusion::common::Result;

/// The values of a column as keys.
pub(super) enum Keys {
    Words(Vec<u64>),
    Rows(Rows),
}

/// One key of a column.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    Word(u64),
    Row(Row<'a>),
}

/// Converts columns of one type to keys.
pub(super) enum Converter {
    Words,
    Rows(RowConverter),
}

/// Whether values of a type are ordered as 64-bit words.
pub(super) fn is_word(data_type: &DataType) -> bool {
    use DataType as D;
    matches!(
        data_type,
        D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64
    ) || matches!(data_type, D::Date32 | D::Date64 | D::Timestamp(..) | D::Time32(_) | D::Time64(_))
        || matches!(data_type, D::Boolean | D::Float32 | D::Float64)
}

impl Converter {
    pub fn of(data_type: &DataType) -> Result<Converter> {
        if is_word(data_type) {
            return Ok(Converter::Words);
        }
        Ok(Converter::Rows(RowConverter::new(vec![SortField::new(data_type.clone())])?))
    }

    /// The keys of a column. The key of a NULL has no meaning.
    pub fn keys(&self, array: &ArrayRef) -> Result<Keys> {
        Ok(match self {
            Converter::Words => Keys::Words(words(array)?),
            Converter::Rows(converter) => Keys::Rows(converter.convert_columns(std::slice::from_ref(array))?),
        })
    }
}

/// Values of at most 64 bits in their order. Floats are ordered as in the language: -0 equals 0, and NaN is the greatest.
pub(super) fn words(array: &ArrayRef) -> Result<Vec<u64>> {
    use DataType as D;
    const SIGN: u64 = 1 << 63;
    Ok(match array.data_type() {
        D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64 => {
            cast(array, &D::UInt64)?.as_primitive::<UInt64Type>().values().to_vec()
        }
        D::Float32 | D::Float64 => {
            let floats = cast(array, &D::Float64)?;
            floats.as_primitive::<Float64Type>().values().iter().map(|&value| float_word(value)).collect()
        }
        D::Boolean => array.as_boolean().values().iter().map(u64::from).collect(),
        D::Time32(_) | D::Date32 => {
            let numbers = cast(&cast(array, &D::Int32)?, &D::Int64)?;
            numbers.as_primitive::<Int64Type>().values().iter().map(|&value| value as u64 ^ SIGN).collect()
        }
        _ => {
            let numbers = cast(array, &D::Int64)?;
            numbers.as_primitive::<Int64Type>().values().iter().map(|&value| value as u64 ^ SIGN).collect()
        }
    })
}

fn float_word(value: f64) -> u64 {
    const SIGN: u64 = 1 << 63;
    let value = if value == 0.0 {
        0.0
    } else if value.is_nan() {
        f64::NAN.abs()
    } else {
        value
    };
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

impl Keys {
    pub fn get(&self, at: usize) -> Key<'_> {
        match self {
            Keys::Words(words) => Key::Word(words[at]),
            Keys::Rows(rows) => Key::Row(rows.row(at)),
        }
    }

    /// The keys at these places, in one allocation.
    pub fn take(self, places: &[u32]) -> SortedKeys {
        match self {
            Keys::Words(words) => SortedKeys::Words(places.iter().map(|&at| words[at as usize]).collect()),
            Keys::Rows(rows) => {
                SortedKeys::Rows(places.iter().map(|&at| rows.row(at as usize).owned()).collect())
            }
        }
    }
}

impl Key<'_> {
    pub fn compare(self, other: Key<'_>) -> Ordering {
        match (self, other) {
            (Key::Word(one), Key::Word(other)) => one.cmp(&other),
            (Key::Row(one), Key::Row(other)) => one.cmp(&other),
            _ => Ordering::Equal,
        }
    }
}

/// The keys of all groups, ascending and distinct in each.
pub(super) enum SortedKeys {
    Words(Vec<u64>),
    Rows(Vec<OwnedRow>),
}

impl SortedKeys {
    /// Bytes of memory.
    pub fn size(&self) -> usize {
        match self {
            SortedKeys::Words(words) => words.capacity() * 8,
            SortedKeys::Rows(rows) => {
                rows.iter().map(|row| row.as_ref().len() + std::mem::size_of::<OwnedRow>()).sum()
            }
        }
    }
}
