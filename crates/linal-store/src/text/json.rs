//! JSON objects, one per row.
//!
//! JSON has no NaN and no infinities, so they are the strings `"NaN"`, `"inf"` and `"-inf"`. Dates and times
//! are strings; vectors and matrices are nested lists.

use std::collections::HashSet;
use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::style::JSON;
use super::value::Value;

/// Writes rows as objects by column name.
#[derive(Clone, Debug)]
pub struct JsonRows {
    /// `"name":` of each column, with the separator before it.
    names: Vec<String>,
}

impl JsonRows {
    /// For a schema. Keys of an object are distinct, so a repeated name becomes `a_2`, `a_3`.
    pub fn new(schema: &Schema) -> JsonRows {
        let mut names = Vec::new();
        for (at, name) in distinct_names(schema).iter().enumerate() {
            let mut text = String::from(if at > 0 { "," } else { "" });
            json_string(&mut text, name);
            text.push(':');
            names.push(text);
        }
        JsonRows { names }
    }

    /// Appends the object of a row.
    pub fn push(&self, out: &mut String, batch: &RecordBatch, row: usize) {
        out.push('{');
        let fields = batch.schema_ref().fields().iter();
        for ((name, field), column) in self.names.iter().zip(fields).zip(batch.columns()) {
            out.push_str(name);
            JSON.push(out, &Value::at(field, column.as_ref(), row));
        }
        out.push('}');
    }

    /// Writes an array of all rows, one row per line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn array(&self, batches: &[RecordBatch], out: &mut dyn Write) -> io::Result<()> {
        let mut begun = false;
        batches.iter().try_for_each(|batch| self.items(batch, &mut begun, out))?;
        out.write_all(if begun { b"]\n" } else { b"[]\n" })
    }

    /// Writes the rows of a batch as items of an array, one per line, and before the first the bracket that
    /// opens it. `begun` is whether a row was written; the caller closes the array.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn items(&self, batch: &RecordBatch, begun: &mut bool, out: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            text.clear();
            text.push_str(if std::mem::replace(begun, true) { ",\n " } else { "[" });
            self.push(&mut text, batch, row);
            out.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// Writes one row per line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn lines(&self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            text.clear();
            self.push(&mut text, batch, row);
            text.push('\n');
            out.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

/// Appends a string with JSON's quotes and escapes.
pub fn json_string(out: &mut String, text: &str) {
    // Serialising a string cannot fail; the fallback keeps the output valid.
    out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_string()));
}

/// The names of columns, in which a repeated name becomes `a_2`, `a_3`: keys of an object are distinct.
pub fn distinct_names(schema: &Schema) -> Vec<String> {
    let taken: HashSet<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut used: HashSet<String> = HashSet::new();
    let mut names = Vec::new();
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut count = 1;
        while used.contains(&name) || count > 1 && taken.contains(name.as_str()) {
            count += 1;
            name = format!("{}_{count}", field.name());
        }
        used.insert(name.clone());
        names.push(name);
    }
    names
}
