//! Arrow IPC: the file format (also known as Feather 2) and the stream format.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::{Message, root_as_message};

use super::budget::Budget;
use super::input::Input;
use super::normal::{contain, normalise};
use super::{Table, TableOptions};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;

/// What a file begins with; the stream within it follows.
const FILE_MAGIC: &[u8] = b"ARROW1\0\0";

/// The most that a block of zstd, the closest of the compressions, makes of its bytes.
const RATIO: usize = 1 << 15;

/// Reads a file. Columns that are not compressed share the memory that the file was read into.
pub(super) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    let mut budget = Budget::new(context)?;
    let bytes = input.read_all(&mut budget)?;
    let place = &input.place;
    if bytes.starts_with(b"FEA1") {
        return Err(ReadError::unsupported(format!("{place} is of the first version of Feather")));
    }
    let start = if bytes.starts_with(FILE_MAGIC) { first_message(&bytes) } else { 0 };
    let (end, unpacked) = contain(place, || walk(&bytes, start))?;
    budget.add(unpacked)?;
    let stream = Buffer::from(bytes).slice_with_length(start, end - start);
    let (schema, batches) = contain(place, || decode(stream))?;
    let mut notices = Vec::new();
    let (schema, batches) = normalise(place, &schema, batches, options, &mut budget, &mut notices)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory: budget.keep() })
}

fn decode(mut stream: Buffer) -> std::result::Result<(Arc<Schema>, Vec<RecordBatch>), ArrowError> {
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while !stream.is_empty() {
        batches.extend(decoder.decode(&mut stream)?);
    }
    if decoder.schema().is_none() {
        // A message without a body is taken in when the next one begins: the mark of the end will do.
        let mut end = Buffer::from(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        batches.extend(decoder.decode(&mut end)?);
    }
    match decoder.schema() {
        Some(schema) => Ok((schema, batches)),
        None => Err(damaged("it has no schema")),
    }
}

/// Where the first message of a file begins: writers fill up to their alignment behind the first bytes.
fn first_message(bytes: &[u8]) -> usize {
    let filled =
        bytes[FILE_MAGIC.len()..].chunks_exact(8).take_while(|word| word.iter().all(|&byte| byte == 0));
    FILE_MAGIC.len() + 8 * filled.count()
}

fn damaged(what: &str) -> ArrowError {
    ArrowError::IpcError(what.to_string())
}

/// Passes over the messages before anything is made of them: where the last one ends, and how many bytes the
/// compressed ones become. The decoder takes memory as they declare.
fn walk(bytes: &[u8], start: usize) -> std::result::Result<(usize, usize), ArrowError> {
    let word = |at: usize| -> Option<usize> {
        let bytes = bytes.get(at..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let mut at = start;
    let mut unpacked = 0usize;
    while at < bytes.len() {
        let mut size = word(at).ok_or_else(|| damaged("it ends within a message"))?;
        at += 4;
        if size == 0xffff_ffff {
            size = word(at).ok_or_else(|| damaged("it ends within a message"))?;
            at += 4;
        }
        if size == 0 {
            break;
        }
        let header = bytes.get(at..).and_then(|rest| rest.get(..size));
        let header = header.ok_or_else(|| damaged("it ends within a message"))?;
        let message = root_as_message(header).map_err(|error| damaged(&error.to_string()))?;
        at += size;
        let length = usize::try_from(message.bodyLength()).unwrap_or(usize::MAX);
        let body = bytes.get(at..).and_then(|rest| rest.get(..length));
        let body = body.ok_or_else(|| damaged("it ends within a message"))?;
        unpacked = unpacked.saturating_add(unpacked_size(&message, body)?);
        at += length;
    }
    if unpacked / RATIO > bytes.len() {
        return Err(damaged("it declares more than its bytes can hold"));
    }
    Ok((at, unpacked))
}

/// The bytes that the compressed buffers of a message become.
fn unpacked_size(message: &Message<'_>, body: &[u8]) -> std::result::Result<usize, ArrowError> {
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
        // -1 marks a buffer that was left as it is.
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
