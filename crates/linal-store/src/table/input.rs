//! The decompressed bytes of a file.

use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::budget::Budget;
use crate::error::{ReadError, Result};
use crate::progress::{Metered, ReadContext, ReadGuard};
use crate::source::{Source, quoted};

/// Bytes read from a file at a time.
const BLOCK: usize = 256 << 10;

/// Greatest window of a zstd stream as a power of two: 128 MiB, the limit of the zstd tool.
const WINDOW_LOG: u32 = 27;

/// An open file for sequential reads.
pub(super) struct Input<'a> {
    /// The name in errors.
    pub(super) place: String,
    pub(super) text: BufReader<Box<dyn Read + Send + 'a>>,
    _watch: ReadGuard<'a>,
}

impl<'a> Input<'a> {
    /// Opens a file. Gzip and zstd are detected by their magic bytes, whatever the file name.
    pub(super) fn open(path: &Path, context: &ReadContext<'a>) -> Result<Input<'a>> {
        let source = Source::open(path)?;
        Input::new(&source.label, source.file, Some(source.length), context)
    }

    /// The bytes of a file from its start, for one of several readings; `what` the reading is for is shown
    /// with its progress.
    pub(super) fn again(source: &Source, what: &str, context: &ReadContext<'a>) -> Result<Input<'a>> {
        let failed = |error: io::Error| ReadError::from_io(&quoted(&source.label), &error);
        let mut file = source.file.try_clone().map_err(failed)?;
        // The clone shares its position with the file.
        file.rewind().map_err(failed)?;
        let watch = context.start_read(&format!("{}{what}", source.label), Some(source.length));
        Input::watched(&source.label, file, watch, context)
    }

    /// [`Input::open`] over a reader; `label` names it in errors, `length` is its number of bytes when known.
    pub(super) fn new(
        label: &str,
        reader: impl Read + Send + 'a,
        length: Option<u64>,
        context: &ReadContext<'a>,
    ) -> Result<Input<'a>> {
        Input::watched(label, reader, context.start_read(label, length), context)
    }

    fn watched(
        label: &str,
        reader: impl Read + Send + 'a,
        watch: ReadGuard<'a>,
        context: &ReadContext<'a>,
    ) -> Result<Input<'a>> {
        let place = quoted(label);
        let failed = |error: io::Error| ReadError::from_io(&place, &error);
        let mut raw = BufReader::with_capacity(BLOCK, Metered::new(reader, context));
        let start = raw.fill_buf().map_err(failed)?;
        let plain: Box<dyn Read + Send + 'a> = match start {
            [0x1f, 0x8b, ..] => Box::new(Metered::new(MultiGzDecoder::new(raw), &context.uncounted())),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let mut decoder = zstd::Decoder::with_buffer(raw).map_err(failed)?;
                decoder.window_log_max(WINDOW_LOG).map_err(failed)?;
                Box::new(Metered::new(decoder, &context.uncounted()))
            }
            _ => Box::new(raw),
        };
        Ok(Input { place, text: BufReader::with_capacity(BLOCK, plain), _watch: watch })
    }

    /// Skips a byte order mark.
    pub(super) fn skip_mark(&mut self) -> Result<()> {
        let start = self.text.fill_buf().map_err(|error| ReadError::from_io(&self.place, &error))?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            let place = &self.place;
            return Err(ReadError::unsupported(format!(
                "{place} is text in UTF-16, and UTF-8 is what is read"
            )));
        }
        if start.starts_with(b"\xef\xbb\xbf") {
            self.text.consume(3);
        }
        Ok(())
    }

    /// Skips whole lines of any length; returns the number of lines skipped.
    pub(super) fn skip_lines(&mut self, lines: usize) -> Result<u64> {
        let mut skipped = 0;
        while skipped < lines {
            let block = self.text.fill_buf().map_err(|error| ReadError::from_io(&self.place, &error))?;
            if block.is_empty() {
                break;
            }
            let end = block.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(block.len(), |at| at + 1);
            skipped += usize::from(end.is_some());
            self.text.consume(used);
        }
        Ok(skipped as u64)
    }

    /// Reads all bytes, and charges them as they arrive.
    pub(super) fn read_all(&mut self, budget: &mut Budget) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let block = self.text.fill_buf().map_err(|error| ReadError::from_io(&self.place, &error))?;
            if block.is_empty() {
                return Ok(bytes);
            }
            let needed = bytes.len() + block.len();
            if needed > bytes.capacity() {
                let capacity = needed.max(bytes.capacity() * 2);
                // During a move the old allocation lives beside the new one.
                budget.cover(capacity + bytes.capacity())?;
                bytes.reserve_exact(capacity - bytes.len());
            }
            bytes.extend_from_slice(block);
            let used = block.len();
            self.text.consume(used);
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text.read(buffer)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.text.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.text.consume(bytes);
    }
}
