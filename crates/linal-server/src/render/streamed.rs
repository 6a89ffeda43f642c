//! The rows of one query, written as they are made.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal::render::{Format, RenderOptions, RowRenderer};
use linal::{Code, Error, Outcome, Result, RowSet, RowSink};

use super::json::{Json, Kept};
use super::last::Last;
use super::lines::Objects;
use super::{Output, Writer};

/// Takes the rows of a query for an answer.
pub struct StreamedRows<'w> {
    target: Target<'w>,
    poll: &'w dyn Fn() -> io::Result<()>,
    /// Counts rows; an error ends the statement.
    count: &'w dyn Fn(u64) -> Result<()>,
    is_broken: bool,
}

enum Target<'w> {
    Json { json: &'w mut Json, mark: usize, bytes: usize, out: &'w mut Output },
    Lines { objects: Option<Objects>, kept: KeptRows<'w>, bytes: usize, out: &'w mut Output },
    Last { last: &'w mut Last, rows: RowRenderer<&'w mut Output> },
    Table { kept: KeptRows<'w>, rows: RowRenderer<&'w mut Output> },
}

/// The rows of a result, as long as they are few: in case that a later statement fails.
struct KeptRows<'w> {
    kept: &'w mut Kept,
    rows: Option<RowSet>,
}

impl<'w> KeptRows<'w> {
    fn new(kept: &'w mut Kept) -> KeptRows<'w> {
        KeptRows { kept, rows: None }
    }

    fn begin(&mut self, schema: &SchemaRef) {
        self.rows = Some(RowSet::new(schema.clone(), Vec::new()));
    }

    fn push(&mut self, batch: &RecordBatch) {
        if let Some(rows) = &mut self.rows {
            rows.batches.push(batch.clone());
            if !self.kept.has_room(rows) {
                self.rows = None;
            }
        }
    }

    fn finish(self, notices: &[String]) {
        match self.rows {
            Some(rows) => self.kept.push(&Outcome::Rows(rows.with_notices(notices.to_vec()))),
            None => self.kept.fill(),
        }
    }
}

impl<'w> StreamedRows<'w> {
    /// The sink of a statement; `None` when its rows must be collected, because the format has one result and another
    /// statement follows.
    pub fn new(
        writer: &'w mut Writer,
        options: &RenderOptions,
        is_last: bool,
        poll: &'w dyn Fn() -> io::Result<()>,
        count: &'w dyn Fn(u64) -> Result<()>,
        out: &'w mut Output,
    ) -> Option<StreamedRows<'w>> {
        let bytes = out.kept_bytes();
        let target = match writer {
            Writer::Json(json) => Target::Json { mark: json.mark(), json, bytes, out },
            Writer::Lines(lines) => {
                Target::Lines { objects: None, kept: KeptRows::new(lines.kept_mut()), bytes, out }
            }
            Writer::Last(_) if !is_last => return None,
            Writer::Last(last) => {
                let rows = RowRenderer::new(last.format(), options.clone(), b"", out);
                Target::Last { last, rows }
            }
            Writer::Table(table) => {
                let rows = RowRenderer::new(Format::Table, options.clone(), b"", out);
                Target::Table { kept: KeptRows::new(table.kept_mut()), rows }
            }
        };
        Some(StreamedRows { target, poll, count, is_broken: false })
    }

    /// Whether the answer could not be written: its client has gone, or the request is to stop.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Ends the table of a query that has succeeded.
    ///
    /// # Errors
    /// Those of the answer.
    pub fn finish(self, notices: &[String]) -> io::Result<()> {
        match self.target {
            Target::Json { json, out, .. } => json.end_rows(notices, out),
            Target::Lines { kept, .. } => {
                kept.finish(notices);
                Ok(())
            }
            Target::Last { last, rows } => {
                last.set_written();
                rows.finish(notices)
            }
            Target::Table { kept, rows } => {
                kept.finish(notices);
                rows.finish(notices)
            }
        }
    }

    /// Takes back the table of a query that has failed, if nothing of it was sent.
    pub fn forget(self) {
        match self.target {
            Target::Json { json, mark, bytes, out } if !out.is_streamed() => {
                json.forget(mark);
                out.truncate(bytes);
            }
            Target::Lines { bytes, out, .. } if !out.is_streamed() => out.truncate(bytes),
            _ => {}
        }
    }

    fn write(
        &mut self,
        write: impl FnOnce(&mut Target<'w>, &dyn Fn() -> io::Result<()>) -> io::Result<()>,
    ) -> Result<()> {
        write(&mut self.target, self.poll).map_err(|_| {
            self.is_broken = true;
            Error::new(Code::Cancelled, "its rows cannot be written")
        })
    }
}

impl RowSink for StreamedRows<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        match &mut self.target {
            Target::Last { rows, .. } => rows.begin(schema),
            Target::Table { rows, kept } => {
                kept.begin(schema);
                rows.begin(schema)
            }
            Target::Lines { objects, kept, .. } => {
                kept.begin(schema);
                *objects = Some(Objects::new(schema));
                Ok(())
            }
            Target::Json { .. } => self.write(|target, _| match target {
                Target::Json { json, out, .. } => json.begin_rows(schema, *out),
                _ => Ok(()),
            }),
        }
    }

    fn rows(&mut self, batch: RecordBatch) -> Result<()> {
        (self.count)(batch.num_rows() as u64)?;
        self.write(|_, poll| poll())?;
        if let Target::Last { rows, .. } | Target::Table { rows, .. } = &mut self.target {
            let written = rows.rows(batch.clone());
            self.is_broken = written.is_err();
            written?;
        }
        self.write(|target, poll| match target {
            Target::Json { json, out, .. } => json.batch(&batch, poll, *out),
            Target::Lines { objects, kept, out, .. } => {
                kept.push(&batch);
                objects.as_ref().map_or(Ok(()), |objects| objects.batch(&batch, poll, *out))
            }
            Target::Table { kept, .. } => {
                kept.push(&batch);
                Ok(())
            }
            Target::Last { .. } => Ok(()),
        })
    }
}
