//! Limits of declared types that are narrower than their storage: the range of SMALLINT, the length of
//! VARCHAR(3).
//!
//! Integers of every width are stored as i64 and texts of every length as text, so that arithmetic, tensors
//! and files have one type for each. The limit is checked where a value is stored or cast.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type};
use linal_error::Code;
use linal_store::ColumnType;

use crate::error::Error;

/// The limit of a type, and its displayed name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The integers from `low` to `high`.
    Integers {
        /// The name of the type.
        word: &'static str,
        /// The smallest value.
        low: i128,
        /// The largest value.
        high: i128,
    },
    /// Texts of at most this many characters.
    Characters {
        /// The name of the type.
        word: &'static str,
        /// The largest number of characters.
        most: usize,
    },
    /// The labels of an enum type.
    Labels {
        /// The name of the type.
        name: Arc<str>,
        /// The labels in their order.
        labels: Arc<[Box<str>]>,
    },
    /// JSON.
    Json,
    /// The limit of the elements of lists, or of arrays of a length.
    Elements(Box<Limit>, Option<usize>),
}

/// The key of the metadata of a field whose values are labels of an enum type: a JSON list of the name of the type and the
/// labels.
pub const ENUM: &str = "linal.enum";

/// Labels that an error lists.
const MOST_LABELS: usize = 20;

impl Limit {
    /// Whether an integer is within the limit.
    pub fn allows_integer(&self, value: i128) -> bool {
        match self {
            Limit::Integers { low, high, .. } => (*low..=*high).contains(&value),
            Limit::Elements(limit, _) => limit.allows_integer(value),
            Limit::Characters { .. } | Limit::Labels { .. } | Limit::Json => true,
        }
    }

    /// Whether a text is within the limit.
    pub fn allows_text(&self, text: &str) -> bool {
        match self {
            Limit::Integers { .. } => true,
            Limit::Json => linal_store::json::is_valid(text),
            Limit::Elements(limit, _) => limit.allows_text(text),
            // The number of bytes is an upper bound of the number of characters.
            Limit::Characters { most, .. } => text.len() <= *most || text.chars().count() <= *most,
            Limit::Labels { labels, .. } => labels.iter().any(|label| **label == *text),
        }
    }

    /// The labels of an enum type; none for another limit.
    pub fn labels(&self) -> &[Box<str>] {
        match self {
            Limit::Labels { labels, .. } => labels,
            _ => &[],
        }
    }

    /// The enum type of a field of texts. A cast of one to another type keeps the mark, but not the type.
    pub fn of_field(field: &Field) -> Option<Limit> {
        if !field.data_type().is_string() {
            return None;
        }
        Limit::from_metadata(field.metadata().get(ENUM)?)
    }

    /// The enum type of the elements of a field of lists, which the field of the lists is marked with.
    pub fn of_elements(field: &Field) -> Option<Limit> {
        match field.data_type() {
            DataType::List(item) if item.data_type().is_string() => {
                Limit::from_metadata(field.metadata().get(ENUM)?)
            }
            _ => None,
        }
    }

    /// The place of a label among those of an enum type, from 0.
    pub fn place(&self, text: &str) -> Option<usize> {
        self.labels().iter().position(|label| **label == *text)
    }

    /// The enum type of the metadata of a field or a column.
    pub fn from_metadata(text: &str) -> Option<Limit> {
        let mut words: Vec<String> = serde_json::from_str(text).ok()?;
        if words.is_empty() {
            return None;
        }
        let name = words.remove(0).into();
        Some(Limit::Labels { name, labels: words.into_iter().map(String::into_boxed_str).collect() })
    }

    /// The metadata of an enum type; `None` for another limit.
    pub fn metadata(&self) -> Option<String> {
        match self {
            Limit::Labels { name, labels } => {
                let words: Vec<&str> =
                    std::iter::once(&**name).chain(labels.iter().map(|label| &**label)).collect();
                serde_json::to_string(&words).ok()
            }
            _ => None,
        }
    }

    /// The field with the mark of an enum type.
    pub fn marked(&self, field: Field) -> Field {
        let Some(text) = self.metadata() else { return field };
        let mut metadata = field.metadata().clone();
        metadata.insert(ENUM.to_string(), text);
        field.with_metadata(metadata)
    }

    /// The error of a text that is no label of the enum type.
    pub fn no_label(&self, text: &str) -> Error {
        let labels = self.labels();
        let message = format!("'{}' is no value of {self}", crate::abridged(text));
        let known = crate::objects::quoted(labels.get(..MOST_LABELS).unwrap_or(labels));
        let more = if labels.len() > MOST_LABELS { ", ..." } else { "" };
        Error::new(Code::ValueOutOfRange, message)
            .suggest(text, labels.iter().map(|label| &**label))
            .or_help(format!("its values are {known}{more}"))
    }

    /// The first non-NULL value of an array that exceeds the limit. The array has the type that the limit
    /// belongs to.
    pub fn first_beyond(&self, array: &dyn Array) -> Option<usize> {
        self.beyond(array).find(|(_, beyond)| *beyond).map(|(at, _)| at)
    }

    /// Whether each value is non-NULL and exceeds the limit.
    pub fn beyond<'a>(&'a self, array: &'a dyn Array) -> Box<dyn Iterator<Item = (usize, bool)> + 'a> {
        if let Limit::Elements(limit, _) = self {
            let row = move |at: usize| {
                let elements = elements(array, at);
                elements.is_some_and(|elements| limit.first_beyond(elements.as_ref()).is_some())
            };
            return Box::new((0..array.len()).map(move |at| (at, row(at))));
        }
        match array.data_type() {
            DataType::Int64 => {
                let integers = array.as_primitive::<Int64Type>().iter();
                Box::new(integers.map(|x| x.is_some_and(|x| !self.allows_integer(x.into()))).enumerate())
            }
            DataType::Decimal128(_, 0) => {
                let integers = array.as_primitive::<Decimal128Type>().iter();
                Box::new(integers.map(|x| x.is_some_and(|x| !self.allows_integer(x))).enumerate())
            }
            DataType::Utf8View => {
                let texts = array.as_string_view().iter();
                Box::new(texts.map(|text| text.is_some_and(|text| !self.allows_text(text))).enumerate())
            }
            DataType::Utf8 => {
                let texts = array.as_string::<i32>().iter();
                Box::new(texts.map(|text| text.is_some_and(|text| !self.allows_text(text))).enumerate())
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Integers { word, .. } => f.write_str(word),
            Limit::Characters { word, most } => write!(f, "{word}({most})"),
            Limit::Labels { name, .. } => f.write_str(name),
            Limit::Json => f.write_str("Json"),
            Limit::Elements(limit, None) => write!(f, "{limit}[]"),
            Limit::Elements(limit, Some(length)) => write!(f, "{limit}[{length}]"),
        }
    }
}

/// The elements of the list of a row; `None` for NULL and for arrays of other types.
fn elements(array: &dyn Array, row: usize) -> Option<ArrayRef> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::List(_) => Some(array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => Some(array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list().value(row)),
        _ => None,
    }
}

/// A declared type: the stored type and its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredType {
    /// The type of its values.
    pub column_type: ColumnType,
    /// What a value may not exceed, beyond its type.
    pub limit: Option<Limit>,
}

impl From<ColumnType> for DeclaredType {
    fn from(column_type: ColumnType) -> DeclaredType {
        DeclaredType { column_type, limit: None }
    }
}

impl fmt::Display for DeclaredType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.limit {
            Some(limit) => limit.fmt(f),
            None => self.column_type.fmt(f),
        }
    }
}

/// The largest number of 38 digits, which the widest decimal holds.
const MOST_DIGITS: i128 = 10i128.pow(38) - 1;

/// Integer types that are narrower than Int or unsigned, with their minimum and maximum.
const INTEGERS: &[(&str, &str, i128, i128)] = &[
    ("SmallInt", "SmallInt", i16::MIN as i128, i16::MAX as i128),
    ("Int2", "SmallInt", i16::MIN as i128, i16::MAX as i128),
    ("Int16", "SmallInt", i16::MIN as i128, i16::MAX as i128),
    ("Short", "SmallInt", i16::MIN as i128, i16::MAX as i128),
    ("TinyInt", "TinyInt", i8::MIN as i128, i8::MAX as i128),
    ("Int1", "TinyInt", i8::MIN as i128, i8::MAX as i128),
    ("Int4", "Int4", i32::MIN as i128, i32::MAX as i128),
    ("Int32", "Int4", i32::MIN as i128, i32::MAX as i128),
    ("UTinyInt", "UTinyInt", 0, u8::MAX as i128),
    ("UInt8", "UTinyInt", 0, u8::MAX as i128),
    ("USmallInt", "USmallInt", 0, u16::MAX as i128),
    ("UInt16", "USmallInt", 0, u16::MAX as i128),
    ("UInteger", "UInteger", 0, u32::MAX as i128),
    ("UInt32", "UInteger", 0, u32::MAX as i128),
    ("UBigInt", "UBigInt", 0, u64::MAX as i128),
    ("HugeInt", "HugeInt", -MOST_DIGITS, MOST_DIGITS),
    ("Int128", "HugeInt", -MOST_DIGITS, MOST_DIGITS),
    ("UHugeInt", "UHugeInt", 0, MOST_DIGITS),
    ("UInt128", "UHugeInt", 0, MOST_DIGITS),
    ("UInt64", "UBigInt", 0, u64::MAX as i128),
];

/// The names of the integer types with a limit.
pub(super) fn integer_words() -> impl Iterator<Item = &'static str> {
    INTEGERS.iter().map(|(word, ..)| *word)
}

/// The integer type of a name with a limit. Types with values beyond i64 are stored as decimals.
pub(super) fn integer_type(word: &str) -> Option<DeclaredType> {
    let (_, shown, low, high) = INTEGERS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(word))?;
    let limit = Limit::Integers { word: shown, low: *low, high: *high };
    Some(DeclaredType { column_type: integer_storage(*high), limit: Some(limit) })
}

/// The stored type of integers up to a maximum.
fn integer_storage(high: i128) -> ColumnType {
    if i64::try_from(high).is_ok() {
        ColumnType::Int
    } else if u64::try_from(high).is_ok() {
        ColumnType::Other(DataType::Decimal128(20, 0))
    } else {
        ColumnType::Other(DataType::Decimal128(38, 0))
    }
}

/// A text type with a maximum length.
pub(super) fn text_type(word: &'static str, most: usize) -> DeclaredType {
    let word = match word {
        "Char" | "Character" => "Char",
        _ => "Varchar",
    };
    DeclaredType { column_type: ColumnType::String, limit: Some(Limit::Characters { word, most }) }
}
