//! The parts of JSON as a list of rows, for `json_each(j)` and `json_tree(j)` in a FROM.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, ListArray, StringViewArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result as DfResult;
use linal_dataset::Result;
use linal_store::json;

use super::super::definition::{Call, Definition, Values, of_type};
use super::extract::Paths;
use super::{check_levels, check_text, json_field, texts, valid};

/// The elements or entries of a value.
pub(crate) const JSON_EACH: &str = "__json_each";
/// A value and all that is in it.
pub(crate) const JSON_TREE: &str = "__json_tree";

pub(super) const FUNCTIONS: [Definition; 2] = [
    Definition { names: &[JSON_EACH], arguments: (1, 2), field, compute: |values| rows(values, false) },
    Definition { names: &[JSON_TREE], arguments: (1, 2), field, compute: |values| rows(values, true) },
];

/// The columns of a row.
pub(crate) const PARTS: [&str; 8] = ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"];

fn fields() -> Fields {
    let field = |name: &&str| match *name {
        "value" | "atom" => json_field().with_name(*name),
        "id" | "parent" => Field::new(*name, DataType::Int64, true),
        _ => Field::new(*name, DataType::Utf8View, true),
    };
    PARTS.iter().map(field).collect()
}

fn field(call: &Call<'_>) -> Result<Field> {
    for at in 0..call.fields.len() {
        check_text(call, at)?;
    }
    let item = Field::new_list_field(DataType::Struct(fields()), true);
    Ok(of_type(DataType::List(Arc::new(item))))
}

/// A part of a value.
struct Part<'t> {
    /// The key in an object, or the index in an array; `None` for the whole.
    key: Option<String>,
    text: &'t str,
    /// Its number among all keys and values, in the order of the text.
    id: i64,
    /// The number of the object or array that it is in.
    parent: Option<i64>,
    fullkey: String,
    path: String,
}

fn rows(values: &Values<'_>, is_tree: bool) -> DfResult<ArrayRef> {
    check_levels(&values.arrays[0])?;
    let texts = texts(&values.arrays[0])?;
    let paths = values.arrays.get(1).map(|array| Paths::of(array, values.is_constant(1))).transpose()?;
    let mut found: Vec<Part<'_>> = Vec::new();
    let (mut lengths, mut is_valid) = (Vec::new(), Vec::new());
    for row in 0..texts.len() {
        let before = found.len();
        let text = valid(&texts, row)?.map(str::trim_ascii);
        let root = match (text, &paths) {
            (Some(text), Some(paths)) => paths.at(row).and_then(|path| path.find(text).first().copied()),
            (text, _) => text,
        };
        if let (Some(text), Some(root)) = (text, root) {
            found.extend(parts(text, root.trim_ascii(), is_tree));
        }
        is_valid.push(text.is_some());
        lengths.push(found.len() - before);
    }
    let item = match values.result.data_type() {
        DataType::List(item) => item.clone(),
        _ => Arc::new(Field::new_list_field(DataType::Struct(fields()), true)),
    };
    let parts: ArrayRef = Arc::new(columns(&found)?);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item, offsets, parts, Some(NullBuffer::from(is_valid)))?))
}

fn columns(found: &[Part<'_>]) -> DfResult<StructArray> {
    let text = |of: &dyn Fn(&Part<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(found.iter().map(of).collect::<StringViewArray>())
    };
    let number = |of: &dyn Fn(&Part<'_>) -> Option<i64>| -> ArrayRef {
        Arc::new(found.iter().map(of).collect::<Int64Array>())
    };
    let is_atom = |part: &Part<'_>| !matches!(json::kind(part.text), "OBJECT" | "ARRAY" | "NULL");
    let arrays = vec![
        text(&|part| part.key.clone()),
        text(&|part| Some(json::minified(part.text).into_owned())),
        text(&|part| Some(json::kind(part.text).to_string())),
        text(&|part| is_atom(part).then(|| json::minified(part.text).into_owned())),
        number(&|part| Some(part.id)),
        number(&|part| part.parent),
        text(&|part| Some(part.fullkey.clone())),
        text(&|part| Some(part.path.clone())),
    ];
    Ok(StructArray::try_new(fields(), arrays, None)?)
}

/// The parts below `root`, which is a part of `text`: its own ones, or with `is_tree` itself and all within it.
fn parts<'t>(text: &'t str, root: &'t str, is_tree: bool) -> Vec<Part<'t>> {
    let mut found = Vec::new();
    // Number, and whether the part is in the root, of what is still to be looked at, the next one last.
    let whole =
        Part { key: None, text, id: 0, parent: None, fullkey: "$".to_string(), path: "$".to_string() };
    let mut open = vec![(whole, false, false)];
    let mut next = 0;
    while let Some((mut part, is_entry, is_inside)) = open.pop() {
        // A key has a number of its own, before that of its value.
        next += i64::from(is_entry);
        part.id = next;
        next += 1;
        let is_root = std::ptr::eq(part.text.as_ptr(), root.as_ptr()) && part.text.len() == root.len();
        let within: Vec<(String, String, &str)> = match (json::entries(part.text), json::elements(part.text))
        {
            (Some(entries), _) => entries
                .into_iter()
                .map(|(key, value)| {
                    let key = json::string_of(key).unwrap_or_default().into_owned();
                    (format!("{}.{key}", part.fullkey), key, value.trim_ascii())
                })
                .collect(),
            (_, Some(elements)) => elements
                .into_iter()
                .enumerate()
                .map(|(at, value)| (format!("{}[{at}]", part.fullkey), at.to_string(), value.trim_ascii()))
                .collect(),
            _ => Vec::new(),
        };
        let is_object = json::kind(part.text) == "OBJECT";
        let is_scalar = !matches!(json::kind(part.text), "OBJECT" | "ARRAY");
        let (id, path) = (part.id, part.fullkey.clone());
        for (fullkey, key, value) in within.into_iter().rev() {
            let parent = is_tree.then_some(id);
            let part = Part { key: Some(key), text: value, id: 0, parent, fullkey, path: path.clone() };
            open.push((part, is_object, is_root || is_tree && is_inside));
        }
        let is_shown = if is_tree { is_root || is_inside } else { is_inside || is_root && is_scalar };
        if is_shown {
            if is_root {
                part.parent = None;
                part.key = None;
            }
            found.push(part);
        }
    }
    found
}
