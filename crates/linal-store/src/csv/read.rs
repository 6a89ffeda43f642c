//! A CSV file as one tensor.

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
/// The dtype is `i64` when every cell is a whole number that `i64` holds, else `f64`; an integer that `f64` would round
/// is an error. The first line is a header when
/// it has a text cell over a number. Cells may be quoted and have blanks around them; `nan` and `inf` are numbers; a
/// byte order mark, empty lines and either kind of line end are taken as they come. Compression by gzip is recognised
/// by the content.
///
/// # Errors
/// When the file is missing, a cell of a column that is read is empty or no number, a line has more or fewer cells
/// than the first, a column is not there; when the pool has no room; when the reading was stopped.
pub fn read_csv(path: &Path, options: &CsvOptions, context: &ReadContext) -> Result<Tensor> {
    let source = Source::open(path)?;
    parse(&source.label, source.file, Some(source.length), options, context)
}

/// As [`read_csv`], over the bytes of a reader; `length` is their number where it is known.
///
/// `label` is how errors name the input, and its extension tells the delimiter when the options do not.
///
/// # Errors
/// As there.
pub fn parse(
    label: &str,
    reader: impl Read,
    length: Option<u64>,
    options: &CsvOptions,
    context: &ReadContext,
) -> Result<Tensor> {
    let place = quoted(label);
    let _watch = context.watch(label, length);
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
    let reading = Reading { place: &place, columns: &columns };
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

/// How many numbers a file of this length has if all rows are like this one.
///
/// No more than half its bytes, since each number has at least a digit and a separator. Compressed files have more,
/// and their table grows as they are read.
fn guess(length: Option<u64>, row: Option<&ByteRecord>, columns: usize) -> usize {
    let (Some(length), Some(row)) = (length, row) else { return 0 };
    let length = usize::try_from(length).unwrap_or(0);
    let bytes = (row.as_slice().len() + row.len()).max(2);
    (length / bytes + 1).saturating_mul(columns).min(length / 2 + 1)
}

/// What a row is checked against.
struct Reading<'r> {
    place: &'r str,
    columns: &'r Columns,
}

impl Reading<'_> {
    /// Adds a row to the table. The line of the row is asked for only when something is wrong with it.
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

    /// The place of a cell, and the cell.
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

    /// Another delimiter that would make sense of the cell, or the columns that are numbers.
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

/// The first few names as the option takes them.
fn joined(names: &[String]) -> String {
    const LISTED: usize = 8;
    let dots = if names.len() > LISTED { ",..." } else { "" };
    format!("{}{dots}", names[..names.len().min(LISTED)].join(","))
}

fn cells(count: usize) -> String {
    match count {
        1 => "1 cell".to_string(),
        count => format!("{count} cells"),
    }
}
