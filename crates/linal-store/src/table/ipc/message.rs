//! What a message declares, checked before it is decoded: the decoder allocates the declared sizes.

use arrow::error::ArrowError;
use arrow::ipc::{Field, Message};

use crate::progress::ReadContext;
use crate::table::budget::Budget;

/// Greatest expansion of a block of zstd, the strongest of the compressions.
const MAX_COMPRESSION_RATIO: usize = 1 << 15;

pub(super) type Decoded<T> = std::result::Result<T, ArrowError>;

/// What bytes are charged to, or rejected by.
pub(super) trait Limits {
    /// Bytes of the file that are about to be read.
    fn read(&mut self, bytes: usize) -> Decoded<()>;

    /// What a message of `length` bytes decompresses to.
    fn unpack(&mut self, unpacked: usize, length: usize) -> Decoded<()>;

    /// Called after a dictionary, which is kept for the batches that follow.
    fn keep(&mut self) {}
}

/// The limits of bytes in memory, which are charged already: what they decompress to.
pub(super) struct Unpacked<'b>(pub(super) &'b mut Budget);

impl Limits for Unpacked<'_> {
    fn read(&mut self, _: usize) -> Decoded<()> {
        Ok(())
    }

    fn unpack(&mut self, unpacked: usize, length: usize) -> Decoded<()> {
        self.0.unpack(unpacked, length)
    }
}

/// The limits of one batch of a file.
impl Limits for Budget {
    fn read(&mut self, bytes: usize) -> Decoded<()> {
        self.add(bytes).map_err(|error| ArrowError::ExternalError(Box::new(error)))
    }

    fn unpack(&mut self, unpacked: usize, length: usize) -> Decoded<()> {
        if unpacked / MAX_COMPRESSION_RATIO > length {
            return Err(damaged("it declares more than its bytes can hold"));
        }
        self.add(unpacked).map_err(|error| ArrowError::ExternalError(Box::new(error)))
    }
}

/// The limits of a stream: those of the batch, and of what is kept with the stream.
pub(super) struct StreamLimits<'b> {
    pub(super) batch: Budget,
    pub(super) kept: &'b mut Vec<Budget>,
    pub(super) context: ReadContext<'b>,
}

impl Limits for StreamLimits<'_> {
    fn read(&mut self, bytes: usize) -> Decoded<()> {
        self.batch.read(bytes)
    }

    fn unpack(&mut self, unpacked: usize, length: usize) -> Decoded<()> {
        self.batch.unpack(unpacked, length)
    }

    fn keep(&mut self) {
        // A new budget of nothing needs no memory.
        if let Ok(empty) = Budget::new(&self.context) {
            self.kept.push(std::mem::replace(&mut self.batch, empty));
        }
    }
}

/// Accepts what is not compressed, for a file whose bytes are mapped.
pub(super) struct Uncompressed;

impl Limits for Uncompressed {
    fn read(&mut self, _: usize) -> Decoded<()> {
        Ok(())
    }

    fn unpack(&mut self, unpacked: usize, _: usize) -> Decoded<()> {
        if unpacked == 0 { Ok(()) } else { Err(damaged("it is compressed")) }
    }
}

pub(super) fn damaged(what: &str) -> ArrowError {
    ArrowError::IpcError(what.to_string())
}

/// Rejects a schema with a type that Arrow's decoder panics on.
///
/// # Errors
/// Its first such field.
pub(crate) fn check_ipc_types(schema: arrow::ipc::Schema<'_>) -> Decoded<()> {
    check_types(schema.fields().iter().flatten())
}

/// Rejects types that Arrow's decoder panics on: integers of other widths, such as 128 bits.
pub(super) fn check_types<'f>(fields: impl Iterator<Item = Field<'f>>) -> Decoded<()> {
    for field in fields {
        if let Some(width) = field.type_as_int().map(|int| int.bitWidth())
            && !matches!(width, 8 | 16 | 32 | 64)
        {
            let name = field.name().unwrap_or_default();
            let what = format!("column `{name}` has integers of {width} bits");
            return Err(ArrowError::NotYetImplemented(what));
        }
        check_types(field.children().iter().flatten())?;
    }
    Ok(())
}

/// The decompressed size of the buffers of a message.
pub(super) fn unpacked_size(message: &Message<'_>, body: &[u8]) -> Decoded<usize> {
    let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(0) };
    if batch.compression().is_none() {
        return Ok(0);
    }
    let mut sum = 0usize;
    for buffer in batch.buffers().iter().flatten() {
        let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let stored = range.and_then(|(offset, length)| body.get(offset..)?.get(..length));
        let stored = stored.ok_or_else(|| damaged("a buffer lies beyond its message"))?;
        let Some(prefix) = stored.first_chunk::<8>() else { continue };
        // -1 marks an uncompressed buffer.
        match i64::from_le_bytes(*prefix) {
            -1 => {}
            size => {
                let size = usize::try_from(size).map_err(|_| damaged("a buffer has no size"))?;
                sum = sum.saturating_add(size);
            }
        }
    }
    Ok(sum)
}
