//! `text/csv` and `application/vnd.apache.arrow.stream`: the last result that is a table or a tensor.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use linal::render::{Format, RenderOptions, is_result, render};
use linal::values::CsvLines;
use linal::{Outcome, RowSet};

use super::json::Kept;

/// Rows of a message of an Arrow stream, and between two looks at whether the request is to stop.
const ROWS: usize = 16_384;

/// The last result so far.
#[derive(Debug)]
pub struct Last {
    format: Format,
    last: Option<Outcome>,
    kept: Kept,
}

impl Last {
    pub(super) fn new(format: Format) -> Last {
        Last { format, last: None, kept: Kept::default() }
    }

    pub(super) fn outcome(&mut self, outcome: Outcome) {
        self.kept.push(&outcome);
        if is_result(&outcome) {
            self.last = Some(outcome);
        }
    }

    pub(super) fn kept(self) -> Kept {
        self.kept
    }

    pub(super) fn finish(self, poll: &dyn Fn() -> io::Result<()>, out: &mut dyn Write) -> io::Result<()> {
        match (self.last, self.format) {
            (None, Format::Csv) => Ok(()),
            (None, _) => arrow(&RowSet::from_rows(&[], &[]), poll, out),
            (Some(Outcome::Rows(rows)), Format::Csv) => csv(&rows, poll, out),
            (Some(Outcome::Rows(rows)), _) => arrow(&rows, poll, out),
            (Some(tensor), format) => render(&tensor, format, &RenderOptions::default(), out),
        }
    }
}

fn csv(rows: &RowSet, poll: &dyn Fn() -> io::Result<()>, out: &mut dyn Write) -> io::Result<()> {
    let lines = CsvLines { delimiter: b',' };
    lines.header(&rows.schema, out)?;
    each_slice(&rows.batches, |slice| {
        poll()?;
        lines.rows(slice, out)
    })
}

fn arrow(rows: &RowSet, poll: &dyn Fn() -> io::Result<()>, out: &mut dyn Write) -> io::Result<()> {
    let mut stream = start(&rows.schema, out)?;
    each_slice(&rows.batches, |slice| {
        poll()?;
        stream.write(slice).map_err(io_error)
    })?;
    stream.finish().map_err(io_error)
}

fn start<'o>(schema: &SchemaRef, out: &'o mut dyn Write) -> io::Result<StreamWriter<&'o mut dyn Write>> {
    StreamWriter::try_new(out, schema).map_err(io_error)
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

/// The error of the writer itself, so that a client that has gone is recognised.
fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}
