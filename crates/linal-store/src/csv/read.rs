//! Reads a CSV file as one tensor.

use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use linal_tensor::Tensor;

use super::cell;
use super::columns::Columns;
use super::options::CsvOptions;
use super::rows::Rows;
use super::table::{RowError, Table};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::{Source, quoted};

/// Reads a table of numbers: a matrix, or a vector when one column is read.
///
/// The dtype is `i64` when every cell is an integer that fits, otherwise `f64`; an integer that `f64` would
/// round is an error. The first line is a header when it has a text cell above a number. Cells may be quoted
/// and padded with blanks; `nan` and `inf` are numbers; a byte order mark, empty lines and both kinds of line
/// ends are accepted. Gzip is detected by content.
///
/// # Errors
/// When the file is missing, a cell of a selected column is empty or not a number, rows differ in length, a
/// column does not exist, the pool is exhausted, or the read was cancelled.
pub fn read_csv(path: &Path, options: &CsvOptions, context: &ReadContext) -> Result<Tensor> {
    let source = Source::open(path)?;
    parse(&source.label, source.file, Some(source.length), options, context)
}

/// [`read_csv`] over a reader; `length` is its number of bytes when known.
///
/// `label` names the input in errors, and its extension selects the default delimiter.
///
/// # Errors
/// As [`read_csv`].
pub fn parse(
    label: &str,
    reader: impl Read,
    length: Option<u64>,
    options: &CsvOptions,
    context: &ReadContext,
) -> Result<Tensor> {
    let place = quoted(label);
    let _watch = context.start_read(label, length);
    let mut rows = Rows::open(label, reader, options, context)?;
    let mut first = ByteRecord::new();
    if !rows.next(&mut first)? {
        return Err(ReadError::bad_format(match options.skip {
            0 => format!("{place} is empty"),
            lines => format!("{place} has nothing after its first {lines} lines"),
        }));
    }
    let first_line = rows.line(&first);
    let mut row = ByteRecord::new();
    let more = rows.next(&mut row)?;
    let columns = Columns::decide(&place, &first, more.then_some(&row), options)?;
    let mut table = Table::new(context)?;
    table.expect(guess(length, more.then_some(&row), columns.selected.len()));
    let reading = RowContext { place: &place, columns: &columns };
    if !columns.has_header() {
        reading.add(&mut table, &first, |_| first_line)?;
    }
    if more {
        reading.add(&mut table, &row, |row| rows.line(row))?;
        while rows.next(&mut row)? {
            reading.add(&mut table, &row, |row| rows.line(row))?;
        }
    }
    Ok(table.into_tensor(columns.selected.len())?)
}

/// Estimates the number of values in a file of this length from its first row.
///
/// At most half its bytes, since each value has at least a digit and a delimiter. Compressed files have more;
/// their table grows.
fn guess(length: Option<u64>, row: Option<&ByteRecord>, columns: usize) -> usize {
    let (Some(length), Some(row)) = (length, row) else { return 0 };
    let length = usize::try_from(length).unwrap_or(0);
    let bytes = (row.as_slice().len() + row.len()).max(2);
    (length / bytes + 1).saturating_mul(columns).min(length / 2 + 1)
}

/// The context that rows are checked against.
struct RowContext<'r> {
    place: &'r str,
    columns: &'r Columns,
}

impl RowContext<'_> {
    /// Adds a row to the table. Its line number is computed only for errors.
    fn add(&self, table: &mut Table, row: &ByteRecord, line: impl Fn(&ByteRecord) -> u64) -> Result<()> {
        if row.len() != self.columns.width {
            return Err(self.ragged(row, line(row)));
        }
        table.push(row, &self.columns.selected).map_err(|error| match error {
            RowError::Cell(column) => self.not_numeric(row, line(row), column),
            RowError::Rounded(column) => {
                let (place, cell) = self.cell(row, line(row), column);
                ReadError::unsupported(format!("{place}: {cell} is an integer that f64 would round"))
            }
            RowError::RoundedBefore(column, integer) => {
                let (place, cell) = self.cell(row, line(row), column);
                ReadError::unsupported(format!(
                    "{place}: {cell} does not fit i64, and f64 would round `{integer}` before it"
                ))
            }
            RowError::Limit(limit) => ReadError::from(limit),
        })
    }

    fn ragged(&self, row: &ByteRecord, line: u64) -> ReadError {
        ReadError::bad_format(format!(
            "{}, line {line}: {} where the first line has {}",
            self.place,
            cells(row.len()),
            self.columns.width
        ))
    }

    /// The position and the text of a cell.
    fn cell(&self, row: &ByteRecord, line: u64, column: usize) -> (String, String) {
        let text = cell::trim(row.get(column).unwrap_or_default());
        (format!("{}, line {line}, {}", self.place, self.columns.show(column)), cell::show(text))
    }

    fn not_numeric(&self, row: &ByteRecord, line: u64, column: usize) -> ReadError {
        let text = cell::trim(row.get(column).unwrap_or_default());
        let place = format!("{}, line {line}, {}", self.place, self.columns.show(column));
        let message = match text {
            text if cell::is_number(text) => format!("{place}: {} is beyond f64", cell::show(text)),
            [] => format!("{place}: the cell is empty, and a tensor has no NULL"),
            text => format!("{place}: {} is not a number", cell::show(text)),
        };
        ReadError::not_numeric(message).with_help(self.help(row, text))
    }

    /// Suggests another delimiter that would parse the cell, or the numeric columns.
    fn help(&self, row: &ByteRecord, text: &[u8]) -> Option<String> {
        for delimiter in [b';', b'\t', b'|', b','] {
            let mut parts = text.split(|byte| *byte == delimiter);
            if text.contains(&delimiter) && parts.all(cell::is_number) {
                let shown = (delimiter as char).escape_default();
                return Some(format!("the delimiter may be `{shown}`: delimiter => '{shown}'"));
            }
        }
        if self.columns.chosen {
            return None;
        }
        let numeric: Vec<String> = (0..self.columns.width)
            .filter(|&column| row.get(column).is_some_and(cell::is_number))
            .map(|column| self.columns.spell(column))
            .collect();
        if numeric.is_empty() {
            None
        } else {
            Some(format!("columns of numbers can be chosen: columns => '{}'", joined(&numeric)))
        }
    }
}

/// The first names, in the syntax of the option.
fn joined(names: &[String]) -> String {
    const MAX_LISTED: usize = 8;
    let dots = if names.len() > MAX_LISTED { ",..." } else { "" };
    format!("{}{dots}", names[..names.len().min(MAX_LISTED)].join(","))
}

fn cells(count: usize) -> String {
    match count {
        1 => "1 cell".to_string(),
        count => format!("{count} cells"),
    }
}
