//! Values as the service's JSON.
//!
//! NaN and the infinities are strings, integers and decimals keep all digits, a complex number is `[re, im]`,
//! dates and times are ISO 8601 texts, binary data is Base64.

use arrow::array::{Array, StructArray};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use linal::Scalar;
use linal::values::{List, NumberStyle, SCREEN, Value, json_string, number};

/// Appends a value.
pub fn push(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Scalar(scalar) => push_scalar(out, *scalar),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(text) => json_string(out, text),
        Value::DateTime(text, is_instant) if *is_instant => json_string(out, &text.replacen(' ', "T", 1)),
        Value::DateTime(text, _) => json_string(out, text),
        Value::Bytes(bytes) => {
            out.push('"');
            STANDARD.encode_string(bytes, out);
            out.push('"');
        }
        Value::List(list) => push_axis(out, list, &list.dims, 0),
        Value::Struct(array, row) => {
            out.push('{');
            for (at, (field, column)) in array.fields().iter().zip(array.columns()).enumerate() {
                separate(out, at);
                json_string(out, field.name());
                out.push(':');
                push(out, &Value::at(field, column.as_ref(), *row));
            }
            out.push('}');
        }
        Value::Map(entries) => push_map(out, entries),
    }
}

/// Appends a map as an object by the texts of its keys.
fn push_map(out: &mut String, entries: &StructArray) {
    let [keys, values] = entries.columns() else { return };
    out.push('{');
    for row in 0..entries.len() {
        separate(out, row);
        let mut name = String::new();
        SCREEN.push_top_level(&mut name, &Value::at(&entries.fields()[0], keys.as_ref(), row));
        json_string(out, &name);
        out.push(':');
        push(out, &Value::at(&entries.fields()[1], values.as_ref(), row));
    }
    out.push('}');
}

/// Appends a number or a Boolean.
pub fn push_scalar(out: &mut String, scalar: Scalar) {
    match scalar {
        Scalar::C64(z) => push_pair(out, Scalar::F32(z.re), Scalar::F32(z.im)),
        Scalar::C128(z) => push_pair(out, Scalar::F64(z.re), Scalar::F64(z.im)),
        real => number::push(out, real, NumberStyle::Json),
    }
}

fn push_pair(out: &mut String, re: Scalar, im: Scalar) {
    out.push('[');
    push_scalar(out, re);
    out.push(',');
    push_scalar(out, im);
    out.push(']');
}

fn separate(out: &mut String, at: usize) {
    if at > 0 {
        out.push(',');
    }
}

/// Appends the elements below one index of the outer axes; `start` is the first. The depth is the rank of the
/// type, not the size of the value.
fn push_axis(out: &mut String, list: &List, dims: &[usize], start: usize) {
    out.push('[');
    if let Some((&size, inner)) = dims.split_first() {
        let step: usize = inner.iter().product();
        for place in 0..size {
            separate(out, place);
            if inner.is_empty() {
                push(out, &list.at(start + place));
            } else {
                push_axis(out, list, inner, start + place * step);
            }
        }
    }
    out.push(']');
}
