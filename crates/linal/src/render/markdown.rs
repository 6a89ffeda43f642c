//! Pipe tables, for documents. Long ones are truncated in the middle, with their size below.

use std::io::{self, Write};

use linal_tensor::{Shape, Tensor};

use super::abridged::AbridgedRows;
use super::flatten::FlatTable;
use super::rows::{DisplayedRows, is_number};
use super::truncate::Truncated;
use super::{RenderOptions, text};

/// Writes a tensor as the columns of its [`FlatTable`].
pub(super) fn tensor(
    name: &str,
    tensor: &Tensor,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let table = FlatTable::new(tensor);
    let names = table.columns(&text::one_line(name));
    let shown = Truncated::new(table.rows(), options.max_rows);
    header(names.iter().map(|name| (name.as_str(), true)), out)?;
    for index in shown.indices() {
        match index {
            Some(row) => table.row(row, |cell| write!(out, "| {cell} "))?,
            None => gap(names.len(), out)?,
        }
        out.write_all(b"|\n")?;
    }
    size(shown, tensor.shape(), out)
}

/// Writes rows after the names of their columns.
pub(super) fn rows(rows: &AbridgedRows, notices: &[String], out: &mut dyn Write) -> io::Result<()> {
    let shown = DisplayedRows::new(rows);
    let columns = rows.schema.fields().iter().map(|field| (field.name().as_str(), is_number(field)));
    header(columns, out)?;
    for row in &shown.rows {
        match row {
            Some(cells) => cells.iter().try_for_each(|cell| write!(out, "| {} ", escaped(&cell.text)))?,
            None => gap(rows.schema.fields().len(), out)?,
        }
        out.write_all(b"|\n")?;
    }
    size(shown.indices, &Shape::new(&[rows.total()]), out)?;
    if !notices.is_empty() {
        out.write_all(b"\n")?;
    }
    text::notices(notices, out)
}

/// Writes the header and the delimiter row, which aligns numbers to the right.
fn header<'a>(columns: impl Iterator<Item = (&'a str, bool)> + Clone, out: &mut dyn Write) -> io::Result<()> {
    for (name, _) in columns.clone() {
        write!(out, "| {} ", escaped(name))?;
    }
    out.write_all(b"|\n")?;
    for (_, number) in columns {
        out.write_all(if number { b"| ---: " } else { b"| --- " })?;
    }
    out.write_all(b"|\n")
}

fn gap(columns: usize, out: &mut dyn Write) -> io::Result<()> {
    (0..columns).try_for_each(|_| out.write_all(b"| ... "))
}

fn size(shown: Truncated, shape: &Shape, out: &mut dyn Write) -> io::Result<()> {
    if !shown.is_truncated() {
        return Ok(());
    }
    match shape.dims() {
        [rows] => writeln!(out, "\n{}", text::size_line(*rows, shown.shown())),
        _ => writeln!(out, "\nshape {shape} ({} shown)", text::row_count(shown.shown())),
    }
}

/// Escapes a text for a cell.
fn escaped(text: &str) -> String {
    text::printable(&text.replace("\r\n", "\n")).replace('|', "\\|").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::rows::samples;
    use super::*;
    use linal_engine::{Cell, RowSet};
    use linal_store::ColumnType;

    #[test]
    fn rows_and_tensors() {
        let columns = [("a|b", ColumnType::String), ("n", ColumnType::Int)];
        let rows = RowSet::from_rows(&columns, &[vec![Cell::String("x\ny|z".into()), Cell::Null]]);
        let mut out = Vec::new();
        samples::write_with(&rows, Format::Markdown, &RenderOptions::default(), &mut out);
        let expected = "| a\\|b | n |\n| --- | ---: |\n| x<br>y\\|z | NULL |\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);

        let t = Tensor::from_vec((0..6).collect::<Vec<i64>>(), [3, 2]).unwrap();
        let options = RenderOptions { max_rows: 2, ..RenderOptions::default() };
        let mut out = Vec::new();
        super::tensor("t", &t, &options, &mut out).unwrap();
        let expected = "| c0 | c1 |\n| ---: | ---: |\n| 0 | 1 |\n| ... | ... |\n| 4 | 5 |\n\nshape [3, 2] (2 rows shown)\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
