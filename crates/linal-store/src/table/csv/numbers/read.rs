//! Reads a CSV file as one tensor.

use std::io::Read;
use std::path::Path;

use linal_tensor::Tensor;

use super::columns::Columns;
use super::sample::Sample;
use super::values::{RowError, Values};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::Source;
use crate::table::csv::cell;
use crate::table::csv::read::input_is_empty;
use crate::table::csv::rows::{EmptyLine, Rows};
use crate::table::csv::scan::{Record, Scanner};
use crate::table::input::Input;
use crate::table::{TableFormat, TableOptions};

/// Reads a table of numbers: a matrix, or a vector when one column is read.
///
/// The dtype is `i64` when every cell is an integer that fits, otherwise `f64`; an integer that `f64` would
/// round is an error. The first line is a header by the rule of [`TableOptions::header`], which the first rows
/// decide; but when all columns are text it is data, and an error. Cells may be quoted and padded with blanks;
/// `nan` and `inf` are numbers; a byte order mark, empty lines and all kinds of line ends are accepted. Gzip
/// and zstd are detected by content.
///
/// # Errors
/// When the file is missing, a cell of a selected column is empty or not a number, rows differ in length, a
/// column does not exist, the pool is exhausted, or the read was cancelled.
pub fn read_csv(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Tensor> {
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
    reader: impl Read + Send,
    length: Option<u64>,
    options: &TableOptions,
    context: &ReadContext,
) -> Result<Tensor> {
    let mut input = Input::new(label, reader, length, context)?;
    input.skip_mark()?;
    let skipped = input.skip_lines(options.skip)?;
    let delimiter = options.delimiter.unwrap_or_else(|| delimiter_for(label));
    let scanner = Scanner::new(&mut input.text, delimiter, skipped);
    let place = input.place.as_str();
    let mut rows = Rows::new(place, scanner, EmptyLine::Skipped, context)?;
    let Some(sample) = Sample::read(&mut rows, context)? else {
        return Err(input_is_empty(place, options));
    };
    let columns = Columns::decide(place, &sample, options)?;
    let mut values = Values::new(context)?;
    values.expect(guess(length, sample.rows().get(1).map(|(_, row)| row), columns.selected.len()));
    let reading = RowContext { place, columns: &columns };
    for (line, row) in &sample.rows()[usize::from(columns.has_header())..] {
        reading.add(&mut values, row, *line)?;
    }
    if let Some(error) = sample.into_error() {
        return Err(error);
    }
    while let Some(line) = rows.next()? {
        reading.add(&mut values, rows.record(), line)?;
    }
    Ok(values.into_tensor(columns.selected.len())?)
}

/// The delimiter that the file name tells: a tab for `.tsv` and `.tab`, otherwise a comma.
fn delimiter_for(label: &str) -> u8 {
    match TableFormat::from_path(Path::new(label)) {
        Ok(TableFormat::Csv(delimiter)) => delimiter,
        _ => b',',
    }
}

/// Estimates the number of values in a file of this length from its first row.
///
/// At most half its bytes, since each value has at least a digit and a delimiter. Compressed files have more;
/// their table grows.
fn guess(length: Option<u64>, row: Option<&Record>, columns: usize) -> usize {
    let (Some(length), Some(row)) = (length, row) else { return 0 };
    let length = usize::try_from(length).unwrap_or(0);
    let bytes = (row.bytes().len() + row.len()).max(2);
    (length / bytes + 1).saturating_mul(columns).min(length / 2 + 1)
}

/// The context that rows are checked against.
struct RowContext<'r> {
    place: &'r str,
    columns: &'r Columns,
}

impl RowContext<'_> {
    /// Adds the selected cells of a row.
    fn add(&self, values: &mut Values, row: &Record, line: u64) -> Result<()> {
        values.push(row, &self.columns.selected).map_err(|error| match error {
            RowError::Cell(column) => self.not_numeric(row, line, column),
            RowError::Rounded(column) => {
                let (place, cell) = self.cell(row, line, column);
                ReadError::unsupported(format!("{place}: {cell} is an integer that f64 would round"))
            }
            RowError::RoundedBefore(column, integer) => {
                let (place, cell) = self.cell(row, line, column);
                ReadError::unsupported(format!(
                    "{place}: {cell} does not fit i64, and f64 would round `{integer}` before it"
                ))
            }
            RowError::Limit(limit) => ReadError::from(limit),
        })
    }

    /// The position and the text of a cell.
    fn cell(&self, row: &Record, line: u64, column: usize) -> (String, String) {
        let text = cell::trim(row.cell(column).unwrap_or_default());
        (format!("{}, line {line}, {}", self.place, self.columns.show(column)), cell::show(text))
    }

    fn not_numeric(&self, row: &Record, line: u64, column: usize) -> ReadError {
        let text = cell::trim(row.cell(column).unwrap_or_default());
        let place = format!("{}, line {line}, {}", self.place, self.columns.show(column));
        let message = match text {
            text if cell::is_number(text) => format!("{place}: {} is beyond f64", cell::show(text)),
            [] => format!("{place}: the cell is empty, and a tensor has no NULL"),
            text => format!("{place}: {} is not a number", cell::show(text)),
        };
        ReadError::not_numeric(message).with_help(self.help(row, text))
    }

    /// Suggests another delimiter that would parse the cell, or the numeric columns.
    fn help(&self, row: &Record, text: &[u8]) -> Option<String> {
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
            .filter(|&column| row.cell(column).is_some_and(cell::is_number))
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
