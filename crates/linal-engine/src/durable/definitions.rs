//! Views, macros, sequences and types as JSON of the store.

use std::sync::Arc;

use linal_dataset::Result;
use linal_dataset::objects::{Definition, Macro, NamedType, Object, Overload, Parameter, View, ViewColumn};
use linal_dataset::sequence::{Sequence, SequenceOptions};
use linal_lang::ast::objects::ObjectKind;
use linal_store::database::ObjectEntry;
use serde_json::{Map, Value, json};

use super::objects::damaged;

/// The kind of a stored object; `None` for pipelines and the like.
pub(super) fn kind_of(word: &str) -> Option<ObjectKind> {
    ObjectKind::ALL.into_iter().find(|kind| kind.word() == word)
}

/// The definition of an object.
pub(super) fn to_json(object: &Object) -> Value {
    let mut definition = match &object.definition {
        Definition::View(view) => view_to_json(view),
        Definition::Macro(definition) | Definition::TableMacro(definition) => macro_to_json(definition),
        Definition::Sequence(sequence) => sequence_to_json(sequence),
        Definition::Type(NamedType::Enum(labels)) => json!({ "labels": labels.as_ref() }),
        Definition::Type(NamedType::Alias(text)) => json!({ "alias": text }),
    };
    if let (Value::Object(entries), Some(comment)) = (&mut definition, &object.comment) {
        entries.insert("comment".to_owned(), json!(comment));
    }
    definition
}

/// An object of the store.
///
/// # Errors
/// A definition that cannot be read, which is damage.
pub(super) fn from_json(kind: ObjectKind, entry: &ObjectEntry) -> Result<Object> {
    let definition = entry.definition.as_object().and_then(|entries| {
        Some(match kind {
            ObjectKind::View => Definition::View(view_from_json(entries)?),
            ObjectKind::Macro => Definition::Macro(macro_from_json(entries)?),
            ObjectKind::TableMacro => Definition::TableMacro(macro_from_json(entries)?),
            ObjectKind::Sequence => Definition::Sequence(Arc::new(sequence_from_json(entries)?)),
            ObjectKind::Type => Definition::Type(type_from_json(entries)?),
        })
    });
    let definition = definition.ok_or_else(|| damaged(entry))?;
    let comment = entry.definition.get("comment").and_then(Value::as_str).map(Box::from);
    Ok(Object { name: entry.name.as_str().into(), comment, definition })
}

fn view_to_json(view: &View) -> Value {
    let column = |column: &ViewColumn| {
        let mut entries = json!({ "name": column.name, "type": column.type_name });
        // Views of earlier versions have no comments of columns.
        if let (Some(comment), Some(entries)) = (&column.comment, entries.as_object_mut()) {
            entries.insert("comment".to_string(), json!(comment));
        }
        entries
    };
    json!({
        "query": view.query,
        "names": view.names,
        "columns": view.columns.iter().map(column).collect::<Vec<_>>(),
    })
}

fn view_from_json(entries: &Map<String, Value>) -> Option<View> {
    let column = |value: &Value| {
        Some(ViewColumn {
            name: text(value.get("name")?)?,
            type_name: text(value.get("type")?)?,
            comment: value.get("comment").and_then(text),
        })
    };
    Some(View {
        query: text(entries.get("query")?)?,
        names: list(entries.get("names")?, text)?,
        columns: list(entries.get("columns")?, column)?,
    })
}

fn macro_to_json(definition: &Macro) -> Value {
    let parameter = |parameter: &Parameter| {
        let mut entries = json!({ "name": parameter.name, "default": parameter.default });
        // Macros of earlier versions have no types.
        if let (Some(type_name), Some(entries)) = (&parameter.type_name, entries.as_object_mut()) {
            entries.insert("type".to_string(), json!(type_name));
        }
        entries
    };
    let overload = |overload: &Overload| {
        let parameters: Vec<Value> = overload.parameters.iter().map(parameter).collect();
        json!({ "parameters": parameters, "body": overload.body })
    };
    json!({ "overloads": definition.overloads.iter().map(overload).collect::<Vec<_>>() })
}

fn macro_from_json(entries: &Map<String, Value>) -> Option<Macro> {
    let parameter = |value: &Value| {
        let default = match value.get("default")? {
            Value::Null => None,
            default => Some(text(default)?),
        };
        let type_name = value.get("type").and_then(text);
        Some(Parameter { name: text(value.get("name")?)?, type_name, default })
    };
    let overload = |value: &Value| {
        Some(Overload {
            parameters: list(value.get("parameters")?, parameter)?,
            body: text(value.get("body")?)?,
        })
    };
    Some(Macro { overloads: list(entries.get("overloads")?, overload)? })
}

/// `last` is the last number that may have been given.
fn sequence_to_json(sequence: &Sequence) -> Value {
    with_last(sequence, sequence.reserved())
}

/// A sequence whose last number was `last`.
pub(super) fn with_last(sequence: &Sequence, last: Option<i64>) -> Value {
    let SequenceOptions { start, increment, minimum, maximum, cycles } = *sequence.options();
    json!({
        "start": start,
        "increment": increment,
        "minimum": minimum,
        "maximum": maximum,
        "cycles": cycles,
        "last": last,
    })
}

fn sequence_from_json(entries: &Map<String, Value>) -> Option<Sequence> {
    let number = |key: &str| entries.get(key).and_then(Value::as_i64);
    let options = SequenceOptions {
        start: number("start")?,
        increment: number("increment").filter(|increment| *increment != 0)?,
        minimum: number("minimum")?,
        maximum: number("maximum")?,
        cycles: entries.get("cycles")?.as_bool()?,
    };
    Some(Sequence::new(options, number("last")))
}

fn type_from_json(entries: &Map<String, Value>) -> Option<NamedType> {
    match entries.get("labels") {
        Some(labels) => Some(NamedType::Enum(list(labels, text)?.into())),
        None => Some(NamedType::Alias(text(entries.get("alias")?)?)),
    }
}

fn text(value: &Value) -> Option<Box<str>> {
    value.as_str().map(Box::from)
}

fn list<T>(value: &Value, item: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(item).collect()
}
