//! `from_json(j, structure)`, `json_structure(j)`: JSON as structs and lists, and the types that it has.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StringViewArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;
use linal_dataset::{Error, Result, abridged, cast_value, resolve_type_text};
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_store::{ColumnType, json};

use super::super::definition::{Call, Definition, Values};
use super::{check_levels, check_levels_of, check_text, json_field, texts, valid};
use crate::udf::error::external;

pub(super) const FUNCTIONS: [Definition; 3] = [
    Definition {
        names: &["from_json", "json_transform"],
        arguments: (2, 2),
        field: field_of_structure,
        compute: |values| transformed(values, true),
    },
    Definition {
        names: &["from_json_strict", "json_transform_strict"],
        arguments: (2, 2),
        field: field_of_structure,
        compute: |values| transformed(values, false),
    },
    Definition {
        names: &["json_structure"],
        arguments: (1, 1),
        field: |call| check_text(call, 0).map(|()| json_field()),
        compute: structures,
    },
];

/// The field of the type that a structure describes: `{"a": "INT", "b": ["VARCHAR"]}`.
fn field_of_structure(call: &Call<'_>) -> Result<Field> {
    check_text(call, 0)?;
    let text = call.text(1)?;
    if !json::is_valid(text) {
        return Err(super::malformed(text));
    }
    check_levels_of(text)?;
    let declared = resolve_type_text(&type_text(text)?)?;
    Ok(declared.column_type.field("", true))
}

/// The text of the type.
fn type_text(structure: &str) -> Result<String> {
    if let Some(entries) = json::entries(structure) {
        let fields = entries.iter().map(|(name, value)| {
            let name = json::string_of(name).unwrap_or_default();
            Ok(format!("`{name}` {}", type_text(value)?))
        });
        return Ok(format!("STRUCT({})", fields.collect::<Result<Vec<_>>>()?.join(", ")));
    }
    match json::elements(structure).as_deref() {
        Some([element]) => Ok(format!("{}[]", type_text(element)?)),
        None if json::kind(structure) == "VARCHAR" => {
            Ok(json::string_of(structure).unwrap_or_default().into_owned())
        }
        _ => {
            let message = format!("'{}' is no structure of JSON", abridged(structure));
            let error = Error::new(Code::WrongArguments, message);
            Err(error.with_help(r#"it is written {"a": "INT", "b": ["VARCHAR"]}"#))
        }
    }
}

fn transformed(values: &Values<'_>, or_null: bool) -> DfResult<ArrayRef> {
    let texts = texts(&values.arrays[0])?;
    for row in 0..texts.len() {
        valid(&texts, row)?;
    }
    let texts: Vec<Option<&str>> = texts.iter().collect();
    of_type(&texts, values.result, or_null)
}

/// Values of JSON as those of a type: entries of an object that the type has no field for are left out, and fields that it
/// has no entry for are NULL. What does not fit is NULL or an error, each value by itself.
fn of_type(texts: &[Option<&str>], field: &Field, or_null: bool) -> DfResult<ArrayRef> {
    let is_there = |text: &Option<&str>| text.is_some_and(|text| json::kind(text) != "NULL");
    let misfit = |text: &str| external(misfit(text, field));
    match field.data_type() {
        DataType::Struct(fields) => {
            let mut columns: Vec<Vec<Option<&str>>> = vec![Vec::with_capacity(texts.len()); fields.len()];
            for text in texts {
                let entries = text.and_then(json::entries);
                if let (Some(text), None, true, false) = (text, &entries, is_there(text), or_null) {
                    return Err(misfit(text));
                }
                let entries = entries.unwrap_or_default();
                for (field, column) in fields.iter().zip(&mut columns) {
                    let is_own =
                        |name: &str| json::string_of(name).is_some_and(|name| *name == **field.name());
                    column.push(entries.iter().find(|(name, _)| is_own(name)).map(|(_, value)| *value));
                }
            }
            let arrays = fields.iter().zip(&columns).map(|(field, texts)| of_type(texts, field, or_null));
            let arrays = arrays.collect::<DfResult<Vec<_>>>()?;
            let valid: NullBuffer = texts.iter().map(is_there).collect();
            let structs = StructArray::try_new_with_length(fields.clone(), arrays, Some(valid), texts.len())?;
            Ok(Arc::new(structs))
        }
        DataType::List(item) => {
            let mut elements: Vec<Option<&str>> = Vec::new();
            let (mut lengths, mut valid) = (Vec::new(), Vec::new());
            for text in texts {
                let own = text.and_then(json::elements);
                if let (Some(text), None, true, false) = (text, &own, is_there(text), or_null) {
                    return Err(misfit(text));
                }
                valid.push(own.is_some());
                lengths.push(own.as_ref().map_or(0, Vec::len));
                elements.extend(own.into_iter().flatten().map(Some));
            }
            let values = of_type(&elements, item, or_null)?;
            let offsets = OffsetBuffer::from_lengths(lengths);
            let lists = ListArray::try_new(item.clone(), offsets, values, Some(NullBuffer::from(valid)))?;
            Ok(Arc::new(lists))
        }
        kind if kind.is_nested() => {
            let texts: ArrayRef = Arc::new(texts.iter().collect::<StringViewArray>());
            cast_value(&texts, &text_field(), field, &Zone::utc(), or_null).map_err(external)
        }
        kind => {
            let texts = texts.iter().map(|text| text.and_then(json::string_of));
            let texts: ArrayRef = Arc::new(texts.collect::<StringViewArray>());
            if kind.is_string() {
                return Ok(cast(&texts, kind)?);
            }
            cast_value(&texts, &text_field(), field, &Zone::utc(), or_null).map_err(external)
        }
    }
}

fn text_field() -> Field {
    Field::new("", DataType::Utf8View, true)
}

fn misfit(text: &str, field: &Field) -> Error {
    let message = format!("'{}' is no {}", abridged(text), ColumnType::of(field));
    Error::new(Code::BadCast, message)
}

fn structures(values: &Values<'_>) -> DfResult<ArrayRef> {
    check_levels(&values.arrays[0])?;
    let texts = texts(&values.arrays[0])?;
    let row = |row: usize| Ok(valid(&texts, row)?.map(structure));
    Ok(Arc::new((0..texts.len()).map(row).collect::<DfResult<StringViewArray>>()?))
}

/// The structure of a value.
fn structure(text: &str) -> String {
    if let Some(elements) = json::elements(text) {
        let merged =
            elements.iter().map(|element| structure(element)).reduce(|one, other| merged(&one, &other));
        return format!("[{}]", merged.unwrap_or_else(|| "\"NULL\"".to_string()));
    }
    match json::entries(text) {
        Some(entries) => {
            let fields = entries.iter().map(|(name, value)| format!("{name}:{}", structure(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        None => format!("\"{}\"", json::kind(text)),
    }
}

/// The structure of values of two structures.
fn merged(one: &str, other: &str) -> String {
    const NUMBERS: [&str; 3] = ["\"UBIGINT\"", "\"BIGINT\"", "\"DOUBLE\""];
    if one == other || other == "\"NULL\"" {
        return one.to_string();
    }
    if one == "\"NULL\"" {
        return other.to_string();
    }
    let rank = |text: &str| NUMBERS.iter().position(|number| *number == text);
    if let (Some(one), Some(other)) = (rank(one), rank(other)) {
        return NUMBERS[one.max(other)].to_string();
    }
    match (json::entries(one), json::entries(other)) {
        (Some(mut fields), Some(others)) => {
            let mut texts: Vec<(String, String)> =
                fields.drain(..).map(|(name, value)| (name.to_string(), value.to_string())).collect();
            for (name, value) in others {
                match texts.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = merged(known, value),
                    None => texts.push((name.to_string(), value.to_string())),
                }
            }
            let fields: Vec<String> = texts.iter().map(|(name, value)| format!("{name}:{value}")).collect();
            format!("{{{}}}", fields.join(","))
        }
        _ => "\"JSON\"".to_string(),
    }
}
