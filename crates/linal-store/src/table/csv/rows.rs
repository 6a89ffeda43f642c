//! Iterates over the rows of a file, which all have as many cells as the first.

use std::io::BufRead;

use super::scan::{Record, ScanError, Scanner};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::budget::Budget;

/// Rows up to this size are not charged separately.
pub(super) const UNCHARGED_ROW_BYTES: usize = 64 << 10;

/// What an empty line is in a file of one column. In any other file it is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmptyLine {
    /// A row with a NULL cell.
    Null,
    /// No row.
    Skipped,
}

/// The checked rows of a file.
pub(super) struct Rows<R> {
    /// The name of the file in errors.
    pub(super) place: String,
    scanner: Scanner<R>,
    record: Record,
    budget: Budget,
    /// Cells per row, as in the first row.
    width: Option<usize>,
    empty_line: EmptyLine,
    /// The texts of NULL; `None` for the empty one.
    nulls: Option<Vec<String>>,
    /// The first row as it is in the file, where texts are NULL.
    written: Option<Record>,
}

impl<R: BufRead> Rows<R> {
    /// The rows of the scanner; `place` names the file in errors.
    pub(super) fn new(
        place: &str,
        scanner: Scanner<R>,
        empty_line: EmptyLine,
        context: &ReadContext,
    ) -> Result<Rows<R>> {
        let (place, record, budget) = (place.to_string(), Record::default(), Budget::new(context)?);
        Ok(Rows { place, scanner, record, budget, width: None, empty_line, nulls: None, written: None })
    }

    /// Sets the texts of cells that are NULL.
    pub(super) fn with_nulls(mut self, nulls: &Option<Vec<String>>) -> Rows<R> {
        self.nulls.clone_from(nulls);
        self
    }

    /// Reads the next row that is not blank; returns the line that it begins on, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<u64>> {
        loop {
            let Some(line) = self.scan()? else { return Ok(None) };
            let is_row = self.empty_line == EmptyLine::Null && self.width == Some(1);
            if is_row || !self.record.is_blank() {
                self.mark_nulls()?;
                return self.check_width(line).map(|()| Some(line));
            }
        }
    }

    /// The first row as it is in the file, when texts are NULL: a name may be one of them.
    pub(super) fn written(&self) -> Option<&Record> {
        self.written.as_ref()
    }

    fn mark_nulls(&mut self) -> Result<()> {
        let Some(nulls) = &self.nulls else { return Ok(()) };
        if self.width.is_none() {
            self.written = Some(self.record.clone());
            self.budget.cover(self.record.memory() * 3)?;
        }
        self.record.mark_nulls(nulls);
        Ok(())
    }

    /// The last row.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    fn scan(&mut self) -> Result<Option<u64>> {
        let budget = &mut self.budget;
        let charge = |record: &Record| {
            if record.memory() <= UNCHARGED_ROW_BYTES {
                return Ok(());
            }
            // Twice, since both vectors may double with the next byte.
            budget.cover(record.memory() * 2).map_err(std::io::Error::other)
        };
        self.scanner.next(&mut self.record, charge).map_err(|error| match error {
            ScanError::Io(error) => ReadError::from_io(&self.place, &error),
            ScanError::OpenQuote(line) => ReadError::bad_format(format!(
                "{}, line {line}: a quote is opened that nothing closes",
                self.place
            )),
        })
    }

    fn check_width(&mut self, line: u64) -> Result<()> {
        let (found, width) = (self.record.len(), *self.width.get_or_insert(self.record.len()));
        if found == width {
            return Ok(());
        }
        let cells = if found == 1 { "1 cell".to_string() } else { format!("{found} cells") };
        let place = &self.place;
        Err(ReadError::bad_format(format!("{place}, line {line}: {cells} where the first line has {width}")))
    }
}
