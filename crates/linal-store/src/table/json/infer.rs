//! Infers the types of JSON values.
//!
//! Numbers are classified by their text, since an `f64` parser loses digits.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use linal_tensor::{DType, Shape};

use crate::column::TensorType;
use crate::numeric::{NumberType, Numbers};
use crate::table::datetime;

/// Greatest nesting of lists and objects within a row.
const MAX_DEPTH: usize = 100;

/// Greatest number of fields of a nested object; more are data in place of names.
const MAX_FIELDS: usize = 1024;

/// The type of a value, or of all values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::table) enum JsonType {
    Null,
    Bool,
    Number(Numbers),
    /// `"NaN"` and the infinities, which JSON writes as strings: a number among numbers, otherwise text.
    Special,
    Date,
    Timestamp,
    Text,
    List(Box<List>),
    Struct(Vec<(String, JsonType)>),
}

/// The lists of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List {
    item: JsonType,
    /// The common length, if there is one.
    len: Option<usize>,
    /// Whether an element is NULL.
    holes: bool,
}

impl JsonType {
    /// The type that holds both; an error describes the two when there is none.
    pub(super) fn merge(self, other: JsonType) -> Result<JsonType, String> {
        Ok(match (self, other) {
            (JsonType::Null, kind) | (kind, JsonType::Null) => kind,
            (JsonType::Number(a), JsonType::Number(b)) => JsonType::Number(a.merge(b)),
            (JsonType::Number(a), JsonType::Special) | (JsonType::Special, JsonType::Number(a)) => {
                JsonType::Number(a.merge(Numbers::SPECIAL))
            }
            (JsonType::Date, JsonType::Timestamp) | (JsonType::Timestamp, JsonType::Date) => {
                JsonType::Timestamp
            }
            (JsonType::List(a), JsonType::List(b)) => JsonType::List(Box::new(List {
                item: a.item.merge(b.item)?,
                len: if a.len == b.len { a.len } else { None },
                holes: a.holes || b.holes,
            })),
            (JsonType::Struct(a), JsonType::Struct(b)) => JsonType::Struct(merge_fields(a, b)?),
            (a, b) if a == b => a,
            (a, b) if a.is_scalar() && b.is_scalar() => JsonType::Text,
            (a, b) => return Err(format!("{} where others are {}", b.word(), a.word())),
        })
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, JsonType::List(_) | JsonType::Struct(_))
    }

    fn word(&self) -> &'static str {
        match self {
            JsonType::List(_) => "a list",
            JsonType::Struct(_) => "an object",
            JsonType::Null => "null",
            _ => "a plain value",
        }
    }

    /// The Arrow type to decode as.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            JsonType::Null | JsonType::Special | JsonType::Text => DataType::Utf8View,
            JsonType::Bool => DataType::Boolean,
            JsonType::Number(numbers) => number_type(*numbers),
            JsonType::Date => DataType::Date32,
            JsonType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            JsonType::List(list) => match (self.dims(), list.len.and_then(|len| i32::try_from(len).ok())) {
                (Some(_), Some(len)) => DataType::FixedSizeList(list.field(self.dims()), len),
                _ => DataType::List(list.field(None)),
            },
            JsonType::Struct(fields) => {
                let field = |(name, kind): &(String, JsonType)| Field::new(name, kind.data_type(), true);
                DataType::Struct(fields.iter().map(field).collect())
            }
        }
    }

    /// The tensor type when all values are lists of numbers of one shape, without NULL.
    pub(super) fn tensor(&self) -> Option<TensorType> {
        let dims = self.dims()?;
        let len = dims.iter().try_fold(1usize, |len, &dim| len.checked_mul(dim))?;
        i32::try_from(len).ok()?;
        Some(TensorType { shape: Shape::new(&dims), dtype: DType::F64 })
    }

    fn dims(&self) -> Option<Vec<usize>> {
        let JsonType::List(list) = self else { return None };
        let len = list.len.filter(|&len| len > 0 && !list.holes)?;
        match &list.item {
            JsonType::Number(numbers) if numbers.fit_f64() => Some(vec![len]),
            inner @ JsonType::List(_) => {
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
            (JsonType::Number(_), Some(_)) => DataType::Float64,
            (item, _) => item.data_type(),
        };
        Arc::new(Field::new_list_field(kind, true))
    }
}

fn number_type(numbers: Numbers) -> DataType {
    match numbers.number_type() {
        NumberType::Int => DataType::Int64,
        NumberType::Float => DataType::Float64,
        NumberType::Decimal(scale) => DataType::Decimal128(38, i8::try_from(scale).unwrap_or(0)),
        NumberType::Text => DataType::Utf8View,
    }
}

fn merge_fields(
    mut all: Vec<(String, JsonType)>,
    more: Vec<(String, JsonType)>,
) -> Result<Vec<(String, JsonType)>, String> {
    for (name, kind) in more {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                let before = std::mem::replace(known, JsonType::Null);
                *known = before.merge(kind)?;
            }
            None => all.push((name, kind)),
        }
    }
    Ok(all)
}

/// The types of the values of a row by name; the syntax of the object was checked before.
pub(super) fn row(object: &[u8]) -> Result<Vec<(String, JsonType)>, String> {
    let mut scanner = Scanner { bytes: object, at: 0, depth: 0 };
    let mut values = Vec::new();
    scanner.object(|name, kind| {
        values.push((name, kind));
        Ok(())
    })?;
    Ok(values)
}

/// Scans values and keeps only their types.
struct Scanner<'b> {
    bytes: &'b [u8],
    at: usize,
    depth: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Result<JsonType, String> {
        let start = self.skip_blanks();
        match self.bytes.get(start) {
            Some(b'{') => {
                let mut fields = Vec::new();
                self.object(|name, kind| {
                    if fields.len() == MAX_FIELDS {
                        return Err(format!("an object within a row has more than {MAX_FIELDS} fields"));
                    }
                    fields = merge_fields(std::mem::take(&mut fields), vec![(name, kind)])?;
                    Ok(())
                })?;
                Ok(JsonType::Struct(fields))
            }
            Some(b'[') => self.list(),
            Some(b'"') => Ok(text_kind(&self.string()?)),
            _ => Ok(literal_kind(self.token())),
        }
    }

    fn object(
        &mut self,
        mut entry: impl FnMut(String, JsonType) -> Result<(), String>,
    ) -> Result<(), String> {
        self.open()?;
        while !self.closes(b'}') {
            let name = self.string()?.into_owned();
            self.skip_past(b':');
            let kind = self.value()?;
            entry(name, kind)?;
        }
        Ok(())
    }

    fn list(&mut self) -> Result<JsonType, String> {
        let mut list = List { item: JsonType::Null, len: Some(0), holes: false };
        let mut len = 0;
        self.open()?;
        while !self.closes(b']') {
            let kind = self.value()?;
            len += 1;
            list.holes |= kind == JsonType::Null;
            list.item = list.item.merge(kind).map_err(|what| format!("a list holds {what}"))?;
        }
        list.len = Some(len);
        Ok(JsonType::List(Box::new(list)))
    }

    /// Skips an opening bracket.
    fn open(&mut self) -> Result<(), String> {
        self.skip_blanks();
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("values are nested deeper than {MAX_DEPTH} levels"));
        }
        Ok(())
    }

    /// Skips a comma, and the closing bracket if it is next. The end of the text closes all brackets.
    fn closes(&mut self, bracket: u8) -> bool {
        self.skip_blanks();
        if self.bytes.get(self.at) == Some(&b',') {
            self.at += 1;
            self.skip_blanks();
        }
        let closes = self.bytes.get(self.at).is_none_or(|byte| *byte == bracket);
        if closes {
            self.at += 1;
            self.depth -= 1;
        }
        closes
    }

    fn skip_blanks(&mut self) -> usize {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.at
    }

    fn skip_past(&mut self, byte: u8) {
        self.skip_blanks();
        if self.bytes.get(self.at) == Some(&byte) {
            self.at += 1;
        }
    }

    /// A number, or one of the literal names.
    fn token(&mut self) -> &[u8] {
        let start = self.at;
        let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
        let rest = self.bytes.get(start..).unwrap_or_default();
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// The text of a string, unescaped.
    fn string(&mut self) -> Result<Cow<'_, str>, String> {
        let start = self.skip_blanks();
        let mut end = start + 1;
        let mut escaped = false;
        while let Some(&byte) = self.bytes.get(end) {
            match byte {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    end += 2;
                }
                _ => end += 1,
            }
        }
        let end = (end + 1).min(self.bytes.len());
        self.at = end;
        let quoted = self.bytes.get(start..end).unwrap_or_default();
        let plain = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        if !escaped && let Ok(text) = std::str::from_utf8(plain) {
            return Ok(Cow::Borrowed(text));
        }
        serde_json::from_slice(quoted).map(Cow::Owned).map_err(|error| error.to_string())
    }
}

fn text_kind(text: &str) -> JsonType {
    match text.as_bytes() {
        b"NaN" | b"inf" | b"-inf" => JsonType::Special,
        bytes if datetime::date(bytes).is_some() => JsonType::Date,
        // Arrow's parser takes a time without seconds for text.
        bytes if bytes.len() >= 19 && datetime::timestamp(bytes).is_some() => JsonType::Timestamp,
        _ => JsonType::Text,
    }
}

fn literal_kind(token: &[u8]) -> JsonType {
    match token {
        b"null" => JsonType::Null,
        b"true" | b"false" => JsonType::Bool,
        number => Numbers::parse(number).map_or(JsonType::Text, JsonType::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(object: &str, expected: &[(&str, DataType)]) {
        let kinds = row(object.as_bytes()).unwrap();
        let types: Vec<(&str, DataType)> =
            kinds.iter().map(|(name, kind)| (name.as_str(), kind.data_type())).collect();
        assert_eq!(types, expected);
    }

    #[test]
    fn kinds_of_a_row() {
        check("{}", &[]);
        check(
            r#" { "a" : 1 , "b\u0041\"":"x\\" , "c":{ "d" : [ ] , "e" : null } , "f" : 1.5e3} "#,
            &[
                ("a", DataType::Int64),
                ("bA\"", DataType::Utf8View),
                (
                    "c",
                    DataType::Struct(
                        vec![
                            Field::new("d", DataType::new_list(DataType::Utf8View, true), true),
                            Field::new("e", DataType::Utf8View, true),
                        ]
                        .into(),
                    ),
                ),
                ("f", DataType::Float64),
            ],
        );
        check(r#"{"a":18446744073709551615}"#, &[("a", DataType::Decimal128(38, 0))]);
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert_eq!(row(deep.as_bytes()).unwrap_err(), "values are nested deeper than 100 levels");
    }
}
