//! JSON from values: `to_json(x)`, `json_object('a', x)`, `json_array(x, y)`, `CAST(x AS JSON)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StringViewArray};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;
use linal_store::json;
use linal_store::text::{JSON, SCREEN, Value};

use super::super::definition::{Call, Definition, Values};
use super::super::rows::lists;
use super::{is_json, json_field, malformed, texts};
use crate::udf::error::{external, wrong_arguments};

/// The function of `CAST(x AS JSON)`.
pub(crate) const AS_JSON: &str = "__cast_json";
/// The function of `TRY_CAST(x AS JSON)`.
pub(crate) const TRY_AS_JSON: &str = "__try_cast_json";

const MANY: usize = 1_000_000;

pub(super) const FUNCTIONS: [Definition; 6] = [
    Definition {
        names: &["to_json", "json_quote", "array_to_json", "row_to_json"],
        arguments: (1, 1),
        field: |_| Ok(json_field()),
        compute: |values| {
            written(values, |row| (!values.arrays[0].is_null(row)).then(|| value(values, 0, row)))
        },
    },
    Definition {
        names: &["json_array"],
        arguments: (0, MANY),
        field: |_| Ok(json_field().with_nullable(false)),
        compute: |values| {
            written(values, |row| {
                let items: Vec<String> = (0..values.arrays.len()).map(|at| value(values, at, row)).collect();
                Some(format!("[{}]", items.join(",")))
            })
        },
    },
    Definition { names: &["json_object"], arguments: (0, MANY), field: field_of_object, compute: object },
    Definition {
        names: &["__json_entries"],
        arguments: (2, 2),
        field: |_| Ok(json_field()),
        compute: object_of_lists,
    },
    Definition {
        names: &[AS_JSON],
        arguments: (1, 1),
        field: |_| Ok(json_field()),
        compute: |v| as_json(v, false),
    },
    Definition {
        names: &[TRY_AS_JSON],
        arguments: (1, 1),
        field: |_| Ok(json_field()),
        compute: |v| as_json(v, true),
    },
];

fn written(values: &Values<'_>, row: impl Fn(usize) -> Option<String>) -> DfResult<ArrayRef> {
    let rows = values.arrays.first().map_or(values.rows.max(1), |array| array.len());
    Ok(Arc::new((0..rows).map(row).collect::<StringViewArray>()))
}

/// The JSON of an argument in a row.
fn value(values: &Values<'_>, at: usize, row: usize) -> String {
    let cell = Value::at(&values.fields[at], values.arrays[at].as_ref(), row);
    match cell {
        Value::Text(text) if is_json(&values.fields[at]) => json::minified(text).into_owned(),
        cell => {
            let mut text = String::new();
            JSON.push(&mut text, &cell);
            text
        }
    }
}

fn field_of_object(call: &Call<'_>) -> linal_dataset::Result<Field> {
    if call.fields.len().is_multiple_of(2) {
        Ok(json_field().with_nullable(false))
    } else {
        Err(wrong_arguments("json_object takes keys and values in turn"))
    }
}

/// A name of an object.
fn name(array: &ArrayRef, field: &Field, row: usize) -> String {
    let mut text = String::new();
    SCREEN.push_top_level(&mut text, &Value::at(field, array.as_ref(), row));
    let mut quoted = String::new();
    linal_store::text::json_string(&mut quoted, &text);
    quoted
}

fn object(values: &Values<'_>) -> DfResult<ArrayRef> {
    written(values, |row| {
        let entries = (0..values.arrays.len()).step_by(2).map(|at| {
            let name = name(&values.arrays[at], &values.fields[at], row);
            format!("{name}:{}", value(values, at + 1, row))
        });
        Some(format!("{{{}}}", entries.collect::<Vec<_>>().join(",")))
    })
}

/// An object of a list of keys and a list of values, for `json_group_object`.
fn object_of_lists(values: &Values<'_>) -> DfResult<ArrayRef> {
    let keys = lists(&values.arrays[0])?;
    let items = lists(&values.arrays[1])?;
    let item = |array: &ListArray| match array.data_type() {
        DataType::List(item) => item.clone(),
        other => Arc::new(Field::new_list_field(other.clone(), true)),
    };
    let (key_field, item_field) = (item(&keys), item(&items));
    written(values, |row| {
        if keys.is_null(row) || items.is_null(row) {
            return None;
        }
        let (keys, items) = (keys.value(row), items.value(row));
        let entries = (0..keys.len().min(items.len())).filter(|&at| keys.is_valid(at)).map(|at| {
            let mut text = String::new();
            JSON.push(&mut text, &Value::at(&item_field, items.as_ref(), at));
            format!("{}:{text}", name(&keys, &key_field, at))
        });
        Some(format!("{{{}}}", entries.collect::<Vec<_>>().join(",")))
    })
}

/// A text is checked, and any other value becomes JSON.
fn as_json(values: &Values<'_>, or_null: bool) -> DfResult<ArrayRef> {
    if !values.fields[0].data_type().is_string() {
        return written(values, |row| (!values.arrays[0].is_null(row)).then(|| value(values, 0, row)));
    }
    let texts = texts(&values.arrays[0])?;
    let mut checked: Vec<Option<&str>> = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        match text {
            Some(text) if !json::is_valid(text) && !or_null => return Err(external(malformed(text))),
            text => checked.push(text.filter(|text| json::is_valid(text))),
        }
    }
    Ok(Arc::new(StringViewArray::from_iter(checked)))
}
