//! What a value of a JSON file is, and what values together are.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use linal_tensor::{DType, Shape};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::moment;
use crate::column::TensorType;

/// Fields of an object within an object at most; more are data under the wrong name.
const MOST_FIELDS: usize = 1024;

/// Whole numbers up to this size are exact as floating-point numbers.
const EXACT: u64 = 1 << 53;

/// The kind of a value, or of all values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool,
    /// Whole numbers; whether there is one that a float would round.
    Int(bool),
    Float,
    /// `"NaN"` and the infinities, which JSON writes as strings: a number among numbers, else text.
    Special,
    Date,
    Timestamp,
    Text,
    List(Box<List>),
    Struct(Vec<(String, Kind)>),
}

/// The lists of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List {
    item: Kind,
    /// The length of all of them, if it is one.
    len: Option<usize>,
    /// Whether an element is NULL.
    holes: bool,
}

impl Kind {
    /// What both are; an error says what they are when nothing holds both.
    pub(super) fn merge(self, other: Kind) -> Result<Kind, String> {
        Ok(match (self, other) {
            (Kind::Null, kind) | (kind, Kind::Null) => kind,
            (Kind::Int(a), Kind::Int(b)) => Kind::Int(a || b),
            (Kind::Int(_) | Kind::Float | Kind::Special, Kind::Float)
            | (Kind::Float, Kind::Int(_) | Kind::Special)
            | (Kind::Int(_), Kind::Special)
            | (Kind::Special, Kind::Int(_)) => Kind::Float,
            (Kind::Date, Kind::Timestamp) | (Kind::Timestamp, Kind::Date) => Kind::Timestamp,
            (Kind::List(a), Kind::List(b)) => Kind::List(Box::new(List {
                item: a.item.merge(b.item)?,
                len: if a.len == b.len { a.len } else { None },
                holes: a.holes || b.holes,
            })),
            (Kind::Struct(a), Kind::Struct(b)) => Kind::Struct(merge_fields(a, b)?),
            (a, b) if a == b => a,
            (a, b) if a.is_scalar() && b.is_scalar() => Kind::Text,
            (a, b) => return Err(format!("{} where others are {}", b.word(), a.word())),
        })
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, Kind::List(_) | Kind::Struct(_))
    }

    fn word(&self) -> &'static str {
        match self {
            Kind::List(_) => "a list",
            Kind::Struct(_) => "an object",
            Kind::Null => "null",
            _ => "a plain value",
        }
    }

    /// The type that the values are read as.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Kind::Null | Kind::Special | Kind::Text => DataType::Utf8View,
            Kind::Bool => DataType::Boolean,
            Kind::Int(_) => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::List(list) => match (self.dims(), list.len.and_then(|len| i32::try_from(len).ok())) {
                (Some(_), Some(len)) => DataType::FixedSizeList(list.field(self.dims()), len),
                _ => DataType::List(list.field(None)),
            },
            Kind::Struct(fields) => {
                let field = |(name, kind): &(String, Kind)| Field::new(name, kind.data_type(), true);
                DataType::Struct(fields.iter().map(field).collect())
            }
        }
    }

    /// The type of the tensors that all values are: lists of numbers, each of the same shape and without a gap.
    pub(super) fn tensor(&self) -> Option<TensorType> {
        let dims = self.dims()?;
        let len = dims.iter().try_fold(1usize, |len, &dim| len.checked_mul(dim))?;
        i32::try_from(len).ok()?;
        Some(TensorType { shape: Shape::new(&dims), dtype: DType::F64 })
    }

    fn dims(&self) -> Option<Vec<usize>> {
        let Kind::List(list) = self else { return None };
        let len = list.len.filter(|&len| len > 0 && !list.holes)?;
        match &list.item {
            Kind::Int(false) | Kind::Float => Some(vec![len]),
            inner @ Kind::List(_) => {
                let mut dims = inner.dims()?;
                dims.insert(0, len);
                Some(dims)
            }
            _ => None,
        }
    }
}

impl List {
    /// The field of the elements: floats when the list is a tensor.
    fn field(&self, tensor: Option<Vec<usize>>) -> Arc<Field> {
        let kind = match (&self.item, tensor) {
            (Kind::Int(_), Some(_)) => DataType::Float64,
            (item, _) => item.data_type(),
        };
        Arc::new(Field::new_list_field(kind, true))
    }
}

fn merge_fields(
    mut all: Vec<(String, Kind)>,
    more: Vec<(String, Kind)>,
) -> Result<Vec<(String, Kind)>, String> {
    for (name, kind) in more {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                let before = std::mem::replace(known, Kind::Null);
                *known = before.merge(kind)?;
            }
            None => all.push((name, kind)),
        }
    }
    Ok(all)
}

/// Looks at a value and keeps only its kind.
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Bool)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Int(value.unsigned_abs() > EXACT))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(if i64::try_from(value).is_ok() { Kind::Int(value > EXACT) } else { Kind::Float })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Float)
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(match text.as_bytes() {
            b"NaN" | b"inf" | b"-inf" => Kind::Special,
            bytes if moment::date(bytes).is_some() => Kind::Date,
            // Without seconds a time is text for the parser below.
            bytes if bytes.len() >= 19 && moment::timestamp(bytes).is_some() => Kind::Timestamp,
            _ => Kind::Text,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut list = List { item: Kind::Null, len: Some(0), holes: false };
        let mut len = 0;
        while let Some(kind) = seq.next_element::<Kind>()? {
            len += 1;
            list.holes |= kind == Kind::Null;
            list.item =
                list.item.merge(kind).map_err(|what| A::Error::custom(format!("a list holds {what}")))?;
        }
        list.len = Some(len);
        Ok(Kind::List(Box::new(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut fields: Vec<(String, Kind)> = Vec::new();
        while let Some((name, kind)) = map.next_entry::<String, Kind>()? {
            if fields.len() == MOST_FIELDS {
                return Err(A::Error::custom(format!(
                    "an object within a row has more than {MOST_FIELDS} fields"
                )));
            }
            fields = merge_fields(fields, vec![(name, kind)]).map_err(A::Error::custom)?;
        }
        Ok(Kind::Struct(fields))
    }
}

/// The kinds of a row's values by name.
pub(super) struct Row(pub(super) Vec<(String, Kind)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Row, D::Error> {
        struct LookAtRow;
        impl<'de> Visitor<'de> for LookAtRow {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object for each row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut values = Vec::new();
                while let Some(entry) = map.next_entry::<String, Kind>()? {
                    values.push(entry);
                }
                Ok(Row(values))
            }
        }
        deserializer.deserialize_map(LookAtRow)
    }
}
