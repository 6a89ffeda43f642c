//! `from_json(j, structure)`, `json_structure(j)`: JSON as structs and lists, and the types that it has.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;
use linal_dataset::{Error, Result, abridged, cast_value, resolve_type_text};
use linal_error::Code;
use linal_store::json;
use linal_store::temporal::Zone;

use super::super::definition::{Call, Definition, Values};
use super::{check_text, json_field, texts, valid};
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
    let from = Field::new("", DataType::Utf8View, true);
    let texts: ArrayRef = Arc::new(texts);
    let is_text = values.result.data_type().is_string();
    if is_text {
        return Ok(cast(&texts, values.result.data_type())?);
    }
    cast_value(&texts, &from, values.result, &Zone::utc(), or_null).map_err(external)
}

fn structures(values: &Values<'_>) -> DfResult<ArrayRef> {
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
