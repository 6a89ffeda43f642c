//! The styles of nested values.

use arrow::array::{Array, StructArray};
use arrow::datatypes::Field;
use linal_tensor::Scalar;

use super::bytes::push_blob;
use super::json::json_string;
use super::number::{self, NumberStyle};
use super::value::{List, Value};

/// The delimiters of a text format.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The style of a top-level number.
    pub top_level: NumberStyle,
    /// The style of numbers in lists.
    pub element: NumberStyle,
    /// The separator of list elements.
    pub separator: &'static str,
    /// The text after the name of a struct field.
    pub colon: &'static str,
    /// The text of NULL.
    pub null: &'static str,
    /// Whether names, dates and times are quoted.
    pub quoted: bool,
    /// Greatest number of list elements shown; 0 for all.
    pub limit: usize,
}

/// Field metadata of texts that are JSON, which stand within other values as they are.
pub const JSON_TEXT: &str = "linal.json";

/// For the screen: `[0.1, 0.2, ..., 0.9]`.
pub const SCREEN: Style = Style {
    top_level: NumberStyle::Typed,
    element: NumberStyle::Element,
    separator: ", ",
    colon: ": ",
    null: "NULL",
    quoted: false,
    limit: 8,
};

/// For casts to text, which abridge nothing.
pub const CAST: Style = Style { limit: 0, ..SCREEN };

/// For lists in CSV cells: `[0.1,0.2]`.
pub const NESTED_CSV: Style = Style {
    top_level: NumberStyle::Typed,
    element: NumberStyle::Element,
    separator: ",",
    colon: ":",
    null: "null",
    quoted: true,
    limit: 0,
};

/// JSON.
pub const JSON: Style = Style {
    top_level: NumberStyle::Json,
    element: NumberStyle::Json,
    separator: ",",
    colon: ":",
    null: "null",
    quoted: true,
    limit: 0,
};

impl Style {
    /// Appends a top-level value; text is not quoted.
    pub fn push_top_level(&self, out: &mut String, value: &Value<'_>) {
        match value {
            Value::Text(text) => out.push_str(text),
            Value::DateTime(text, _) => out.push_str(text),
            Value::Scalar(scalar) => number::push(out, *scalar, self.top_level),
            Value::Bytes(bytes) => push_blob(out, bytes),
            value => self.push(out, value),
        }
    }

    /// Appends a nested value; text is quoted.
    pub fn push(&self, out: &mut String, value: &Value<'_>) {
        match value {
            Value::Null => out.push_str(self.null),
            Value::Scalar(scalar) => number::push(out, *scalar, self.element),
            Value::Number(text) => out.push_str(text),
            Value::Text(text) => self.push_text(out, text),
            Value::DateTime(text, point) => self.push_datetime(out, text, *point),
            Value::Bytes(bytes) => {
                let mut text = String::new();
                push_blob(&mut text, bytes);
                if self.quoted { json_string(out, &text) } else { out.push_str(&text) }
            }
            Value::List(list) => self.push_list(out, list),
            Value::Struct(array, row) => {
                out.push('{');
                for (at, (field, column)) in array.fields().iter().zip(array.columns()).enumerate() {
                    if at > 0 {
                        out.push_str(self.separator);
                    }
                    self.push_name(out, field.name());
                    out.push_str(self.colon);
                    self.push_part(out, field, &Value::at(field, column.as_ref(), *row));
                }
                out.push('}');
            }
            Value::Map(entries) => self.push_map(out, entries),
        }
    }

    /// A part of a struct or a map: a number has its type there, and in a list the style of elements.
    fn push_part(&self, out: &mut String, field: &Field, value: &Value<'_>) {
        match value {
            Value::Scalar(scalar) => number::push(out, *scalar, self.top_level),
            value => self.push_within(out, field, value),
        }
    }

    /// A value within another one, whose field says whether a text is JSON.
    fn push_within(&self, out: &mut String, field: &Field, value: &Value<'_>) {
        match value {
            Value::Text(text) if !self.quoted && field.metadata().contains_key(JSON_TEXT) => {
                out.push_str(text)
            }
            value => self.push(out, value),
        }
    }

    /// `{k=v}` on the screen, an object in JSON.
    fn push_map(&self, out: &mut String, entries: &StructArray) {
        let [keys, values] = entries.columns() else { return };
        let [key, value] = [0, 1].map(|at| &entries.fields()[at]);
        out.push('{');
        for row in 0..entries.len() {
            if row > 0 {
                out.push_str(self.separator);
            }
            let name = Value::at(key, keys.as_ref(), row);
            if self.quoted {
                let mut text = String::new();
                SCREEN.push_top_level(&mut text, &name);
                json_string(out, &text);
                out.push_str(self.colon);
            } else {
                self.push_part(out, key, &name);
                out.push('=');
            }
            self.push_part(out, value, &Value::at(value, values.as_ref(), row));
        }
        out.push('}');
    }

    fn push_text(&self, out: &mut String, text: &str) {
        if self.quoted { json_string(out, text) } else { push_nested_text(out, text) }
    }

    fn push_name(&self, out: &mut String, name: &str) {
        if self.quoted { json_string(out, name) } else { push_quoted(out, name) }
    }

    fn push_datetime(&self, out: &mut String, text: &str, point: bool) {
        if !self.quoted {
            push_nested_text(out, text)
        } else if point {
            json_string(out, &text.replacen(' ', "T", 1))
        } else {
            json_string(out, text)
        }
    }

    fn push_list(&self, out: &mut String, list: &List) {
        self.push_axis(out, list, &list.dims, 0);
        let count = list.items.len();
        if !list.fixed && self.limit > 0 && count > self.limit {
            out.push_str(&format!(" ({count})"));
        }
    }

    /// Appends the elements below one index of the outer axes; `start` is the first.
    fn push_axis(&self, out: &mut String, list: &List, dims: &[usize], start: usize) {
        out.push('[');
        if let Some((&size, inner)) = dims.split_first() {
            let step: usize = inner.iter().product();
            let (head, tail) = if self.limit > 0 && size > self.limit {
                (self.limit / 2, size - (self.limit - self.limit / 2))
            } else {
                (size, size)
            };
            for place in (0..head).chain(tail..size) {
                if place > 0 {
                    out.push_str(self.separator);
                }
                if place == tail && head < tail {
                    out.push_str("...");
                    out.push_str(self.separator);
                }
                if inner.is_empty() {
                    self.push_within(out, &list.field, &list.at(start + place))
                } else {
                    self.push_axis(out, list, inner, start + place * step)
                }
            }
        }
        out.push(']');
    }
}

/// A text within a list, a struct or a map: in quotes where it could be taken for something else.
fn push_nested_text(out: &mut String, text: &str) {
    let is_special = |c: char| ",'\":={}[]()".contains(c);
    let is_plain = !text.is_empty()
        && !text.contains(is_special)
        && text.trim() == text
        && !text.eq_ignore_ascii_case("null");
    if is_plain { out.push_str(text) } else { push_quoted(out, text) }
}

/// A text in single quotes, with a backslash before quotes and backslashes.
fn push_quoted(out: &mut String, text: &str) {
    out.push('\'');
    for c in text.chars() {
        if matches!(c, '\'' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('\'');
}

impl Value<'_> {
    /// Whether it is numeric, so that tables align it to the right.
    pub fn is_number(&self) -> bool {
        match self {
            Value::Scalar(scalar) => !matches!(scalar, Scalar::Bool(_)),
            Value::Number(_) => true,
            _ => false,
        }
    }
}
