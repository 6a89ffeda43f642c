//! From the values of a key's columns to a hash that stands for them.
//!
//! The hash has 128 bits of SipHash under a key of the process. Two keys of different values would need more rows
//! than any dataset has before they are expected to have one hash, and nobody who chooses values can know the
//! key; so a hash is taken for the values, and an entry needs 24 bytes whatever the columns are.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use arrow::row::{RowConverter, SortField};
use linal_error::Code;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::arrow_error;
use crate::error::{Error, Result};
use crate::normalized_key::{INTERVAL_KEY, normalized_keys};

/// The hash of the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyHash(pub(super) u64, pub(super) u64);

/// How the values of a key become bytes.
pub(super) enum Encoder {
    /// One column of integers.
    Int,
    /// One column of texts.
    Text,
    /// Any columns, in Arrow's row format.
    Rows(RowConverter),
}

static SECRET: LazyLock<(u64, u64)> = LazyLock::new(|| {
    let random = || RandomState::new().build_hasher().finish();
    (random(), random())
});

fn hash(bytes: &[u8]) -> KeyHash {
    let (first, second) = *SECRET;
    let mut hasher = SipHasher13::new_with_keys(first, second);
    hasher.write(bytes);
    let hash = hasher.finish128();
    KeyHash(hash.h1, hash.h2)
}

impl KeyHash {
    /// The key of one integer.
    pub fn of_int(value: i64) -> KeyHash {
        hash(&value.to_le_bytes())
    }

    /// The key of one text.
    pub fn of_text(text: &str) -> KeyHash {
        hash(text.as_bytes())
    }
}

/// Whether values of a type can be part of a key.
pub fn supports(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Map(..) | DataType::Union(..))
        && RowConverter::supports_fields(&[SortField::new(key_type(data_type))])
}

fn key_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Interval(_) => INTERVAL_KEY,
        other => other.clone(),
    }
}

impl Encoder {
    pub fn of(types: &[DataType]) -> Result<Encoder> {
        Ok(match types {
            [DataType::Int64] => Encoder::Int,
            [DataType::Utf8View] => Encoder::Text,
            _ => {
                let fields = types.iter().map(|data_type| SortField::new(key_type(data_type))).collect();
                Encoder::Rows(RowConverter::new(fields).map_err(arrow_error)?)
            }
        })
    }

    /// The key of each row; `None` for one with a NULL.
    pub fn keys(&self, values: &[ArrayRef]) -> Result<Vec<Option<KeyHash>>> {
        let other =
            || Error::new(Code::InternalError, "a bug in linal: a key of other types than its columns");
        match (self, values) {
            (Encoder::Int, [integers]) => {
                let integers = integers.as_primitive_opt::<Int64Type>().ok_or_else(other)?;
                Ok(integers.iter().map(|value| value.map(KeyHash::of_int)).collect())
            }
            (Encoder::Text, [texts]) => {
                let texts = texts.as_string_view_opt().ok_or_else(other)?;
                Ok(texts.iter().map(|text| text.map(KeyHash::of_text)).collect())
            }
            (Encoder::Rows(converter), values) => rows(converter, values),
            _ => Err(other()),
        }
    }
}

fn rows(converter: &RowConverter, values: &[ArrayRef]) -> Result<Vec<Option<KeyHash>>> {
    let nulls: Vec<_> = values.iter().map(|values| values.logical_nulls()).collect();
    let normalized: Vec<ArrayRef> =
        values.iter().map(normalized_keys).collect::<std::result::Result<_, _>>().map_err(arrow_error)?;
    let rows = converter.convert_columns(&normalized).map_err(arrow_error)?;
    let has_null = |row: usize| nulls.iter().flatten().any(|nulls| nulls.is_null(row));
    Ok(rows.iter().enumerate().map(|(at, row)| (!has_null(at)).then(|| hash(row.as_ref()))).collect())
}
