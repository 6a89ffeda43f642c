//! The format for people: boxes for rows, brackets for tensors.

use std::io::{self, Write};

use comfy_table::{
    Cell as BoxCell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle,
};
use linal_engine::{Cell, RowSet};
use linal_tensor::Tensor;

use super::abridge::Abridged;
use super::elements::Elements;
use super::number::{self, Style};
use super::{RenderOptions, brackets, text};

const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// Writes `name: f64 [2, 3]` and the elements below it; a scalar is one line, `name: f64 [] = 5.0`.
pub(super) fn tensor(
    name: &str,
    tensor: &Tensor,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = text::one_line(name);
    let kind = format!("{} {}", tensor.dtype(), tensor.shape());
    match options.colour {
        true => write!(out, "\x1b[1m{name}\x1b[0m: \x1b[36m{kind}\x1b[0m")?,
        false => write!(out, "{name}: {kind}")?,
    }
    let elements = Elements::new(tensor);
    if elements.dims().is_empty() {
        return writeln!(out, " = {}", number::text(elements.at(&[], 0), Style::Typed));
    }
    writeln!(out)?;
    brackets::lines(&elements, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Writes a box with the types below the names, and the number of rows below the box.
pub(super) fn rows(rows: &RowSet, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let shown = Abridged::new(rows.rows.len(), options.max_rows);
    if !rows.columns.is_empty() {
        writeln!(out, "{}", boxed(rows, shown, options))?;
    }
    writeln!(out, "{}", text::size_line(rows.rows.len(), shown.shown()))
}

fn boxed(rows: &RowSet, shown: Abridged, options: &RenderOptions) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    if let Ok(width @ 1..) = u16::try_from(options.max_width) {
        table.set_width(width);
    }
    let head = rows.columns.iter().map(|c| format!("{}\n{}", text::one_line(&c.name), c.type_name));
    table.set_header(head.collect::<Vec<_>>());
    for place in shown.places() {
        match place {
            Some(row) => table.add_row(rows.rows[row].iter().map(boxed_cell).collect::<Vec<_>>()),
            None => table.add_row(rows.columns.iter().map(|_| "...").collect::<Vec<_>>()),
        };
    }
    table
}

fn boxed_cell(cell: &Cell) -> BoxCell {
    let alignment = match cell {
        Cell::Int(_) | Cell::Float(_) => CellAlignment::Right,
        _ => CellAlignment::Left,
    };
    let text = text::cell(cell).map_or("NULL".into(), |text| text::printable(&text).into_owned());
    BoxCell::new(text).set_alignment(alignment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal_tensor::{DType, Scalar};

    fn check_rows(rows: &RowSet, options: &RenderOptions, expected: &str) {
        let mut out = Vec::new();
        super::rows(rows, options, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn check_tensor(name: &str, tensor: &Tensor, colour: bool, expected: &str) {
        let mut out = Vec::new();
        let options = RenderOptions { colour, ..RenderOptions::default() };
        super::tensor(name, tensor, &options, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn sample() -> RowSet {
        let mut rows = RowSet::new(&[("name", "String"), ("n", "Int"), ("x", "Float")]);
        rows.rows.push(vec![Cell::String("größe".into()), Cell::Int(7), Cell::Float(5.0)]);
        rows.rows.push(vec![Cell::Null, Cell::Int(-10), Cell::Float(1e-21)]);
        rows.rows.push(vec![Cell::String("\u{1b}[2J".into()), Cell::Null, Cell::Float(f64::NAN)]);
        rows
    }

    #[test]
    fn rows_in_a_box() {
        let expected = "\
┌───────────┬──────┬───────┐
│ name      │ n    │ x     │
│ String    │ Int  │ Float │
├───────────┼──────┼───────┤
│ größe     │    7 │   5.0 │
│ NULL      │  -10 │ 1e-21 │
│ \\u{1b}[2J │ NULL │   NaN │
└───────────┴──────┴───────┘
3 rows
";
        check_rows(&sample(), &RenderOptions::default(), expected);
    }

    #[test]
    fn long_tables_leave_out_the_middle() {
        let mut rows = RowSet::new(&[("n", "Int")]);
        rows.rows = (0..5).map(|n| vec![Cell::Int(n)]).collect();
        let options = RenderOptions { max_rows: 2, ..RenderOptions::default() };
        let expected =
            "┌─────┐\n│ n   │\n│ Int │\n├─────┤\n│   0 │\n│ ... │\n│   4 │\n└─────┘\n5 rows (2 shown)\n";
        check_rows(&rows, &options, expected);
    }

    #[test]
    fn wide_tables_wrap_their_cells() {
        let mut rows = RowSet::new(&[("text", "String")]);
        rows.rows.push(vec![Cell::String("one two three four".into())]);
        let options = RenderOptions { max_width: 14, ..RenderOptions::default() };
        let expected = "┌────────────┐\n│ text       │\n│ String     │\n├────────────┤\n│ one two    │\n│ three four │\n└────────────┘\n1 row\n";
        check_rows(&rows, &options, expected);
    }

    #[test]
    fn tensors() {
        check_tensor("s", &Tensor::scalar(Scalar::F64(1.0)), false, "s: f64 [] = 1.0\n");
        check_tensor(
            "s",
            &Tensor::scalar(Scalar::I64(1)),
            true,
            "\x1b[1ms\x1b[0m: \x1b[36mi64 []\x1b[0m = 1\n",
        );
        let v = Tensor::from_vec(vec![true, false], [2]).unwrap();
        check_tensor("a >\n   b", &v, false, "a > b: bool [2]\n[true, false]\n");
        let empty = Tensor::from_vec(Vec::<f32>::new(), [0, 3]).unwrap();
        assert_eq!(empty.dtype(), DType::F32);
        check_tensor("e", &empty, false, "e: f32 [0, 3]\n[]\n");
    }
}
