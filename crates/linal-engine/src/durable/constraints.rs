//! Constraints as the store and packages have them: JSON, with the definition of the columns.

use linal_dataset::{Constraint, Error, KeyKind, Result, Rule};
use linal_error::Code;
use serde_json::{Value, json};

/// The key of the constraints in the metadata of a dataset's first column.
pub(super) const METADATA_KEY: &str = "constraints";

/// Constraints as a list.
pub(crate) fn to_json(constraints: &[Constraint]) -> Value {
    Value::Array(constraints.iter().map(constraint).collect())
}

fn constraint(constraint: &Constraint) -> Value {
    let name = &*constraint.name;
    let names =
        |columns: &[std::sync::Arc<str>]| columns.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    match &constraint.rule {
        Rule::Key { kind, columns } => {
            json!({ "name": name, "kind": word(*kind), "columns": names(columns) })
        }
        Rule::Check { text } => json!({ "name": name, "kind": "check", "expression": &**text }),
        Rule::Reference { columns, table, referenced } => json!({
            "name": name,
            "kind": "foreign key",
            "columns": names(columns),
            "table": &**table,
            "referenced": names(referenced),
        }),
    }
}

fn word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Primary => "primary key",
        KeyKind::Unique => "unique",
        KeyKind::Index => "unique index",
    }
}

/// The constraints of a list.
///
/// # Errors
/// `E0409` for one that cannot be read, which is damage.
pub(crate) fn from_json(list: &Value) -> Result<Vec<Constraint>> {
    let list = list.as_array().ok_or_else(damaged)?;
    list.iter().map(|value| read(value).ok_or_else(damaged)).collect()
}

fn read(value: &Value) -> Option<Constraint> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let names = |key: &str| {
        let names = value.get(key)?.as_array()?;
        names.iter().map(|name| Some(name.as_str()?.into())).collect::<Option<Vec<std::sync::Arc<str>>>>()
    };
    let rule = match text("kind")? {
        "primary key" => Rule::Key { kind: KeyKind::Primary, columns: names("columns")? },
        "unique" => Rule::Key { kind: KeyKind::Unique, columns: names("columns")? },
        "unique index" => Rule::Key { kind: KeyKind::Index, columns: names("columns")? },
        "check" => Rule::Check { text: text("expression")?.into() },
        "foreign key" => Rule::Reference {
            columns: names("columns")?,
            table: text("table")?.into(),
            referenced: names("referenced")?,
        },
        _ => return None,
    };
    Some(Constraint { name: text("name")?.into(), rule })
}

fn damaged() -> Error {
    Error::new(Code::DamagedDatabase, "the constraints of a dataset cannot be read")
}
