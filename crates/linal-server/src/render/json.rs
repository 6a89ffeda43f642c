//! `application/json`: all results in one object, `{"results": [...], ...}`.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use linal::values::{Value, elements, json_string};
use linal::{ColumnType, Definition, Outcome, RowSet, Tensor};
use serde_json::json;

use super::values::{push, push_scalar};
use super::{End, Told};
use crate::http::ApiError;

/// Rows between two looks at whether the request is to stop.
const ROWS: usize = 1024;

/// The object and its list of results.
#[derive(Debug, Default)]
pub struct Json {
    results: usize,
    /// Rows of the table that is being written.
    written: usize,
    /// What closes the result that is being written.
    open: String,
}

impl Json {
    pub(super) fn outcome(
        &mut self,
        outcome: &Outcome,
        told: &Told<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.separate(out)?;
        match outcome {
            Outcome::Rows(rows) => self.rows(rows, told, out),
            Outcome::Tensor { name, tensor } => self.tensor(name, tensor, told, out),
            Outcome::Defined(definition) => out.write_all(defined(definition, told.notices).as_bytes()),
            Outcome::Text(text) | Outcome::Done(text) => {
                out.write_all(message(text, told.notices).as_bytes())
            }
            _ => out.write_all(message("", told.notices).as_bytes()),
        }
    }

    fn separate(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.results == 0 { b"{\"results\":[" } else { b",\n" })?;
        self.results += 1;
        Ok(())
    }

    fn rows(&mut self, rows: &RowSet, told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.columns(&rows.schema, out)?;
        rows.batches.iter().try_for_each(|batch| self.batch(batch, told.poll, out))?;
        self.end_rows(&rows.notices, out)
    }

    /// Begins a table that comes batch by batch.
    pub(super) fn begin_rows(&mut self, schema: &SchemaRef, out: &mut dyn Write) -> io::Result<()> {
        self.separate(out)?;
        self.columns(schema, out)
    }

    fn columns(&mut self, schema: &SchemaRef, out: &mut dyn Write) -> io::Result<()> {
        let columns: Vec<_> = schema.fields().iter().map(|field| column(field)).collect();
        self.written = 0;
        self.open = rows_end(0, &[]);
        write!(out, "{{\"kind\":\"rows\",\"columns\":{},\"rows\":[", json!(columns))
    }

    /// Writes the next rows of a table.
    pub(super) fn batch(
        &mut self,
        batch: &RecordBatch,
        poll: &dyn Fn() -> io::Result<()>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            if self.written.is_multiple_of(ROWS) {
                self.open = rows_end(self.written, &[]);
                poll()?;
            }
            text.clear();
            text.push_str(if self.written == 0 { "" } else { ",\n" });
            push_row(&mut text, batch, row);
            out.write_all(text.as_bytes())?;
            self.written += 1;
        }
        self.open = rows_end(self.written, &[]);
        Ok(())
    }

    /// Ends a table.
    pub(super) fn end_rows(&mut self, notices: &[String], out: &mut dyn Write) -> io::Result<()> {
        self.open.clear();
        out.write_all(rows_end(self.written, notices).as_bytes())
    }

    /// What is needed to forget a table of which nothing was sent.
    pub(super) fn mark(&self) -> usize {
        self.results
    }

    /// Forgets the table that was begun after a mark.
    pub(super) fn forget(&mut self, results: usize) {
        self.results = results;
        self.open.clear();
    }

    fn tensor(
        &mut self,
        name: &str,
        tensor: &Tensor,
        told: &Told<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut text = tensor_start(name, tensor);
        for (at, value) in elements(tensor).enumerate() {
            if at > 0 {
                text.push(',');
            }
            push_scalar(&mut text, value);
            if at % ROWS == 0 {
                out.write_all(text.as_bytes())?;
                text.clear();
                self.open = "]}".to_owned();
                (told.poll)()?;
            }
        }
        self.open.clear();
        text.push(']');
        push_notices(&mut text, told.notices);
        text.push('}');
        out.write_all(text.as_bytes())
    }

    pub(super) fn finish(&self, end: &End<'_>, out: &mut dyn Write) -> io::Result<()> {
        let start = if self.results == 0 { "{\"results\":[" } else { "" };
        let (elapsed, id) = (json!(end.elapsed_ms), json!(end.query_id));
        write!(out, "{start}],\"elapsed_ms\":{elapsed},\"query_id\":{id}}}")
    }

    /// Closes what is open, and adds the error.
    pub(super) fn fail(&mut self, error: &ApiError, end: &End<'_>, out: &mut dyn Write) -> io::Result<()> {
        let start = if self.results == 0 { "{\"results\":[" } else { "" };
        let (elapsed, id) = (json!(end.elapsed_ms), json!(end.query_id));
        let open = std::mem::take(&mut self.open);
        let error = json!(error.body);
        write!(out, "{start}{open}],\"error\":{error},\"elapsed_ms\":{elapsed},\"query_id\":{id}}}")
    }
}

/// The results of a request in another format, in case that one of its statements fails: then the answer is in
/// JSON. Large results are not kept.
#[derive(Debug, Default)]
pub struct Kept {
    results: Vec<Outcome>,
    bytes: usize,
}

/// Bytes of results that are kept.
const KEPT: usize = 1 << 20;

impl Kept {
    pub(super) fn push(&mut self, outcome: &Outcome) {
        self.bytes += match outcome {
            Outcome::Rows(rows) => rows.batches.iter().map(RecordBatch::get_array_memory_size).sum(),
            Outcome::Tensor { tensor, .. } => tensor.bytes(),
            _ => 0,
        };
        if self.bytes <= KEPT {
            self.results.push(outcome.clone());
        }
    }

    /// Whether a table of this size is kept.
    pub(super) fn has_room(&self, rows: &RowSet) -> bool {
        let bytes: usize = rows.batches.iter().map(RecordBatch::get_array_memory_size).sum();
        self.bytes + bytes <= KEPT
    }

    /// Notes a large result: nothing more is kept.
    pub(super) fn fill(&mut self) {
        self.bytes = KEPT + 1;
    }

    /// The answer with an error.
    pub(super) fn of_kept(&mut self, error: &ApiError, end: &End<'_>) -> Vec<u8> {
        let (mut json, mut body) = (Json::default(), Vec::new());
        let options = linal::render::RenderOptions::default();
        let told = Told { notices: &[], options: &options, poll: &|| Ok(()) };
        // Writing to memory cannot fail.
        for outcome in &self.results {
            let _ = json.outcome(outcome, &told, &mut body);
        }
        let _ = json.fail(error, end, &mut body);
        body
    }
}

/// A column of a result.
fn column(field: &arrow::datatypes::Field) -> serde_json::Value {
    let kind = ColumnType::of(field).to_string();
    json!({ "name": field.name(), "type": kind, "nullable": field.is_nullable() })
}

fn push_row(text: &mut String, batch: &RecordBatch, row: usize) {
    text.push('[');
    let fields = batch.schema_ref().fields();
    for (at, (field, array)) in fields.iter().zip(batch.columns()).enumerate() {
        if at > 0 {
            text.push(',');
        }
        push(text, &Value::at(field, array.as_ref(), row));
    }
    text.push(']');
}

fn rows_end(rows: usize, notices: &[String]) -> String {
    format!("],\"row_count\":{rows},\"notices\":{}}}", json!(notices))
}

/// A tensor up to its elements.
pub(super) fn tensor_start(name: &str, tensor: &Tensor) -> String {
    let mut text = String::from("{\"kind\":\"tensor\",\"name\":");
    json_string(&mut text, name);
    let (dtype, dims) = (tensor.dtype().name(), json!(tensor.shape().dims()));
    text.push_str(&format!(",\"dtype\":\"{dtype}\",\"shape\":{dims},\"data\":["));
    text
}

fn defined(definition: &Definition, notices: &[String]) -> String {
    let mut text = String::from("{\"kind\":\"defined\",\"name\":");
    json_string(&mut text, &definition.name);
    let (dtype, dims) = (definition.dtype.name(), json!(definition.shape.dims()));
    text.push_str(&format!(",\"dtype\":\"{dtype}\",\"shape\":{dims}"));
    push_notices(&mut text, notices);
    text.push('}');
    text
}

fn message(text: &str, notices: &[String]) -> String {
    let mut body = String::from("{\"kind\":\"message\",\"text\":");
    json_string(&mut body, text);
    push_notices(&mut body, notices);
    body.push('}');
    body
}

fn push_notices(text: &mut String, notices: &[String]) {
    if !notices.is_empty() {
        text.push_str(&format!(",\"notices\":{}", json!(notices)));
    }
}
