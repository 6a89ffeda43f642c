//! The bytes of a CSV file before parsing: decompressed, without a byte order mark, and charged to the pool.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use linal_tensor::{Error as TensorError, Reservation};

use crate::error::{ReadError, Result};
use crate::progress::{Metered, ReadContext};
use crate::source::quoted;

/// Bytes read from the file at a time.
const BLOCK: usize = 256 << 10;

/// Memory per byte of a row during parsing: a row of empty cells stores the end of each, and twice that while
/// the vector grows.
const PARSER_BYTES_PER_BYTE: usize = 24;

/// Rows up to this length are not charged.
const UNCHARGED_ROW_BYTES: usize = 64 << 10;

/// The decompressed text after its byte order mark and the skipped lines.
pub(crate) type Text<'a> = BufReader<Box<dyn Read + 'a>>;

/// Opens a file. Gzip is detected by its magic bytes, whatever the file name.
pub(crate) fn open<'a>(label: &str, reader: impl Read + 'a, context: &ReadContext<'a>) -> Result<Text<'a>> {
    let place = quoted(label);
    let io = |error: io::Error| ReadError::from_io(&place, &error);
    let mut raw = BufReader::with_capacity(BLOCK, Metered::new(reader, context));
    let zipped = raw.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read + 'a> = if zipped {
        Box::new(Metered::new(MultiGzDecoder::new(raw), &context.uncounted()))
    } else {
        Box::new(raw)
    };
    let mut text = BufReader::with_capacity(BLOCK, plain);
    let start = text.fill_buf().map_err(io)?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(ReadError::unsupported(format!("{place} is text in UTF-16, and UTF-8 is what is read")));
    }
    if start.starts_with(b"\xef\xbb\xbf") {
        text.consume(3);
    }
    Ok(text)
}

/// Skips whole lines of any length; returns the number of lines skipped.
pub(crate) fn skip_lines(label: &str, text: &mut Text, lines: usize) -> Result<usize> {
    let mut skipped = 0;
    while skipped < lines {
        let buffer = text.fill_buf().map_err(|error| ReadError::from_io(&quoted(label), &error))?;
        if buffer.is_empty() {
            break;
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        skipped += usize::from(end.is_some());
        text.consume(used);
    }
    Ok(skipped)
}

/// Charges the bytes of the current row to the pool.
///
/// A compressed file of a few kilobytes can be one row of gigabytes.
pub(crate) struct RowBudget<'a> {
    inner: Text<'a>,
    held: Reservation,
    row: usize,
    /// The last bytes passed on, from which errors count lines.
    block: Vec<u8>,
    /// Bytes before them, and line ends in these.
    bytes_before: u64,
    lines_before: u64,
}

impl<'a> RowBudget<'a> {
    pub(crate) fn new(
        inner: Text<'a>,
        context: &ReadContext<'a>,
    ) -> std::result::Result<RowBudget<'a>, TensorError> {
        let held = context.pool.reserve("READ_CSV", 0)?;
        Ok(RowBudget { inner, held, row: 0, block: Vec::new(), bytes_before: 0, lines_before: 0 })
    }

    /// Ends a row.
    pub(crate) fn next_row(&mut self) {
        self.row = 0;
    }

    /// Number of line ends before the last byte of the rows read so far, `end` bytes in total. A line end at
    /// that byte ends the last row and does not count.
    pub(crate) fn lines_before(&self, end: u64) -> u64 {
        let used = usize::try_from(end.saturating_sub(self.bytes_before + 1)).unwrap_or(usize::MAX);
        self.lines_before + line_ends(&self.block[..used.min(self.block.len())])
    }

    fn keep(&mut self, passed: &[u8]) {
        if passed.is_empty() {
            return;
        }
        self.bytes_before += self.block.len() as u64;
        self.lines_before += line_ends(&self.block);
        self.block.clear();
        self.block.extend_from_slice(passed);
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

impl Read for RowBudget<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.keep(&buffer[..read]);
        self.row += read;
        let needed = self.row.saturating_sub(UNCHARGED_ROW_BYTES).saturating_mul(PARSER_BYTES_PER_BYTE);
        if needed > self.held.bytes() {
            // Charged in doubling steps, so that a long row is not charged block by block.
            let more = needed.max(self.held.bytes().saturating_mul(2)) - self.held.bytes();
            self.held.grow("READ_CSV", more).map_err(io::Error::other)?;
        }
        Ok(read)
    }
}
