//! Types with parts: `INT[]`, `FLOAT[3]`, `STRUCT(a INT, b VARCHAR[])`, `MAP(VARCHAR, INT)`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use linal_error::Code;
use linal_store::{ColumnType, TensorType};
use linal_tensor::{DType, Shape};

use super::limit::{DeclaredType, Limit};
use super::types::resolve_simple;
use crate::error::{Error, Result};
use crate::objects::quoted;

/// The deepest nesting of a type.
const MOST_LEVELS: usize = 64;

/// The type of a text as it is declared: a name, a name with arguments, or a type with parts.
///
/// # Errors
/// `E0609 unknown_type` with the nearest name, and `E0610 invalid_type` for parts that do not make a type.
pub fn resolve_type_text(text: &str) -> Result<DeclaredType> {
    resolve(text.trim(), MOST_LEVELS)
}

fn resolve(text: &str, levels: usize) -> Result<DeclaredType> {
    let Some(levels) = levels.checked_sub(1) else {
        return Err(invalid(format!("a type is nested more than {MOST_LEVELS} levels deep")));
    };
    if let Some(rest) = text.strip_suffix(']') {
        let open = rest.rfind('[').ok_or_else(|| invalid(format!("`{text}` is no type")))?;
        let element = resolve(rest[..open].trim(), levels)?;
        return match rest[open + 1..].trim() {
            "" => Ok(list_of(element)),
            length => array_of(element, length),
        };
    }
    let Some((word, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        return resolve_simple::<&str>(text, &[]);
    };
    let word = word.trim();
    let parts = parts(inner);
    if ["struct", "row"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return structure(&parts, levels);
    }
    if word.eq_ignore_ascii_case("map") {
        return map(&parts, levels);
    }
    if word.eq_ignore_ascii_case("enum") {
        return labels(&parts);
    }
    resolve_simple(word, &parts)
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidType, message)
}

/// The texts between the commas outside of brackets and quotes.
fn parts(inner: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let mut quote = None;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '`' | '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = inner[start..].trim();
    if !last.is_empty() || !parts.is_empty() {
        parts.push(last);
    }
    parts
}

/// `ENUM('a', 'b')`: an enum type without a name of its own, whose name is its definition.
fn labels(parts: &[&str]) -> Result<DeclaredType> {
    if parts.is_empty() {
        return Err(
            invalid("an ENUM has at least one label").with_help("it is written ENUM('small', 'large')")
        );
    }
    let mut labels: Vec<Box<str>> = Vec::with_capacity(parts.len());
    for part in parts {
        let inner = part.strip_prefix('\'').and_then(|part| part.strip_suffix('\''));
        // A quote that is not doubled ends a label: a comma is missing behind it.
        let inner = inner.filter(|inner| !inner.replace("''", "").contains('\''));
        let Some(label) = inner.map(|inner| inner.replace("''", "'")) else {
            return Err(invalid(format!("a label of an ENUM is a text in quotes, not `{part}`"))
                .with_help("it is written ENUM('small', 'large')"));
        };
        if labels.iter().any(|known| **known == *label) {
            return Err(Error::new(Code::NameExists, format!("the label '{label}' is given twice")));
        }
        labels.push(label.into());
    }
    let name = format!("ENUM({})", quoted(&labels)).into();
    let limit = Some(Limit::Labels { name, labels: labels.into() });
    Ok(DeclaredType { column_type: ColumnType::String, limit })
}

fn list_of(element: DeclaredType) -> DeclaredType {
    let item = element.column_type.field(Field::LIST_FIELD_DEFAULT_NAME, true);
    DeclaredType {
        column_type: ColumnType::Other(DataType::List(Arc::new(item))),
        limit: element.limit.map(|limit| Limit::Elements(Box::new(limit), None)),
    }
}

/// An array of numbers is a vector, an array of vectors a matrix.
fn array_of(element: DeclaredType, length: &str) -> Result<DeclaredType> {
    let size: usize = length
        .parse()
        .map_err(|_| invalid(format!("the length of an array is a whole number, not `{length}`")))?;
    if !(1..=i32::MAX as usize / 2).contains(&size) {
        return Err(invalid(format!("an array has at least one element, and not {size}")));
    }
    let numbers = |dtype: DType| TensorType { shape: Shape::new(&[size]), dtype };
    let column_type = match element.column_type {
        ColumnType::Bool => ColumnType::Tensor(numbers(DType::Bool)),
        ColumnType::Int => ColumnType::Tensor(numbers(DType::I64)),
        ColumnType::Float => ColumnType::Tensor(numbers(DType::F64)),
        ColumnType::Real => ColumnType::Tensor(numbers(DType::F32)),
        ColumnType::Tensor(inner) => {
            let shape = inner.shape.with_axis(0, size);
            if shape.checked_len().is_none_or(|elements| elements > i32::MAX as usize / 2) {
                return Err(invalid("the array has too many elements"));
            }
            ColumnType::Tensor(TensorType { shape, dtype: inner.dtype })
        }
        other => {
            let item = other.field(Field::LIST_FIELD_DEFAULT_NAME, true);
            let length = i32::try_from(size).unwrap_or(i32::MAX);
            ColumnType::Other(DataType::FixedSizeList(Arc::new(item), length))
        }
    };
    let limit = element.limit.map(|limit| Limit::Elements(Box::new(limit), Some(size)));
    Ok(DeclaredType { column_type, limit })
}

fn structure(parts: &[&str], levels: usize) -> Result<DeclaredType> {
    let mut fields: Vec<Field> = Vec::with_capacity(parts.len());
    for part in parts {
        let (name, rest) = field_name(part).ok_or_else(|| {
            invalid(format!("a field of a STRUCT is written as a name and a type, not `{part}`"))
        })?;
        if fields.iter().any(|field| field.name().eq_ignore_ascii_case(&name)) {
            return Err(invalid(format!("a STRUCT has the field `{name}` twice")));
        }
        let declared = resolve(rest, levels)?;
        fields.push(declared.column_type.field(name, true));
    }
    if fields.is_empty() {
        return Err(
            invalid("a STRUCT has at least one field").with_help("it is written STRUCT(a INT, b VARCHAR)")
        );
    }
    Ok(ColumnType::Other(DataType::Struct(Fields::from(fields))).into())
}

/// The name of a field, which may be quoted, and the text after it.
fn field_name(part: &str) -> Option<(String, &str)> {
    let quote = part.chars().next().filter(|c| matches!(c, '`' | '"' | '\''));
    let (name, rest) = match quote {
        Some(quote) => {
            let end = part[1..].find(quote)? + 1;
            (&part[1..end], &part[end + 1..])
        }
        None => part.split_once(|c: char| c.is_whitespace() || c == ':')?,
    };
    let rest = rest.trim_start_matches([' ', ':', '\n', '\t', '\r']).trim();
    (!name.is_empty() && !rest.is_empty()).then(|| (name.to_string(), rest))
}

fn map(parts: &[&str], levels: usize) -> Result<DeclaredType> {
    let [key, value] = parts else {
        return Err(invalid("a MAP has a type of keys and a type of values")
            .with_help("it is written MAP(VARCHAR, INT)"));
    };
    let (key, value) = (resolve(key, levels)?, resolve(value, levels)?);
    let entries =
        Fields::from(vec![key.column_type.field("key", false), value.column_type.field("value", true)]);
    let entries = Field::new("entries", DataType::Struct(entries), false);
    Ok(ColumnType::Other(DataType::Map(Arc::new(entries), false)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_shown_as_it_can_be_declared() {
        for (text, shown) in [
            ("INT[]", "Int[]"),
            ("varchar[][]", "String[][]"),
            ("FLOAT[3]", "Vector(3, f64)"),
            ("REAL[3]", "Vector(3)"),
            ("INT[2][3]", "Matrix(3, 2, i64)"),
            (
                "STRUCT(a INT, `b c` DECIMAL(4, 1)[], d STRUCT(e DATE))",
                "Struct(a Int, `b c` Decimal(4, 1)[], d Struct(e Date))",
            ),
            ("MAP(VARCHAR, STRUCT(v Vector(2)))", "Map(String, Struct(v Vector(2)))"),
            ("UUID", "Uuid"),
            ("BLOB", "Blob"),
            ("SMALLINT[]", "SmallInt[]"),
            ("JSON", "Json"),
            ("HUGEINT", "HugeInt"),
            ("ENUM('it''s', '', '''', 'a, b')", "ENUM('it''s', '', '''', 'a, b')"),
        ] {
            let declared = resolve_type_text(text).unwrap();
            assert_eq!(declared.to_string(), shown);
            assert_eq!(resolve_type_text(shown).unwrap(), declared);
        }
        for bad in [
            "INT[x]",
            "INT[0]",
            "STRUCT()",
            "STRUCT(a)",
            "STRUCT(a INT, A INT)",
            "MAP(INT)",
            "[]",
            "INT]",
            "Nope[]",
            "ENUM()",
            "ENUM('a' 'b')",
            "ENUM('a''' 'b')",
            "ENUM('a', )",
        ] {
            assert!(resolve_type_text(bad).is_err(), "{bad}");
        }
    }
}
