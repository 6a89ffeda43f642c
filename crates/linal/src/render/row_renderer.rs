//! Rows that are written while their query runs.

use std::io::{self, Write};
use std::mem;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal_engine::{Code, Error, Result, RowSink};

use super::{Format, RenderOptions, RowWriter};

/// The sink that writes the rows of a query in a format. A statement that is no query writes nothing.
pub struct RowRenderer<W: Write> {
    format: Format,
    options: RenderOptions,
    /// What is written before the first result.
    before: &'static [u8],
    state: State<W>,
}

enum State<W: Write> {
    /// No rows have come.
    Waiting(W),
    Writing(RowWriter<W>),
    /// The writer has failed; the error until it is reported.
    Failed(Option<io::Error>),
}

impl<W: Write> RowRenderer<W> {
    /// A sink that writes `before` ahead of the rows.
    pub fn new(format: Format, options: RenderOptions, before: &'static [u8], out: W) -> RowRenderer<W> {
        RowRenderer { format, options, before, state: State::Waiting(out) }
    }

    /// Whether a result was begun.
    pub fn has_begun(&self) -> bool {
        !matches!(self.state, State::Waiting(_))
    }

    /// Ends the result of a statement that has succeeded.
    ///
    /// # Errors
    /// Those of the writer, now or before.
    pub fn finish(self, notices: &[String]) -> io::Result<()> {
        match self.state {
            State::Waiting(_) => Ok(()),
            State::Writing(writer) => writer.finish(notices),
            State::Failed(error) => Err(error.unwrap_or_else(|| io::ErrorKind::Other.into())),
        }
    }

    /// Leaves the result of a statement that has failed as it is.
    ///
    /// # Errors
    /// Those of the writer before.
    pub fn broken(self) -> io::Result<()> {
        match self.state {
            State::Failed(Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Keeps the error of the writer, and ends the statement.
    fn fail(&mut self, error: io::Error) -> Error {
        self.state = State::Failed(Some(error));
        Error::new(Code::Cancelled, "its rows cannot be written")
    }
}

impl<W: Write> RowSink for RowRenderer<W> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        match mem::replace(&mut self.state, State::Failed(None)) {
            State::Waiting(mut out) => {
                let begun = out.write_all(self.before);
                let writer = begun.and_then(|()| RowWriter::new(self.format, &self.options, schema, out));
                self.state = State::Writing(writer.map_err(|error| self.fail(error))?);
                Ok(())
            }
            other => {
                self.state = other;
                Ok(())
            }
        }
    }

    fn rows(&mut self, batch: RecordBatch) -> Result<()> {
        match &mut self.state {
            State::Writing(writer) => writer.rows(&batch).map_err(|error| self.fail(error)),
            _ => Ok(()),
        }
    }
}
