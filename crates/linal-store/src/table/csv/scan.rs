//! Scans rows of cells and records whether a cell was quoted, which available parsers do not.

use std::io::{self, BufRead};

/// The cells of one row.
#[derive(Debug, Default)]
pub(super) struct Record {
    bytes: Vec<u8>,
    /// The end offset of each cell, and whether it was quoted.
    ends: Vec<(usize, bool)>,
}

impl Record {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells in order, each with whether it was quoted.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, quoted)| {
            let cell = &self.bytes[start..end];
            start = end;
            (cell, quoted)
        })
    }

    /// The allocated bytes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<(usize, bool)>()
    }

    /// Whether it is an empty or blank line.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.ends.as_slice(), [(_, false)]) && self.bytes.trim_ascii().is_empty()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self, quoted: bool) {
        self.ends.push((self.bytes.len(), quoted));
    }
}

/// The state within a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quote within quotes: the end of the cell, or the first half of an escaped quote.
    QuoteInQuoted,
}

/// Why scanning stopped.
#[derive(Debug)]
pub(super) enum ScanError {
    Io(io::Error),
    /// A quote is open at the end of the file; it began on this line.
    OpenQuote(u64),
}

/// Reads rows.
pub(super) struct Scanner<R> {
    text: R,
    delimiter: u8,
    /// The current line, from 1.
    line: u64,
    /// Whether the last byte was a carriage return that ended a row.
    after_return: bool,
}

impl<R: BufRead> Scanner<R> {
    pub(super) fn new(text: R, delimiter: u8) -> Scanner<R> {
        Scanner { text, delimiter, line: 1, after_return: false }
    }

    /// Scans the next row; returns the line that it begins on, or `None` at the end. `charge` is called with
    /// the allocated bytes after each block of the file.
    pub(super) fn next(
        &mut self,
        record: &mut Record,
        mut charge: impl FnMut(&Record) -> io::Result<()>,
    ) -> Result<Option<u64>, ScanError> {
        record.clear();
        let first = self.line;
        let mut state = State::Start;
        let mut quoted = false;
        let mut quote_line = self.line;
        loop {
            let block = self.text.fill_buf().map_err(ScanError::Io)?;
            if block.is_empty() {
                return match state {
                    State::Quoted => Err(ScanError::OpenQuote(quote_line)),
                    State::Start if record.ends.is_empty() => Ok(None),
                    _ => {
                        record.end_cell(quoted);
                        Ok(Some(first))
                    }
                };
            }
            let mut used = 0;
            let mut ended = false;
            while used < block.len() {
                let byte = block[used];
                if self.after_return {
                    self.after_return = false;
                    if byte == b'\n' {
                        used += 1;
                        continue;
                    }
                }
                used += 1;
                match (state, byte) {
                    (State::Quoted, b'"') => state = State::QuoteInQuoted,
                    (State::Quoted, byte) => {
                        self.line += u64::from(byte == b'\n');
                        record.bytes.push(byte);
                    }
                    (State::Start, b'"') => {
                        quote_line = self.line;
                        quoted = true;
                        state = State::Quoted;
                    }
                    (State::QuoteInQuoted, b'"') => {
                        record.bytes.push(b'"');
                        state = State::Quoted;
                    }
                    (_, b'\n' | b'\r') => {
                        self.after_return = byte == b'\r';
                        self.line += 1;
                        ended = true;
                        break;
                    }
                    (_, byte) if byte == self.delimiter => {
                        record.end_cell(quoted);
                        quoted = false;
                        state = State::Start;
                    }
                    (_, byte) => {
                        record.bytes.push(byte);
                        state = State::Plain;
                    }
                }
            }
            self.text.consume(used);
            if ended {
                record.end_cell(quoted);
                return Ok(Some(first));
            }
            charge(record).map_err(ScanError::Io)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<String, ScanError> {
        let mut scanner = Scanner::new(text.as_bytes(), b',');
        let mut record = Record::default();
        let mut shown = Vec::new();
        while let Some(line) = scanner.next(&mut record, |_| Ok(()))? {
            let cells = record.cells().map(|(cell, quoted)| {
                format!("{}{:?}", if quoted { "q" } else { "" }, String::from_utf8_lossy(cell))
            });
            shown.push(format!("{line}:{}", cells.collect::<Vec<_>>().join(",")));
        }
        Ok(shown.join(" "))
    }

    #[test]
    fn quotes_and_line_ends() {
        assert_eq!(rows("a,b\n1,2").unwrap(), r#"1:"a","b" 2:"1","2""#);
        assert_eq!(rows("a,\r\n,\"\"\r\n").unwrap(), r#"1:"a","" 2:"",q"""#);
        assert_eq!(rows("\"x \"\"y\"\"\n,z\",1\n2,3").unwrap(), r#"1:q"x \"y\"\n,z","1" 3:"2","3""#);
        assert_eq!(rows("a\rb\r\r\nc").unwrap(), r#"1:"a" 2:"b" 3:"" 4:"c""#);
        assert_eq!(rows("5\" pipe,\"a\"b").unwrap(), r#"1:"5\" pipe",q"ab""#);
        assert_eq!(rows("").unwrap(), "");
        assert!(matches!(rows("a\n\"b\nc"), Err(ScanError::OpenQuote(2))));
    }
}
