//! `text/csv` and `application/vnd.apache.arrow.stream`: the last result that is a table or a tensor.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use linal::render::{Format, RenderOptions, RowWriter, is_result, render};
use linal::{Outcome, RowSet};

use super::json::Kept;

/// Rows of a message of an Arrow stream, and between two looks at whether the request is to stop.
const ROWS: usize = 16_384;

/// The last result so far.
#[derive(Debug)]
pub struct Last {
    format: Format,
    last: Option<Outcome>,
    /// Whether the last result was written as it was made.
    is_written: bool,
    kept: Kept,
}

impl Last {
    pub(super) fn new(format: Format) -> Last {
        Last { format, last: None, is_written: false, kept: Kept::default() }
    }

    pub(super) fn outcome(&mut self, outcome: Outcome) {
        self.kept.push(&outcome);
        if is_result(&outcome) {
            self.last = Some(outcome);
        }
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Notes that the last result was written.
    pub(super) fn set_written(&mut self) {
        (self.last, self.is_written) = (None, true);
    }

    pub(super) fn kept(self) -> Kept {
        self.kept
    }

    pub(super) fn finish(self, poll: &dyn Fn() -> io::Result<()>, out: &mut dyn Write) -> io::Result<()> {
        if self.is_written {
            return Ok(());
        }
        match (self.last, self.format) {
            (None, Format::Csv) => Ok(()),
            (None, format) => rows(&RowSet::from_rows(&[], &[]), format, poll, out),
            (Some(Outcome::Rows(table)), format) => rows(&table, format, poll, out),
            (Some(tensor), format) => render(&tensor, format, &RenderOptions::default(), out),
        }
    }
}

fn rows(
    rows: &RowSet,
    format: Format,
    poll: &dyn Fn() -> io::Result<()>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = RowWriter::new(format, &RenderOptions::default(), &rows.schema, out)?;
    each_slice(&rows.batches, |slice| {
        poll()?;
        writer.rows(slice)
    })?;
    writer.finish(&[])
}

/// Visits batches in slices, so that a large one is not encoded at once.
fn each_slice(
    batches: &[RecordBatch],
    mut visit: impl FnMut(&RecordBatch) -> io::Result<()>,
) -> io::Result<()> {
    for batch in batches {
        for start in (0..batch.num_rows()).step_by(ROWS) {
            visit(&batch.slice(start, ROWS.min(batch.num_rows() - start)))?;
        }
    }
    Ok(())
}
