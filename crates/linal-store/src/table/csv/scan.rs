//! Scans rows of cells and records whether a cell was quoted, which available parsers do not.

use std::io::{self, BufRead};

use super::head::Cell;
use crate::table::TableOptions;

/// The cells of one row.
#[derive(Clone, Debug, Default)]
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

    /// The text of a cell.
    #[inline]
    pub(super) fn cell(&self, at: usize) -> Option<&[u8]> {
        self.cell_with_quotes(at).map(|(cell, _)| cell)
    }

    /// The text of a cell, and whether it was quoted.
    #[inline]
    pub(super) fn cell_with_quotes(&self, at: usize) -> Option<(&[u8], bool)> {
        let start = if at == 0 { 0 } else { self.ends.get(at - 1)?.0 };
        let &(end, quoted) = self.ends.get(at)?;
        Some((self.bytes.get(start..end)?, quoted))
    }

    /// The texts of all cells, one after the other.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether each cell is UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        // All cells at once, since a check of a few bytes is mostly a call.
        let whole = std::str::from_utf8(&self.bytes);
        whole.is_ok_and(|text| self.ends.iter().all(|&(end, _)| text.is_char_boundary(end)))
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

    /// The cells as texts. The caller has checked that they are UTF-8.
    pub(super) fn texts(&self) -> Vec<Cell> {
        self.cells().map(|(cell, quoted)| (String::from_utf8_lossy(cell).into_owned(), quoted)).collect()
    }

    /// Makes cells with one of these texts NULL, whether they are quoted or not (DuckDB). NULL is an empty cell that is
    /// not quoted, so that the other empty cells count as quoted.
    pub(super) fn mark_nulls(&mut self, nulls: &[String]) {
        let (mut start, mut kept) = (0, 0);
        for (end, quoted) in &mut self.ends {
            let cell = start..*end;
            start = *end;
            if nulls.iter().any(|null| *null.as_bytes() == self.bytes[cell.clone()]) {
                *quoted = false;
            } else {
                *quoted |= cell.is_empty();
                let length = cell.len();
                self.bytes.copy_within(cell, kept);
                kept += length;
            }
            *end = kept;
        }
        self.bytes.truncate(kept);
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
    /// After an escape within quotes that is no quote.
    Escaped,
}

/// The quote, and what stands before one within quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quotes {
    quote: u8,
    escape: u8,
}

impl Quotes {
    /// Those of the options of a file.
    pub(super) fn of(options: &TableOptions) -> Quotes {
        let quote = options.quote.unwrap_or(b'"');
        Quotes { quote, escape: options.escape.unwrap_or(quote) }
    }
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
    parser: Parser,
}

impl<R: BufRead> Scanner<R> {
    /// A scanner of a text of which `lines_before` lines were skipped.
    pub(super) fn new(text: R, delimiter: u8, lines_before: u64) -> Scanner<R> {
        Scanner { text, parser: Parser::new(delimiter, lines_before + 1) }
    }

    /// Sets the quotes, which are `"` otherwise.
    pub(super) fn with_quotes(mut self, quotes: Quotes) -> Scanner<R> {
        self.parser.quotes = quotes;
        self
    }

    /// Scans the next row; returns the line that it begins on, or `None` at the end. `charge` is called with
    /// the allocated bytes after each block of the file.
    pub(super) fn next(
        &mut self,
        record: &mut Record,
        mut charge: impl FnMut(&Record) -> io::Result<()>,
    ) -> Result<Option<u64>, ScanError> {
        record.clear();
        let first = self.parser.begin_row();
        loop {
            let block = self.text.fill_buf().map_err(ScanError::Io)?;
            if block.is_empty() {
                return self.parser.end_of_file(record).map(|is_row| is_row.then_some(first));
            }
            let (used, ended) = self.parser.parse(block, record);
            self.text.consume(used);
            if ended {
                return Ok(Some(first));
            }
            charge(record).map_err(ScanError::Io)?;
        }
    }
}

/// The state of a scanner between blocks.
struct Parser {
    delimiter: u8,
    quotes: Quotes,
    state: State,
    /// Whether the current cell was quoted.
    quoted: bool,
    /// The line of its opening quote.
    quote_line: u64,
    /// The current line, from 1.
    line: u64,
    /// Whether the last byte was a carriage return that ended a row.
    after_return: bool,
}

impl Parser {
    fn new(delimiter: u8, line: u64) -> Parser {
        let quotes = Quotes { quote: b'"', escape: b'"' };
        Parser {
            delimiter,
            quotes,
            state: State::Start,
            quoted: false,
            quote_line: line,
            line,
            after_return: false,
        }
    }

    fn begin_row(&mut self) -> u64 {
        self.state = State::Start;
        self.quoted = false;
        self.line
    }

    /// Ends the last row, if one has begun.
    fn end_of_file(&mut self, record: &mut Record) -> Result<bool, ScanError> {
        match self.state {
            State::Quoted | State::Escaped => Err(ScanError::OpenQuote(self.quote_line)),
            State::Start if record.ends.is_empty() => Ok(false),
            _ => {
                record.end_cell(self.quoted);
                Ok(true)
            }
        }
    }

    /// Parses a block up to the end of the row; returns the bytes used, and whether the row ended.
    fn parse(&mut self, block: &[u8], record: &mut Record) -> (usize, bool) {
        // The second half of a line end.
        let mut used = usize::from(std::mem::take(&mut self.after_return) && block[0] == b'\n');
        while used < block.len() {
            let byte = block[used];
            match (self.state, byte) {
                (State::Quoted, _) => {
                    used += self.quoted_run(&block[used..], record);
                    continue;
                }
                (State::Start, byte) if byte == self.quotes.quote => self.open_quote(),
                (State::QuoteInQuoted, byte)
                    if byte == self.quotes.quote && self.quotes.escape == self.quotes.quote =>
                {
                    record.bytes.push(byte);
                    self.state = State::Quoted;
                }
                (State::Escaped, byte) => {
                    self.line += u64::from(byte == b'\n');
                    record.bytes.push(byte);
                    self.state = State::Quoted;
                }
                (_, b'\n' | b'\r') => {
                    self.end_row(byte, record);
                    return (used + 1, true);
                }
                (_, byte) if byte == self.delimiter => self.end_cell(record),
                // Byte by byte: most cells are a few bytes, for which a call of `memcpy` takes longer.
                (_, byte) => {
                    record.bytes.push(byte);
                    self.state = State::Plain;
                }
            }
            used += 1;
        }
        (used, false)
    }

    fn open_quote(&mut self) {
        self.quote_line = self.line;
        self.quoted = true;
        self.state = State::Quoted;
    }

    fn end_cell(&mut self, record: &mut Record) {
        record.end_cell(self.quoted);
        self.quoted = false;
        self.state = State::Start;
    }

    fn end_row(&mut self, byte: u8, record: &mut Record) {
        self.end_cell(record);
        self.after_return = byte == b'\r';
        self.line += 1;
    }

    /// Copies the bytes up to a quote or an escape; returns their number, with it.
    fn quoted_run(&mut self, block: &[u8], record: &mut Record) -> usize {
        let Quotes { quote, escape } = self.quotes;
        let end = if quote == escape {
            block.iter().position(|byte| *byte == quote)
        } else {
            block.iter().position(|byte| *byte == quote || *byte == escape)
        };
        let run = &block[..end.unwrap_or(block.len())];
        self.line += run.iter().filter(|byte| **byte == b'\n').count() as u64;
        record.bytes.extend_from_slice(run);
        let Some(end) = end else { return run.len() };
        self.state = if block[end] == quote { State::QuoteInQuoted } else { State::Escaped };
        run.len() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<String, ScanError> {
        let mut scanner = Scanner::new(text.as_bytes(), b',', 0);
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
    fn other_quotes_and_escapes() {
        let text: &[u8] = b"'it\\'s',\"x\"\n'a\\\\',''\n";
        let options = TableOptions { quote: Some(b'\''), escape: Some(b'\\'), ..TableOptions::default() };
        let mut scanner = Scanner::new(text, b',', 0).with_quotes(Quotes::of(&options));
        let mut record = Record::default();
        let mut cells = Vec::new();
        while scanner.next(&mut record, |_| Ok(())).unwrap().is_some() {
            let row =
                record.cells().map(|(cell, quoted)| (String::from_utf8_lossy(cell).into_owned(), quoted));
            cells.extend(row);
        }
        let cell = |text: &str, quoted| (text.to_string(), quoted);
        assert_eq!(cells, [cell("it's", true), cell("\"x\"", false), cell("a\\", true), cell("", true)]);
    }

    #[test]
    fn texts_of_null_are_nothing_and_empty_cells_are_texts() {
        let mut scanner = Scanner::new(&b"NA,x,,\"NA\",-,\"\",y\n"[..], b',', 0);
        let mut record = Record::default();
        assert_eq!(scanner.next(&mut record, |_| Ok(())).unwrap(), Some(1));
        record.mark_nulls(&["NA".to_string(), "-".to_string()]);
        let expected =
            [("", false), ("x", false), ("", true), ("", false), ("", false), ("", true), ("y", false)];
        assert_eq!(record.texts(), expected.map(|(text, quoted)| (text.to_string(), quoted)));
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
