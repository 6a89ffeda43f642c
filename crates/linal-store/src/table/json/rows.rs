//! The objects of a text one by one: of an array, or concatenated.

use std::io::BufRead;

use super::object::ObjectEnd;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::budget::Budget;

/// Greatest number of bytes that are shown to the parser of something that is no object.
const MAX_TOKEN: usize = 4 << 10;

/// The rows of a text.
pub(super) struct Rows<R> {
    /// The name of the file in errors.
    pub(super) place: String,
    text: R,
    /// Bytes at the start of `text` that were handed out and not consumed.
    pending: usize,
    /// A row that lies in several blocks.
    buffer: Vec<u8>,
    budget: Budget,
    /// The current line, from 1.
    line: u64,
    form: Form,
}

/// What encloses the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Not known before the first byte.
    Unknown,
    Array,
    Concatenated,
}

/// The text of a row, whose syntax was not checked.
pub(super) struct Row<'r> {
    pub(super) bytes: &'r [u8],
    /// The line that it begins on.
    pub(super) line: u64,
}

/// Where the bytes of a row are.
enum Found {
    /// The first bytes of the current block.
    Block(usize),
    /// The buffer.
    Buffer,
}

impl<R: BufRead> Rows<R> {
    pub(super) fn new(place: &str, text: R, context: &ReadContext<'_>) -> Result<Rows<R>> {
        let (place, budget) = (place.to_string(), Budget::new(context)?);
        Ok(Rows { place, text, pending: 0, buffer: Vec::new(), budget, line: 1, form: Form::Unknown })
    }

    /// The next row, or `None` at the end. It must be an object; the caller parses it.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>> {
        if !self.find_row()? {
            return Ok(None);
        }
        let line = self.line;
        let found = self.take_row()?;
        let (place, text) = (&self.place, &mut self.text);
        let bytes = match found {
            Found::Buffer => &self.buffer[..],
            Found::Block(end) => {
                let block = text.fill_buf().map_err(|error| ReadError::from_io(place, &error))?;
                block.get(..end).unwrap_or_default()
            }
        };
        match std::str::from_utf8(bytes) {
            Ok(_) => Ok(Some(Row { bytes, line })),
            Err(error) => {
                let line = line + lines(&bytes[..error.valid_up_to()]);
                Err(syntax_error(place, line, "the text is not UTF-8"))
            }
        }
    }

    /// Skips what is between rows; returns whether there is one.
    fn find_row(&mut self) -> Result<bool> {
        self.skip(self.pending)?;
        self.pending = 0;
        let mut byte = self.skip_blanks()?;
        let first = self.form == Form::Unknown;
        if first {
            self.form = if byte == Some(b'[') { Form::Array } else { Form::Concatenated };
        }
        if self.form == Form::Concatenated {
            return Ok(byte.is_some());
        }
        if first {
            self.skip(1)?;
            byte = self.skip_blanks()?;
        } else if byte == Some(b',') {
            self.skip(1)?;
            byte = self.skip_blanks()?;
            if byte == Some(b']') {
                return Err(self.error("a value is missing"));
            }
        } else if !matches!(byte, Some(b']') | None) {
            return Err(self.error("a comma is missing"));
        }
        match byte {
            None => Err(self.error("the array is not closed")),
            Some(b']') => self.end_of_array(),
            Some(_) => Ok(true),
        }
    }

    fn end_of_array(&mut self) -> Result<bool> {
        self.skip(1)?;
        if self.skip_blanks()?.is_some() {
            return Err(self.error("something follows the array"));
        }
        self.form = Form::Concatenated;
        Ok(false)
    }

    /// Finds the bytes of the row at the current place.
    fn take_row(&mut self) -> Result<Found> {
        self.buffer.clear();
        let mut object = ObjectEnd::default();
        let mut token = Token::default();
        loop {
            let block = self.text.fill_buf().map_err(|error| ReadError::from_io(&self.place, &error))?;
            let is_object = self.buffer.first().or(block.first()) == Some(&b'{');
            let end = if is_object { object.find(block) } else { token.find(block) };
            match end {
                Some(end) if self.buffer.is_empty() => {
                    self.pending = end;
                    return Ok(Found::Block(end));
                }
                _ => {}
            }
            let used = end.unwrap_or(block.len());
            let needed = self.buffer.len() + used;
            if needed > self.buffer.capacity() {
                let capacity = needed.max(self.buffer.capacity() * 2);
                // During a move the old allocation lives beside the new one.
                self.budget.cover(capacity + self.buffer.capacity())?;
                self.buffer.reserve_exact(capacity - self.buffer.len());
            }
            self.buffer.extend_from_slice(&block[..used]);
            let at_end = block.is_empty();
            self.line += lines(&block[..used]);
            self.text.consume(used);
            if end.is_some() || at_end {
                return Ok(Found::Buffer);
            }
        }
    }

    /// Skips blanks; returns the next byte.
    fn skip_blanks(&mut self) -> Result<Option<u8>> {
        loop {
            let block = self.text.fill_buf().map_err(|error| ReadError::from_io(&self.place, &error))?;
            let blanks = block.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(block.len());
            let next = block.get(blanks).copied();
            let ended = block.is_empty();
            self.skip(blanks)?;
            if next.is_some() || ended {
                return Ok(next);
            }
        }
    }

    /// Skips bytes of the current block.
    fn skip(&mut self, bytes: usize) -> Result<()> {
        if bytes > 0 {
            let block = self.text.fill_buf().map_err(|error| ReadError::from_io(&self.place, &error))?;
            self.line += lines(block.get(..bytes).unwrap_or_default());
            self.text.consume(bytes);
        }
        Ok(())
    }

    fn error(&self, what: &str) -> ReadError {
        syntax_error(&self.place, self.line, what)
    }
}

/// The state within something that is no object, which a parser rejects.
#[derive(Debug, Default)]
struct Token {
    bytes: usize,
    is_string: bool,
}

impl Token {
    /// The end of what tells the kind of the value: a string, or a token and the byte after it.
    fn find(&mut self, block: &[u8]) -> Option<usize> {
        for (at, &byte) in block.iter().enumerate() {
            let is_first = self.bytes == 0;
            self.bytes += 1;
            self.is_string |= is_first && byte == b'"';
            let is_end = match byte {
                b'"' => self.is_string && !is_first,
                b',' | b']' | b'}' => !self.is_string,
                byte => !self.is_string && byte.is_ascii_whitespace(),
            };
            if is_end || self.bytes == MAX_TOKEN {
                return Some(at + 1);
            }
        }
        None
    }
}

pub(super) fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

pub(super) fn syntax_error(place: &str, line: u64, what: &str) -> ReadError {
    ReadError::bad_format(format!("{place}, line {line}: {what}"))
}
