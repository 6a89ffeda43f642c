//! Comma-separated values: a header line, a line a row, never abridged.
//!
//! Quoting is written here because the writers at hand cannot tell NULL (nothing) from the empty text (`""`) cell by
//! cell.

use std::borrow::Cow;
use std::io::{self, Write};

use linal_engine::{Cell, RowSet};
use linal_tensor::Tensor;

use super::grid::Grid;
use super::text;

/// Writes a tensor as the columns of its [`Grid`].
pub(super) fn tensor(name: &str, tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    let grid = Grid::new(tensor);
    record(grid.columns(&text::one_line(name)).iter().map(|name| quoted(name)), out)?;
    (0..grid.rows()).try_for_each(|row| {
        let mut comma = "";
        grid.row(row, |cell| write!(out, "{}{cell}", std::mem::replace(&mut comma, ",")))?;
        out.write_all(b"\n")
    })
}

/// Writes rows with the names of their columns first.
pub(super) fn rows(rows: &RowSet, out: &mut dyn Write) -> io::Result<()> {
    record(rows.columns.iter().map(|column| quoted(&column.name)), out)?;
    rows.rows.iter().try_for_each(|row| record(row.iter().map(field), out))
}

fn field(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::String(text) => quoted(text),
        _ => text::cell(cell).unwrap_or_default(),
    }
}

fn record<'a>(fields: impl Iterator<Item = Cow<'a, str>>, out: &mut dyn Write) -> io::Result<()> {
    let mut comma = "";
    for field in fields {
        write!(out, "{}{field}", std::mem::replace(&mut comma, ","))?;
    }
    out.write_all(b"\n")
}

/// A text in quotes where it needs them.
fn quoted(text: &str) -> Cow<'_, str> {
    match text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal_tensor::{Complex64, Scalar};

    fn check(tensor: &Tensor, expected: &str) {
        let mut out = Vec::new();
        super::tensor("t", tensor, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn tensors_by_rank() {
        let counting = |shape: &[usize]| {
            let len = shape.iter().product::<usize>() as i64;
            Tensor::from_vec((0..len).collect(), shape).unwrap()
        };
        check(&Tensor::scalar(Scalar::F64(0.5)), "t\n0.5\n");
        check(&Tensor::scalar(Scalar::C128(Complex64::new(1.0, -2.0))), "t\n1-2i\n");
        check(&Tensor::from_vec(vec![1.0, f64::NAN], [2]).unwrap(), "t\n1.0\nNaN\n");
        check(&counting(&[0]), "t\n");
        check(&counting(&[2, 3]), "c0,c1,c2\n0,1,2\n3,4,5\n");
        check(&counting(&[2, 3]).transpose(), "c0,c1\n0,3\n1,4\n2,5\n");
        check(&counting(&[2, 1, 2]), "i0,i1,c0,c1\n0,0,0,1\n1,0,2,3\n");
    }

    #[test]
    fn rows_tell_null_from_the_empty_text() {
        let mut rows = RowSet::new(&[("a,b", "String"), ("n", "Int")]);
        rows.rows.push(vec![Cell::String(String::new()), Cell::Null]);
        rows.rows.push(vec![Cell::Null, Cell::Int(1)]);
        rows.rows.push(vec![Cell::String("say \"hi\"\n".into()), Cell::Int(2)]);
        let mut out = Vec::new();
        super::rows(&rows, &mut out).unwrap();
        let expected = "\"a,b\",n\n\"\",\n,1\n\"say \"\"hi\"\"\n\",2\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
