//! What a JSON is: its kind, keys and length, whether it is valid, whether it contains another.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, ListArray, StringViewArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result as DfResult;
use linal_dataset::Result;
use linal_store::json;

use super::super::definition::{Call, Definition, Values, of_type};
use super::extract::Paths;
use super::{check_levels, check_text, json_field, texts, valid};

pub(super) const FUNCTIONS: [Definition; 7] = [
    Definition {
        names: &["json_array_length"],
        arguments: (1, 2),
        field: |call| typed(call, DataType::Int64),
        compute: length,
    },
    Definition {
        names: &["json_type"],
        arguments: (1, 2),
        field: |call| typed(call, DataType::Utf8View),
        compute: kind,
    },
    Definition { names: &["json_keys"], arguments: (1, 2), field: field_of_keys, compute: keys },
    Definition {
        names: &["json_valid"],
        arguments: (1, 1),
        field: |call| typed(call, DataType::Boolean),
        compute: is_valid,
    },
    Definition {
        names: &["json_contains"],
        arguments: (2, 2),
        field: |call| check_text(call, 1).and_then(|()| typed(call, DataType::Boolean)),
        compute: contains,
    },
    Definition {
        names: &["json"],
        arguments: (1, 1),
        field: |call| check_text(call, 0).map(|()| json_field()),
        compute: |values| mapped(values, |text| json::minified(text).into_owned()),
    },
    Definition {
        names: &["json_pretty"],
        arguments: (1, 1),
        field: |call| typed(call, DataType::Utf8View),
        compute: |values| {
            check_levels(&values.arrays[0])?;
            mapped(values, |text| pretty(text, 0))
        },
    },
];

fn typed(call: &Call<'_>, data_type: DataType) -> Result<Field> {
    check_text(call, 0).map(|()| of_type(data_type))
}

/// The part of each row that the optional path leads to.
fn parts<T>(values: &Values<'_>, mut with: impl FnMut(&str) -> Option<T>) -> DfResult<Vec<Option<T>>> {
    let texts = texts(&values.arrays[0])?;
    let paths = values.arrays.get(1).map(|array| Paths::of(array, values.is_constant(1))).transpose()?;
    (0..texts.len())
        .map(|row| {
            let Some(text) = valid(&texts, row)? else { return Ok(None) };
            Ok(match &paths {
                None => with(text.trim_ascii()),
                Some(paths) => {
                    paths.at(row).and_then(|path| path.find(text).first().copied().and_then(&mut with))
                }
            })
        })
        .collect()
}

fn length(values: &Values<'_>) -> DfResult<ArrayRef> {
    let count = |text: &str| json::elements(text).map_or(0, |elements| elements.len());
    let lengths = parts(values, |text| i64::try_from(count(text)).ok())?;
    Ok(Arc::new(Int64Array::from(lengths)))
}

fn kind(values: &Values<'_>) -> DfResult<ArrayRef> {
    Ok(Arc::new(StringViewArray::from_iter(parts(values, |text| Some(json::kind(text)))?)))
}

fn field_of_keys(call: &Call<'_>) -> Result<Field> {
    typed(call, super::super::rows::list_type(DataType::Utf8View))
}

fn keys(values: &Values<'_>) -> DfResult<ArrayRef> {
    let names = |text: &str| {
        let entries = json::entries(text).unwrap_or_default();
        let names =
            entries.into_iter().map(|(name, _)| json::string_of(name).unwrap_or_default().into_owned());
        Some(names.collect::<Vec<String>>())
    };
    let rows = parts(values, names)?;
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| row.as_ref().map_or(0, Vec::len)));
    let names: StringViewArray = rows.into_iter().flatten().flatten().map(Some).collect();
    let item = Arc::new(Field::new_list_field(DataType::Utf8View, true));
    Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(names), Some(nulls))?))
}

fn is_valid(values: &Values<'_>) -> DfResult<ArrayRef> {
    let texts = texts(&values.arrays[0])?;
    Ok(Arc::new(texts.iter().map(|text| text.map(json::is_valid)).collect::<BooleanArray>()))
}

fn mapped(values: &Values<'_>, with: impl Fn(&str) -> String) -> DfResult<ArrayRef> {
    Ok(Arc::new(StringViewArray::from_iter(parts(values, |text| Some(with(text)))?)))
}

fn contains(values: &Values<'_>) -> DfResult<ArrayRef> {
    check_levels(&values.arrays[0])?;
    check_levels(&values.arrays[1])?;
    let (whole, part) = (texts(&values.arrays[0])?, texts(&values.arrays[1])?);
    let row =
        |row: usize| Ok(valid(&whole, row)?.zip(valid(&part, row)?).map(|(whole, part)| has(whole, part)));
    Ok(Arc::new((0..whole.len()).map(row).collect::<DfResult<BooleanArray>>()?))
}

/// Whether a value is the other, or has it in it: an object has an object whose entries it has.
fn has(whole: &str, part: &str) -> bool {
    if is_same(whole, part) {
        return true;
    }
    if let Some(elements) = json::elements(whole) {
        return match json::elements(part) {
            Some(wanted) => wanted.iter().all(|wanted| elements.iter().any(|element| has(element, wanted))),
            None => elements.iter().any(|element| has(element, part)),
        };
    }
    match (json::entries(whole), json::entries(part)) {
        (Some(entries), Some(wanted)) => wanted.iter().all(|(name, value)| {
            entries.iter().any(|(own, own_value)| {
                json::string_of(own) == json::string_of(name) && has(own_value, value)
            })
        }),
        (Some(entries), None) => entries.iter().any(|(_, value)| has(value, part)),
        _ => false,
    }
}

/// Whether two values are equal, in any order of keys.
fn is_same(one: &str, other: &str) -> bool {
    match (json::elements(one), json::elements(other)) {
        (Some(one), Some(other)) => {
            return one.len() == other.len()
                && one.iter().zip(&other).all(|(one, other)| is_same(one, other));
        }
        (None, None) => {}
        _ => return false,
    }
    match (json::entries(one), json::entries(other)) {
        (Some(one), Some(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| {
                    let is_same_name = |own: &str| json::string_of(own) == json::string_of(name);
                    other.iter().any(|(own, other)| is_same_name(own) && is_same(value, other))
                })
        }
        (None, None) => {
            json::kind(one) == json::kind(other)
                && match (one.trim_ascii().parse::<f64>(), other.trim_ascii().parse::<f64>()) {
                    (Ok(one), Ok(other)) => one == other,
                    _ => json::string_of(one) == json::string_of(other),
                }
        }
        _ => false,
    }
}

/// JSON with a line for each part.
fn pretty(text: &str, depth: usize) -> String {
    let indent = |depth: usize| "    ".repeat(depth);
    let block = |open: char, close: char, items: Vec<String>| {
        if items.is_empty() {
            return format!("{open}{close}");
        }
        let items: Vec<String> = items.iter().map(|item| format!("{}{item}", indent(depth + 1))).collect();
        format!("{open}\n{}\n{}{close}", items.join(",\n"), indent(depth))
    };
    if let Some(elements) = json::elements(text) {
        return block('[', ']', elements.iter().map(|element| pretty(element, depth + 1)).collect());
    }
    match json::entries(text) {
        Some(entries) => {
            let items = entries.iter().map(|(name, value)| format!("{name}: {}", pretty(value, depth + 1)));
            block('{', '}', items.collect())
        }
        None => json::minified(text).into_owned(),
    }
}
