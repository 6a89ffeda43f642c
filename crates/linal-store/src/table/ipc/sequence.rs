//! The stream format: messages one after the other.

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::{MessageHeader, root_as_message};

use super::message::{Decoded, Limits, check_types, damaged, unpacked_size};

/// Precedes the length of a message.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Bytes that are read before they are charged.
const STEP: usize = 256 << 10;

/// The bytes of a stream, in order.
pub(super) trait Pieces {
    /// The next `length` bytes; `None` at the end of the stream.
    ///
    /// # Errors
    /// A stream that ends within them.
    fn take(&mut self, length: usize, limits: &mut impl Limits) -> Decoded<Option<Buffer>>;
}

/// Bytes in memory, which columns share.
impl Pieces for Buffer {
    fn take(&mut self, length: usize, _: &mut impl Limits) -> Decoded<Option<Buffer>> {
        if self.is_empty() && length > 0 {
            return Ok(None);
        }
        if length > self.len() {
            return Err(within());
        }
        let piece = self.slice_with_length(0, length);
        self.advance(length);
        Ok(Some(piece))
    }
}

/// A file that is read piece by piece.
pub(super) struct FilePieces<R>(pub(super) R);

impl<R: BufRead> Pieces for FilePieces<R> {
    fn take(&mut self, length: usize, limits: &mut impl Limits) -> Decoded<Option<Buffer>> {
        let failed = |error| ArrowError::IoError("a message".to_string(), error);
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let step = STEP.max(bytes.len()).min(length - bytes.len());
            limits.read(step)?;
            bytes.reserve_exact(step);
            let read = self.0.by_ref().take(step as u64).read_to_end(&mut bytes).map_err(failed)?;
            if read == 0 && bytes.is_empty() {
                return Ok(None);
            }
            if read < step {
                return Err(within());
            }
        }
        Ok(Some(Buffer::from(bytes)))
    }
}

fn within() -> ArrowError {
    damaged("it ends within a message")
}

/// The batches of a stream.
pub(super) struct Messages<P> {
    pieces: P,
    decoder: StreamDecoder,
    ready: VecDeque<RecordBatch>,
    ended: bool,
}

impl<P: Pieces> Messages<P> {
    pub(super) fn new(pieces: P) -> Messages<P> {
        Messages { pieces, decoder: StreamDecoder::new(), ready: VecDeque::new(), ended: false }
    }

    /// The next batch. `limits` is also charged for the dictionaries before it, which the decoder keeps.
    pub(super) fn next(&mut self, limits: &mut impl Limits) -> Decoded<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            if self.ended {
                return Ok(None);
            }
            self.message(limits)?;
        }
    }

    /// The schema, once the first batch or the end was read.
    ///
    /// # Errors
    /// A stream without one.
    pub(super) fn schema(&self) -> Decoded<SchemaRef> {
        self.decoder.schema().ok_or_else(|| damaged("it has no schema"))
    }

    fn message(&mut self, limits: &mut impl Limits) -> Decoded<()> {
        let size = match self.word(limits)? {
            Some(u32::MAX) => Some(self.word(limits)?.ok_or_else(within)?),
            size => size,
        };
        let Some(size) = size.filter(|size| *size > 0) else { return self.end() };
        let header = self.pieces.take(size as usize, limits)?.ok_or_else(within)?;
        let message = root_as_message(&header).map_err(|error| damaged(&error.to_string()))?;
        if let Some(schema) = message.header_as_schema() {
            check_types(schema.fields().iter().flatten())?;
        }
        let length = usize::try_from(message.bodyLength()).unwrap_or(usize::MAX);
        let is_dictionary = message.header_type() == MessageHeader::DictionaryBatch;
        let body = self.pieces.take(length, limits)?.ok_or_else(within)?;
        limits.unpack(unpacked_size(&message, &body)?, length)?;
        if is_dictionary {
            limits.keep();
        }
        let prefix = [CONTINUATION, size.to_le_bytes()].concat();
        self.decode(Buffer::from(prefix))?;
        self.decode(header.clone())?;
        self.decode(body)
    }

    fn word(&mut self, limits: &mut impl Limits) -> Decoded<Option<u32>> {
        let bytes = self.pieces.take(4, limits)?;
        let word = bytes.as_ref().and_then(|bytes| bytes.first_chunk::<4>());
        Ok(word.map(|bytes| u32::from_le_bytes(*bytes)))
    }

    /// The decoder decodes a message without a body when the next one begins, and this is the last.
    fn end(&mut self) -> Decoded<()> {
        self.ended = true;
        self.decode(Buffer::from([CONTINUATION, [0; 4]].concat()))
    }

    fn decode(&mut self, mut bytes: Buffer) -> Decoded<()> {
        while !bytes.is_empty() {
            self.ready.extend(self.decoder.decode(&mut bytes)?);
        }
        Ok(())
    }
}
