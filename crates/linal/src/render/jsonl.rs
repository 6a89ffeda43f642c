//! JSON lines: an object per row, or a whole tensor on one line. The objects are those of [`super::json`].

use std::io::{self, Write};

use linal_engine::RowSet;
use linal_store::text::JsonRows;
use linal_tensor::Tensor;

use super::json;

/// Writes the tensor's object on a line.
pub(super) fn tensor(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    json::tensor_object(name, tensor, out)?;
    out.write_all(b"\n")
}

/// Writes the object of each row on a line.
pub(super) fn rows(rows: &RowSet, out: &mut dyn Write) -> io::Result<()> {
    let objects = JsonRows::new(&rows.schema);
    rows.batches.iter().try_for_each(|batch| objects.lines(batch, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal_engine::Cell;
    use linal_store::ColumnType;

    #[test]
    fn an_object_a_line() {
        let mut out = Vec::new();
        let rows = RowSet::from_rows(&[("n", ColumnType::Int)], &[vec![Cell::Int(1)], vec![Cell::Null]]);
        super::rows(&rows, &mut out).unwrap();
        super::tensor("t", &Tensor::from_vec(vec![1i64, 2], [2]).unwrap(), &mut out).unwrap();
        let expected =
            "{\"n\":1}\n{\"n\":null}\n{\"name\":\"t\",\"dtype\":\"i64\",\"shape\":[2],\"values\":[1,2]}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
