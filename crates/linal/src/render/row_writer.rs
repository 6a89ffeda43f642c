//! Writes the rows of a result batch by batch, in every format.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;
use linal_store::text::{CsvLines, JsonRows};

use super::abridged::AbridgedRows;
use super::arrow::{compact, io_error};
use super::{Format, RenderOptions, markdown, table};

const LINES: CsvLines = CsvLines::new(b',');

/// The writer of one result. The formats for programs write each batch at once; those for people keep the rows that they show.
pub struct RowWriter<W: Write>(Kind<W>);

enum Kind<W: Write> {
    Csv(W),
    Json { objects: JsonRows, begun: bool, out: W },
    Jsonl(JsonRows, W),
    Arrow(Box<StreamWriter<W>>),
    Table(Shown<W>),
    Markdown(Shown<W>),
}

struct Shown<W> {
    rows: AbridgedRows,
    options: RenderOptions,
    out: W,
}

impl<W: Write> RowWriter<W> {
    /// Begins a result.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(
        format: Format,
        options: &RenderOptions,
        schema: &SchemaRef,
        mut out: W,
    ) -> io::Result<RowWriter<W>> {
        let shown = |out| Shown {
            rows: AbridgedRows::new(schema.clone(), options.max_rows),
            options: options.clone(),
            out,
        };
        Ok(RowWriter(match format {
            Format::Csv => {
                LINES.header(schema, &mut out)?;
                Kind::Csv(out)
            }
            Format::Json => Kind::Json { objects: JsonRows::new(schema), begun: false, out },
            Format::Jsonl => Kind::Jsonl(JsonRows::new(schema), out),
            Format::Arrow => Kind::Arrow(Box::new(StreamWriter::try_new(out, schema).map_err(io_error)?)),
            Format::Table => Kind::Table(shown(out)),
            Format::Markdown => Kind::Markdown(shown(out)),
        }))
    }

    /// Writes or keeps the next rows.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn rows(&mut self, batch: &RecordBatch) -> io::Result<()> {
        match &mut self.0 {
            Kind::Csv(out) => LINES.rows(batch, out),
            Kind::Json { objects, begun, out } => objects.items(batch, begun, out),
            Kind::Jsonl(objects, out) => objects.lines(batch, out),
            Kind::Arrow(writer) => compact(batch).and_then(|batch| writer.write(&batch)).map_err(io_error),
            Kind::Table(shown) | Kind::Markdown(shown) => {
                shown.rows.push(batch);
                Ok(())
            }
        }
    }

    /// Ends the result. The formats for people have the notices below their rows.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(self, notices: &[String]) -> io::Result<()> {
        match self.0 {
            Kind::Csv(_) | Kind::Jsonl(..) => Ok(()),
            Kind::Json { begun, mut out, .. } => out.write_all(if begun { b"]\n" } else { b"[]\n" }),
            Kind::Arrow(mut writer) => writer.finish().map_err(io_error),
            Kind::Table(mut shown) => table::rows(&shown.rows, notices, &shown.options, &mut shown.out),
            Kind::Markdown(mut shown) => markdown::rows(&shown.rows, notices, &mut shown.out),
        }
    }
}
