//! JSON lines: an object per row, or a whole tensor on one line. The objects are those of [`super::json`].

use std::io::{self, Write};

use linal_tensor::Tensor;

use super::json;

/// Writes the tensor's object on a line.
pub(super) fn tensor(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    json::tensor_object(name, tensor, out)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::rows::samples;
    use super::*;
    use linal_engine::{Cell, RowSet};
    use linal_store::ColumnType;

    #[test]
    fn an_object_a_line() {
        let mut out = Vec::new();
        let rows = RowSet::from_rows(&[("n", ColumnType::Int)], &[vec![Cell::Int(1)], vec![Cell::Null]]);
        samples::write(&rows, Format::Jsonl, &mut out);
        super::tensor("t", &Tensor::from_vec(vec![1i64, 2], [2]).unwrap(), &mut out).unwrap();
        let expected =
            "{\"n\":1}\n{\"n\":null}\n{\"name\":\"t\",\"dtype\":\"i64\",\"shape\":[2],\"values\":[1,2]}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
