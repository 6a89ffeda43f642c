//! Comma-separated values.
//!
//! Quoting is implemented here because available writers cannot distinguish NULL (nothing) from the empty
//! text (`""`) cell by cell.

use std::borrow::Cow;
use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::style::NESTED_CSV;
use super::value::Value;
use crate::numeric::Numbers;

/// Writes one row per line. NULL is an empty cell, the empty text `""`, a vector the text `[1,2]`.
#[derive(Clone, Copy, Debug)]
pub struct CsvLines {
    /// The delimiter.
    pub delimiter: u8,
}

impl CsvLines {
    /// Writes the names of the columns.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn header(self, schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
        self.names(schema.fields().iter().map(|field| field.name().as_str()), out)
    }

    /// Writes the names of the columns so that a reader recognises a header: names that look like a value, or
    /// have blanks around them, are quoted.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn file_header(self, schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
        let mut line = String::new();
        for (at, field) in schema.fields().iter().enumerate() {
            self.separate(&mut line, at);
            let name = field.name();
            let quoted = self.quoted(name);
            match quoted {
                Cow::Borrowed(_) if looks_like_value(name) => line.push_str(&format!("\"{name}\"")),
                quoted => line.push_str(&quoted),
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    }

    /// Writes names as the first line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn names<'n>(self, names: impl Iterator<Item = &'n str>, out: &mut dyn Write) -> io::Result<()> {
        let mut line = String::new();
        for (at, name) in names.enumerate() {
            self.separate(&mut line, at);
            line.push_str(&self.quoted(name));
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    }

    /// Writes the rows of a batch.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn rows(self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let schema = batch.schema_ref();
        let mut line = String::new();
        let mut nested = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            for (at, (field, column)) in schema.fields().iter().zip(batch.columns()).enumerate() {
                self.separate(&mut line, at);
                match Value::at(field, column.as_ref(), row) {
                    Value::Null => {}
                    Value::Text(text) => line.push_str(&self.quoted(text)),
                    Value::Scalar(scalar) => super::number::push(&mut line, scalar, NESTED_CSV.top_level),
                    value => {
                        nested.clear();
                        NESTED_CSV.push_top_level(&mut nested, &value);
                        line.push_str(&self.quoted(&nested));
                    }
                }
            }
            line.push('\n');
            out.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    fn separate(self, line: &mut String, at: usize) {
        if at > 0 {
            line.push(char::from(self.delimiter));
        }
    }

    /// Quotes a text where necessary.
    fn quoted(self, text: &str) -> Cow<'_, str> {
        let special = |byte: u8| byte == self.delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        if text.is_empty() || text.bytes().any(special) {
            Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// Whether a name would parse as a number, a date or a Boolean, or would lose its blanks.
fn looks_like_value(name: &str) -> bool {
    let is_word = name.eq_ignore_ascii_case("true") || name.eq_ignore_ascii_case("false");
    let is_number = Numbers::parse(name.as_bytes()).is_some();
    is_word || is_number || name.starts_with(|c: char| c.is_ascii_digit()) || name.trim() != name
}
