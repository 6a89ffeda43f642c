//! The format for people: boxes for rows, nested lists for tensors.

use std::borrow::Cow;
use std::io::{self, Write};

use arrow::datatypes::Field;
use comfy_table::{
    Cell as BoxCell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle,
};
use linal_store::ColumnType;
use linal_store::text::number::{self, NumberStyle};
use linal_tensor::Tensor;
use unicode_width::UnicodeWidthStr;

use super::abridged::AbridgedRows;
use super::elements::Elements;
use super::rows::{DisplayedCell, DisplayedRows};
use super::truncate::Truncated;
use super::{RenderOptions, nested_list, text};

const ELLIPSIS: &str = "...";
/// The width at which the text of a cell may wrap.
const WRAPPED: usize = 12;
/// The width of a column besides its text: a blank on either side, and a line.
const BORDER: usize = 3;

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
    if options.colour {
        write!(out, "\x1b[1m{name}\x1b[0m: \x1b[36m{kind}\x1b[0m")?
    } else {
        write!(out, "{name}: {kind}")?
    }
    let elements = Elements::new(tensor);
    if elements.dims().is_empty() {
        return writeln!(out, " = {}", number::text(elements.at(&[], 0), NumberStyle::Typed));
    }
    writeln!(out)?;
    nested_list::lines(&elements, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Writes a box with the types below the names, and the number of rows below the box.
pub(super) fn rows(
    rows: &AbridgedRows,
    notices: &[String],
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = DisplayedRows::new(rows);
    let heads: Vec<Head> = rows.schema.fields().iter().map(|field| Head::new(field)).collect();
    let columns = fitting(&heads, &shown, options.max_width);
    if !heads.is_empty() {
        writeln!(out, "{}", boxed(&heads, &shown, columns, options))?;
    }
    let size = text::size_line(rows.total(), shown.indices.shown());
    if columns.is_truncated() {
        writeln!(out, "{size}, {} columns ({} shown)", heads.len(), columns.shown())?
    } else {
        writeln!(out, "{size}")?
    }
    text::notices(notices, out)
}

/// Name and type of a column.
struct Head {
    name: String,
    kind: String,
}

impl Head {
    fn new(field: &Field) -> Head {
        Head { name: text::one_line(field.name()).into_owned(), kind: ColumnType::of(field).to_string() }
    }
}

/// The columns that fit side by side; middle columns are omitted.
///
/// Text may wrap, so a text column needs a small width only. Numbers never wrap.
fn fitting(heads: &[Head], shown: &DisplayedRows, max_width: usize) -> Truncated {
    let needed: Vec<usize> = (0..heads.len()).map(|at| needed(heads, shown, at)).collect();
    let all: usize = needed.iter().sum();
    if max_width == 0 || all < max_width {
        return Truncated::new(heads.len(), 0);
    }
    // The ellipsis takes a column, and the first and the last column remain whatever their width.
    let mut room = max_width.saturating_sub(ELLIPSIS.len() + BORDER + 1);
    let (mut head, mut tail) = (0, 0);
    while head + tail < heads.len() {
        let next = if head <= tail { head } else { heads.len() - 1 - tail };
        if head + tail >= 2 && needed[next] > room {
            break;
        }
        room = room.saturating_sub(needed[next]);
        if head <= tail { head += 1 } else { tail += 1 }
    }
    Truncated::head_and_tail(heads.len(), head, tail)
}

/// The smallest width of a column, including its border.
fn needed(heads: &[Head], shown: &DisplayedRows, at: usize) -> usize {
    let cells = shown.rows.iter().flatten().filter_map(|row| row.get(at));
    let widest = cells.map(|cell| {
        if cell.number {
            cell.text.width()
        } else {
            cell.text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0).min(WRAPPED)
        }
    });
    let head = heads[at].name.width().min(WRAPPED).max(heads[at].kind.width().min(WRAPPED));
    widest.max().unwrap_or(0).max(head) + BORDER
}

fn boxed(heads: &[Head], shown: &DisplayedRows, columns: Truncated, options: &RenderOptions) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    if let Ok(width @ 1..) = u16::try_from(options.max_width) {
        table.set_width(width);
    }
    let head = |index: Option<usize>| match index {
        Some(at) => format!("{}\n{}", broken(&heads[at].name), heads[at].kind),
        None => ELLIPSIS.to_owned(),
    };
    table.set_header(columns.indices().map(head).collect::<Vec<_>>());
    for row in &shown.rows {
        let cell = |index: Option<usize>| match (row, index) {
            (Some(cells), Some(at)) => boxed_cell(&cells[at]),
            _ => BoxCell::new(ELLIPSIS),
        };
        table.add_row(columns.indices().map(cell).collect::<Vec<_>>());
    }
    table
}

fn boxed_cell(cell: &DisplayedCell) -> BoxCell {
    let alignment = if cell.number { CellAlignment::Right } else { CellAlignment::Left };
    BoxCell::new(broken(&text::printable(&cell.text))).set_alignment(alignment)
}

/// Length from which a word is broken into lines here. The table breaks a word in time quadratic in its
/// length.
const LONG_WORD: usize = 2000;

/// Breaks very long words into lines.
fn broken(text: &str) -> Cow<'_, str> {
    if text.len() <= LONG_WORD {
        return Cow::Borrowed(text);
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LONG_WORD);
    let mut length = 0;
    for sign in text.chars() {
        length = if sign.is_whitespace() { 0 } else { length + 1 };
        lines.push(sign);
        if length == LONG_WORD {
            lines.push('\n');
            length = 0;
        }
    }
    Cow::Owned(lines)
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::rows::samples;
    use super::*;
    use linal_engine::{Cell, RowSet};
    use linal_tensor::{DType, Scalar};

    fn check_rows(rows: &RowSet, options: &RenderOptions, expected: &str) {
        let mut out = Vec::new();
        samples::write_with(rows, Format::Table, options, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn check_tensor(name: &str, tensor: &Tensor, colour: bool, expected: &str) {
        let mut out = Vec::new();
        let options = RenderOptions { colour, ..RenderOptions::default() };
        super::tensor(name, tensor, &options, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn sample() -> RowSet {
        let columns = [("name", ColumnType::String), ("n", ColumnType::Int), ("x", ColumnType::Float)];
        let cells = [
            vec![Cell::String("größe".into()), Cell::Int(7), Cell::Float(5.0)],
            vec![Cell::Null, Cell::Int(-10), Cell::Float(1e-21)],
            vec![Cell::String("\u{1b}[2J".into()), Cell::Null, Cell::Float(f64::NAN)],
        ];
        RowSet::from_rows(&columns, &cells)
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
        let cells: Vec<_> = (0..5).map(|n| vec![Cell::Int(n)]).collect();
        let rows = RowSet::from_rows(&[("n", ColumnType::Int)], &cells);
        let options = RenderOptions { max_rows: 2, ..RenderOptions::default() };
        let expected =
            "┌─────┐\n│ n   │\n│ Int │\n├─────┤\n│   0 │\n│ ... │\n│   4 │\n└─────┘\n5 rows (2 shown)\n";
        check_rows(&rows, &options, expected);
    }

    #[test]
    fn wide_tables_wrap_their_cells() {
        let cells = [vec![Cell::String("one two three four".into())]];
        let rows = RowSet::from_rows(&[("text", ColumnType::String)], &cells);
        let options = RenderOptions { max_width: 14, ..RenderOptions::default() };
        let expected = "┌────────────┐\n│ text       │\n│ String     │\n├────────────┤\n│ one two    │\n│ three four │\n└────────────┘\n1 row\n";
        check_rows(&rows, &options, expected);
    }

    #[test]
    fn columns_that_do_not_fit_are_left_out() {
        let names: Vec<String> = (0..9).map(|n| format!("c{n}")).collect();
        let columns: Vec<_> = names.iter().map(|name| (name.as_str(), ColumnType::Int)).collect();
        let rows = RowSet::from_rows(&columns, &[(0..9).map(|n| Cell::Int(n * 1_000_000)).collect()]);
        let rows = rows.with_notices(vec!["`x` was left out".to_string()]);
        let options = RenderOptions { max_width: 34, ..RenderOptions::default() };
        let expected = "\
┌─────┬─────────┬─────┬─────────┐
│ c0  │ c1      │ ... │ c8      │
│ Int │ Int     │     │ Int     │
├─────┼─────────┼─────┼─────────┤
│   0 │ 1000000 │ ... │ 8000000 │
└─────┴─────────┴─────┴─────────┘
1 row, 9 columns (3 shown)
note: `x` was left out
";
        check_rows(&rows, &options, expected);
    }

    #[test]
    fn every_type_has_a_form() {
        let options = RenderOptions { max_width: 0, ..RenderOptions::default() };
        let mut out = Vec::new();
        samples::write_with(&samples::all_types(), Format::Table, &options, &mut out);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let cells = |line: usize| -> Vec<&str> { lines[line].split('│').map(str::trim).collect() };
        let expected = [
            "[1.5, NaN]",
            "[[1, 2], [3, 4]]",
            "2020-02-29",
            "2020-02-29 12:00:00.5",
            "12.30",
            "\\x00\\xFF",
            "[a, NULL]",
            "0.1",
            "18446744073709551615",
            "{'p': -7}",
            "x",
            "",
        ];
        assert_eq!(cells(4)[1..=expected.len()], expected);
        assert!(cells(5)[1..=expected.len()].iter().all(|cell| *cell == "NULL"));
        assert_eq!(cells(2)[1..4], ["Vector(2)", "Matrix(2, 2, f64)", "Date"]);
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
