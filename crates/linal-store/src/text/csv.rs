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
#[derive(Clone, Debug)]
pub struct CsvLines {
    /// The delimiter.
    pub delimiter: u8,
    /// The quote.
    pub quote: u8,
    /// What stands before a quote within quotes.
    pub escape: u8,
    /// The text of NULL; a text that is equal to it is quoted.
    pub null: Option<Box<str>>,
    /// Whether all values but NULL are quoted.
    pub quotes_all: bool,
}

impl CsvLines {
    /// Lines with this delimiter in the usual style.
    pub const fn new(delimiter: u8) -> CsvLines {
        CsvLines { delimiter, quote: b'"', escape: b'"', null: None, quotes_all: false }
    }

    /// Writes the names of the columns.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn header(&self, schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
        self.names(schema.fields().iter().map(|field| field.name().as_str()), out)
    }

    /// Writes the names of the columns so that a reader recognises a header: names that look like a value, or
    /// have blanks around them, are quoted.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn file_header(&self, schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
        let mut line = String::new();
        for (at, field) in schema.fields().iter().enumerate() {
            self.separate(&mut line, at);
            let name = field.name();
            let quoted = self.quoted(name);
            match quoted {
                Cow::Borrowed(_) if looks_like_value(name) => line.push_str(&self.within_quotes(name)),
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
    pub fn names<'n>(&self, names: impl Iterator<Item = &'n str>, out: &mut dyn Write) -> io::Result<()> {
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
    pub fn rows(&self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let schema = batch.schema_ref();
        let mut line = String::new();
        let mut nested = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            for (at, (field, column)) in schema.fields().iter().zip(batch.columns()).enumerate() {
                self.separate(&mut line, at);
                match Value::at(field, column.as_ref(), row) {
                    Value::Null => line.push_str(self.null.as_deref().unwrap_or_default()),
                    Value::Text(text) => line.push_str(&self.quoted(text)),
                    Value::Scalar(scalar) if !self.quotes_all => {
                        super::number::push(&mut line, scalar, NESTED_CSV.top_level);
                    }
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

    fn separate(&self, line: &mut String, at: usize) {
        if at > 0 {
            line.push(char::from(self.delimiter));
        }
    }

    /// Quotes a text where necessary.
    fn quoted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let special =
            |byte: u8| byte == self.delimiter || byte == self.quote || matches!(byte, b'\n' | b'\r');
        let is_null = self.null.as_deref() == Some(text);
        if self.quotes_all || text.is_empty() || is_null || text.bytes().any(special) {
            Cow::Owned(self.within_quotes(text))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// A text within quotes.
    fn within_quotes(&self, text: &str) -> String {
        let (quote, escape) = (char::from(self.quote), char::from(self.escape));
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push(quote);
        for c in text.chars() {
            if c == quote || c == escape {
                quoted.push(escape);
            }
            quoted.push(c);
        }
        quoted.push(quote);
        quoted
    }
}

/// Whether a name would parse as a number, a date or a Boolean, or would lose its blanks.
fn looks_like_value(name: &str) -> bool {
    let is_word = name.eq_ignore_ascii_case("true") || name.eq_ignore_ascii_case("false");
    let is_number = Numbers::parse(name.as_bytes()).is_some();
    is_word || is_number || name.starts_with(|c: char| c.is_ascii_digit()) || name.trim() != name
}
