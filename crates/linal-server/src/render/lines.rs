//! `application/jsonl`: an object for each row of each result, and one for each tensor.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use linal::values::{Value, distinct_names, elements, json_string};
use linal::{Outcome, RowSet, Tensor};

use super::Told;
use super::json::{Kept, tensor_start};
use super::values::{push, push_scalar};

/// Rows between two looks at whether the request is to stop.
const ROWS: usize = 1024;

/// The lines.
#[derive(Debug, Default)]
pub struct Lines {
    kept: Kept,
}

impl Lines {
    pub(super) fn outcome(
        &mut self,
        outcome: Outcome,
        told: &Told<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.kept.push(&outcome);
        match &outcome {
            Outcome::Rows(rows) => write_rows(rows, told, out),
            Outcome::Tensor { name, tensor } => write_tensor(name, tensor, told, out),
            _ => Ok(()),
        }
    }

    pub(super) fn kept_mut(&mut self) -> &mut Kept {
        &mut self.kept
    }

    pub(super) fn kept(self) -> Kept {
        self.kept
    }
}

fn write_rows(rows: &RowSet, told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let objects = Objects::new(&rows.schema);
    rows.batches.iter().try_for_each(|batch| objects.batch(batch, told.poll, out))
}

/// Rows as objects by the names of the columns.
#[derive(Debug)]
pub struct Objects {
    /// `"name":` of each column, with the separator before it.
    names: Vec<String>,
}

impl Objects {
    pub(super) fn new(schema: &Schema) -> Objects {
        let names = distinct_names(schema).into_iter().enumerate().map(|(at, name)| {
            let mut text = String::from(if at > 0 { "," } else { "" });
            json_string(&mut text, &name);
            text.push(':');
            text
        });
        Objects { names: names.collect() }
    }

    /// Writes the next rows.
    pub(super) fn batch(
        &self,
        batch: &RecordBatch,
        poll: &dyn Fn() -> io::Result<()>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            if row.is_multiple_of(ROWS) {
                poll()?;
            }
            text.clear();
            text.push('{');
            let fields = batch.schema_ref().fields().iter().zip(batch.columns());
            for (name, (field, array)) in self.names.iter().zip(fields) {
                text.push_str(name);
                push(&mut text, &Value::at(field, array.as_ref(), row));
            }
            text.push_str("}\n");
            out.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

fn write_tensor(name: &str, tensor: &Tensor, told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = tensor_start(name, tensor);
    for (at, value) in elements(tensor).enumerate() {
        if at > 0 {
            text.push(',');
        }
        push_scalar(&mut text, value);
        if at % ROWS == 0 {
            (told.poll)()?;
            out.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    text.push_str("]}\n");
    out.write_all(text.as_bytes())
}
