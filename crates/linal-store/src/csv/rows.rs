//! Iterates over rows of cells.

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::input::{self, RowBudget};
use super::options::CsvOptions;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::quoted;

/// The rows of a file. Empty and blank lines are skipped.
pub(crate) struct Rows<'a> {
    reader: Reader<RowBudget<'a>>,
    label: String,
    /// Lines before the parser started.
    skipped: u64,
}

impl<'a> Rows<'a> {
    /// Starts after the skipped lines.
    pub(crate) fn open(
        label: &str,
        reader: impl std::io::Read + 'a,
        options: &CsvOptions,
        context: &ReadContext<'a>,
    ) -> Result<Rows<'a>> {
        let mut text = input::open(label, reader, context)?;
        let skipped = input::skip_lines(label, &mut text, options.skip)?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(options.delimiter_for(label))
            .from_reader(RowBudget::new(text, context)?);
        Ok(Rows { reader, label: label.to_string(), skipped: skipped as u64 })
    }

    /// Reads the next row; `false` at the end.
    pub(crate) fn next(&mut self, row: &mut ByteRecord) -> Result<bool> {
        loop {
            self.reader.get_mut().next_row();
            let more = self.reader.read_byte_record(row).map_err(|error| self.error(error))?;
            if !more || !is_blank(row) {
                return Ok(more);
            }
        }
    }

    /// The line number of the last row, from 1.
    ///
    /// The parser's own line counter does not help: it counts from before the empty lines that precede a row.
    pub(crate) fn line(&self, row: &ByteRecord) -> u64 {
        let before = self.reader.get_ref().lines_before(self.reader.position().byte());
        let inside = row.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        (self.skipped + 1 + before).saturating_sub(inside)
    }

    fn error(&self, error: csv::Error) -> ReadError {
        let place = quoted(&self.label);
        match error.into_kind() {
            ErrorKind::Io(error) => ReadError::from_io(&place, &error),
            // The parser has no other error for byte rows of any length.
            kind => ReadError::bad_format(format!("{place} is damaged: {kind:?}")),
        }
    }
}

fn is_blank(row: &ByteRecord) -> bool {
    row.len() == 1 && row.get(0).is_some_and(|cell| !cell.is_empty() && cell.trim_ascii().is_empty())
}
