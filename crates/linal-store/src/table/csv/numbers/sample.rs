//! The first rows of a file, which tell whether it has a header.

use std::io::BufRead;

use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::TableOptions;
use crate::table::budget::Budget;
use crate::table::csv::header::{self, Header};
use crate::table::csv::rows::Rows;
use crate::table::csv::scan::Record;
use crate::table::csv::survey::ColumnSurvey;

/// The most rows of a sample.
const MAX_ROWS: usize = 128;

/// As many rows are sampled however long they are: the first and two below it.
const MIN_ROWS: usize = 3;

/// A sample of this size gets no further rows.
const MAX_BYTES: usize = 256 << 10;

/// The first rows of a file, at least one.
pub(super) struct Sample {
    /// Each with the line that it begins on.
    rows: Vec<(u64, Record)>,
    /// The cells below the first row.
    columns: Vec<ColumnSurvey>,
    /// Why no further row could be read. Errors of the rows before it come first.
    error: Option<ReadError>,
    /// Covers the rows and the columns.
    _budget: Budget,
}

impl Sample {
    /// Reads the first rows; `None` when there is none.
    pub(super) fn read<R: BufRead>(rows: &mut Rows<R>, context: &ReadContext) -> Result<Option<Sample>> {
        let Some(line) = rows.next()? else { return Ok(None) };
        let mut budget = Budget::new(context)?;
        let width = rows.record().len();
        let of_columns = width * size_of::<ColumnSurvey>();
        let mut of_rows = rows.record().memory();
        budget.cover(of_columns + of_rows)?;
        let mut columns: Vec<ColumnSurvey> = (0..width).map(|_| ColumnSurvey::new()).collect();
        let mut sampled = vec![(line, rows.record().clone())];
        let mut error = None;
        while sampled.len() < MIN_ROWS || sampled.len() < MAX_ROWS && of_rows < MAX_BYTES {
            let next = rows.next();
            // The row itself, and its cells in the columns, whose vectors may double.
            of_rows += 5 * rows.record().memory();
            budget.cover(of_columns + of_rows)?;
            // Also the cells of a row of another length tell whether there is a header.
            for (column, (cell, quoted)) in columns.iter_mut().zip(rows.record().cells()) {
                column.push(cell, quoted);
            }
            match next {
                Ok(Some(line)) => sampled.push((line, rows.record().clone())),
                Ok(None) => break,
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        Ok(Some(Sample { rows: sampled, columns, error, _budget: budget }))
    }

    /// The cells of the first row, each with whether it was quoted.
    pub(super) fn first(&self) -> Vec<(String, bool)> {
        let text = |(cell, quoted): (&[u8], bool)| (String::from_utf8_lossy(cell).into_owned(), quoted);
        self.rows.iter().take(1).flat_map(|(_, row)| row.cells()).map(text).collect()
    }

    /// Whether the first row is a header. When all columns are text, it is not: a tensor has no text.
    pub(super) fn has_header(&self, options: &TableOptions) -> bool {
        header::decide(&self.first(), &self.columns, options) == Header::Present
    }

    /// The error that ended the sample.
    pub(super) fn into_error(self) -> Option<ReadError> {
        self.error
    }

    /// The rows, each with the line that it begins on.
    pub(super) fn rows(&self) -> &[(u64, Record)] {
        &self.rows
    }
}
