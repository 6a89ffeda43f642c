//! JSON: one array of objects per result.
//!
//! Rows are objects by column name; a tensor is one object with `name`, `dtype`, `shape` and nested `values`. JSON has
//! no NaN and no infinities, so they are the strings `"NaN"`, `"inf"` and `"-inf"`; a complex number is an object of
//! `re` and `im`.

use std::io::{self, Write};

use linal_store::text::json_string;
use linal_store::text::number::{self, NumberStyle};
use linal_tensor::Tensor;

use super::elements::Elements;
use super::text;

/// Writes an array with the object of the tensor.
pub(super) fn tensor(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    tensor_object(name, tensor, out)?;
    out.write_all(b"]\n")
}

/// Writes a tensor as an object on one line.
pub(super) fn tensor_object(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"name\":")?;
    string(&text::one_line(name), out)?;
    let shape = tensor.shape().dims().iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    write!(out, ",\"dtype\":\"{}\",\"shape\":[{shape}],\"values\":", tensor.dtype())?;
    let elements = Elements::new(tensor);
    if elements.dims().is_empty() {
        out.write_all(number::text(elements.at(&[], 0), NumberStyle::Json).as_bytes())?
    } else {
        nested(&elements, &mut Vec::new(), out)?
    }
    out.write_all(b"}")
}

fn string(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut quoted = String::new();
    json_string(&mut quoted, text);
    out.write_all(quoted.as_bytes())
}

/// Writes the nested lists below an index of the leading axes.
fn nested(elements: &Elements<'_>, index: &mut Vec<usize>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    match elements.leading().get(index.len()) {
        None => list(elements, index, out)?,
        Some(&size) => {
            for place in 0..size {
                if place > 0 {
                    out.write_all(b",")?;
                }
                index.push(place);
                nested(elements, index, out)?;
                index.pop();
            }
        }
    }
    out.write_all(b"]")
}

fn list(elements: &Elements<'_>, index: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for value in elements.row(index) {
        number::push(&mut text, value, NumberStyle::Json);
        out.write_all(text.as_bytes())?;
        text.clear();
        text.push(',');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::rows::samples;
    use super::*;
    use linal_engine::{Cell, RowSet};
    use linal_store::ColumnType;
    use linal_tensor::{Complex32, Scalar};

    fn check(tensor: &Tensor, values: &str) {
        let mut out = Vec::new();
        super::tensor("a \"b\"", tensor, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed[0]["name"], "a \"b\"");
        assert_eq!(parsed[0]["dtype"], tensor.dtype().name());
        assert_eq!(parsed[0]["shape"], serde_json::json!(tensor.shape().dims()));
        assert!(text.ends_with(&format!("\"values\":{values}}}]\n")), "{text}");
    }

    #[test]
    fn tensors() {
        check(&Tensor::scalar(Scalar::F32(0.1)), "0.1");
        check(
            &Tensor::from_vec(vec![1.0, -0.0, f64::NAN, f64::NEG_INFINITY, 1e-21], [5]).unwrap(),
            "[1.0,-0.0,\"NaN\",\"-inf\",1e-21]",
        );
        let m = Tensor::from_vec((0..6).collect::<Vec<i64>>(), [2, 3]).unwrap();
        check(&m.transpose(), "[[0,3],[1,4],[2,5]]");
        check(&Tensor::from_vec(vec![true; 2], [1, 1, 2]).unwrap(), "[[[true,true]]]");
        check(&Tensor::from_vec(Vec::<i64>::new(), [2, 0]).unwrap(), "[[],[]]");
        check(&Tensor::from_vec(Vec::<i64>::new(), [2, 0, 3]).unwrap(), "[[],[]]");
        check(&Tensor::from_vec(vec![Complex32::new(1.0, 2.0)], [1]).unwrap(), "[{\"re\":1.0,\"im\":2.0}]");
    }

    #[test]
    fn rows_are_objects() {
        let columns = [("a", ColumnType::String), ("n", ColumnType::Int), ("x", ColumnType::Float)];
        let mut out = Vec::new();
        samples::write(&RowSet::from_rows(&columns, &[]), Format::Json, &mut out);
        assert_eq!(out, b"[]\n");
        let cells = [
            vec![Cell::String("\t\u{1}".into()), Cell::Int(i64::MAX), Cell::Float(2.0)],
            vec![Cell::Null, Cell::Null, Cell::Float(f64::INFINITY)],
        ];
        out.clear();
        samples::write(&RowSet::from_rows(&columns, &cells), Format::Json, &mut out);
        let expected = "[{\"a\":\"\\t\\u0001\",\"n\":9223372036854775807,\"x\":2.0},\n {\"a\":null,\"n\":null,\"x\":\"inf\"}]\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn every_type_has_a_form() {
        let rows = samples::all_types();
        let mut out = Vec::new();
        samples::write(&rows, Format::Json, &mut out);
        let expected = "[{\"v\":[1.5,\"NaN\"],\"m\":[[1.0,2.0],[3.0,4.0]],\"day\":\"2020-02-29\",\"at\":\"2020-02-29T12:00:00.5\",\"price\":12.30,\"raw\":\"\\\\x00\\\\xFF\",\"tags\":[\"a\",null],\"r\":0.1,\"u\":18446744073709551615,\"s\":{\"p\":-7},\"word\":\"x\",\"word_2\":\"\"},\n {\"v\":null,\"m\":null,\"day\":null,\"at\":null,\"price\":null,\"raw\":null,\"tags\":null,\"r\":null,\"u\":null,\"s\":null,\"word\":null,\"word_2\":null}]\n";
        assert_eq!(String::from_utf8(out.clone()).unwrap(), expected);
        let parsed: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(parsed[0]["u"], u64::MAX);
    }
}
