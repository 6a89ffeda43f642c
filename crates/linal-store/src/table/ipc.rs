//! Arrow IPC: the file format (Feather 2) and the stream format.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow::ipc::{Block, Field, Footer, Message, root_as_footer, root_as_message};

use super::budget::Budget;
use super::input::Input;
use super::normalize::{catch_failure, normalize};
use super::{Table, TableOptions};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;

/// The magic at the start and the end of a file.
const FILE_MAGIC: &[u8] = b"ARROW1";

/// The bytes after the footer: its length and the magic.
const TRAILER: usize = 10;

/// Greatest expansion of a block of zstd, the strongest of the compressions.
const MAX_COMPRESSION_RATIO: usize = 1 << 15;

type Decoded<T> = std::result::Result<T, ArrowError>;

/// Reads a file. Uncompressed columns share the memory of the file.
pub(super) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    let mut budget = Budget::new(context)?;
    let bytes = input.read_all(&mut budget)?;
    let place = &input.place;
    if bytes.starts_with(b"FEA1") {
        return Err(ReadError::unsupported(format!("{place} is of the first version of Feather")));
    }
    let bytes = Buffer::from(bytes);
    let (schema, batches) = if bytes.starts_with(FILE_MAGIC) {
        catch_failure(place, || read_file(&bytes, &mut budget))?
    } else {
        catch_failure(place, || read_stream(&bytes, &mut budget))?
    };
    let mut notices = Vec::new();
    let (schema, batches) = normalize(place, &schema, batches, options, &mut budget, &mut notices)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory: budget.keep() })
}

/// Reads the blocks that the footer lists. The bytes between them need not be messages: Polars writes the
/// schema at the start without its length.
fn read_file(bytes: &Buffer, budget: &mut Budget) -> Decoded<(Arc<Schema>, Vec<RecordBatch>)> {
    read_blocks(bytes, |unpacked| charge(budget, unpacked, bytes.len()))
}

/// Reads the blocks after `accept` has seen the decompressed size of their buffers.
fn read_blocks(
    bytes: &Buffer,
    accept: impl FnOnce(usize) -> Decoded<()>,
) -> Decoded<(Arc<Schema>, Vec<RecordBatch>)> {
    let footer = footer(bytes)?;
    let schema = footer.schema().ok_or_else(|| damaged("it has no schema"))?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err(ArrowError::NotYetImplemented("its numbers are in another byte order".to_string()));
    }
    check_types(schema.fields().iter().flatten())?;
    let schema = Arc::new(fb_to_schema(schema));
    let dictionaries = located(bytes, footer.dictionaries().iter().flatten())?;
    let batches = located(bytes, footer.recordBatches().iter().flatten())?;
    let unpacked = dictionaries.iter().chain(&batches).try_fold(0usize, |sum, (block, data)| {
        let (message, body) = data.split_at_checked(block.metaDataLength() as usize).unwrap_or_default();
        Ok::<_, ArrowError>(sum.saturating_add(unpacked_size(&block_message(message)?, body)?))
    })?;
    accept(unpacked)?;
    let mut decoder = FileDecoder::new(schema.clone(), footer.version());
    for (block, data) in &dictionaries {
        decoder.read_dictionary(block, data)?;
    }
    let read = |(block, data): &(&Block, Buffer)| decoder.read_record_batch(block, data).transpose();
    let batches = batches.iter().filter_map(read).collect::<Decoded<Vec<RecordBatch>>>()?;
    Ok((schema, batches))
}

/// Reads a file without compression; its columns share the memory of `bytes`.
///
/// # Errors
/// A file that is damaged or compressed.
pub(crate) fn read_mapped(bytes: &Buffer) -> Decoded<(Arc<Schema>, Vec<RecordBatch>)> {
    let accept = |unpacked: usize| match unpacked {
        0 => Ok(()),
        _ => Err(damaged("it is compressed")),
    };
    read_blocks(bytes, accept)
}

/// Calls a function with the place of each part of a file that is no value: the trailer, the footer and the
/// messages before the bodies. A part is looked at only after the call, so that the caller may verify it.
///
/// # Errors
/// A file that is damaged; an error of the function.
pub(crate) fn visit_metadata(
    bytes: &Buffer,
    mut visit: impl FnMut(Range<usize>) -> Decoded<()>,
) -> Decoded<()> {
    let start = trailer_start(bytes)?;
    visit(start..bytes.len())?;
    visit(footer_start(bytes)?..start)?;
    let footer = footer(bytes)?;
    let blocks = footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten();
    located(bytes, blocks)?.iter().try_for_each(|(block, _)| {
        let start = usize::try_from(block.offset()).unwrap_or(usize::MAX);
        visit(start..start.saturating_add(block.metaDataLength() as usize))
    })
}

/// Rejects a schema with a type that Arrow's decoder panics on.
///
/// # Errors
/// Its first such field.
pub(crate) fn check_ipc_types(schema: arrow::ipc::Schema<'_>) -> Decoded<()> {
    check_types(schema.fields().iter().flatten())
}

/// Rejects types that Arrow's decoder panics on: integers of other widths, such as 128 bits.
fn check_types<'f>(fields: impl Iterator<Item = Field<'f>>) -> Decoded<()> {
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

/// The footer, which precedes its length and the magic.
fn footer(bytes: &[u8]) -> Decoded<Footer<'_>> {
    let footer = &bytes[footer_start(bytes)?..trailer_start(bytes)?];
    root_as_footer(footer).map_err(|error| damaged(&format!("its footer: {error}")))
}

fn trailer_start(bytes: &[u8]) -> Decoded<usize> {
    bytes.len().checked_sub(TRAILER).ok_or_else(|| damaged("it ends before its footer"))
}

fn footer_start(bytes: &[u8]) -> Decoded<usize> {
    let cut = || damaged("it ends before its footer");
    let start = trailer_start(bytes)?;
    let trailer = bytes[start..].first_chunk::<TRAILER>().ok_or_else(cut)?;
    let length = read_footer_length(*trailer).map_err(|_| cut())?;
    start.checked_sub(length).ok_or_else(|| damaged("its footer is longer than itself"))
}

/// The blocks and their bytes.
fn located<'f>(bytes: &Buffer, blocks: impl Iterator<Item = &'f Block>) -> Decoded<Vec<(&'f Block, Buffer)>> {
    let locate = |block: &'f Block| {
        let range = usize::try_from(block.offset())
            .ok()
            .zip(usize::try_from(block.metaDataLength()).ok().zip(usize::try_from(block.bodyLength()).ok()));
        let (offset, (metadata, body)) = range?;
        let length = metadata.checked_add(body)?;
        let inside = offset.checked_add(length).is_some_and(|end| end <= bytes.len());
        inside.then(|| (block, bytes.slice_with_length(offset, length)))
    };
    blocks.map(|block| locate(block).ok_or_else(|| damaged("a block lies beyond its end"))).collect()
}

/// The message of a block, after its length.
fn block_message(metadata: &[u8]) -> Decoded<Message<'_>> {
    let message = match metadata {
        [0xff, 0xff, 0xff, 0xff, _, _, _, _, message @ ..] | [_, _, _, _, message @ ..] => message,
        _ => return Err(damaged("a block has no message")),
    };
    root_as_message(message).map_err(|error| damaged(&error.to_string()))
}

fn read_stream(bytes: &Buffer, budget: &mut Budget) -> Decoded<(Arc<Schema>, Vec<RecordBatch>)> {
    let (end, unpacked) = walk(bytes)?;
    charge(budget, unpacked, bytes.len())?;
    let mut stream = bytes.slice_with_length(0, end);
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while !stream.is_empty() {
        batches.extend(decoder.decode(&mut stream)?);
    }
    if decoder.schema().is_none() {
        // The decoder accepts a message without a body when the next one begins: the end marker suffices.
        let mut end = Buffer::from(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        batches.extend(decoder.decode(&mut end)?);
    }
    match decoder.schema() {
        Some(schema) => Ok((schema, batches)),
        None => Err(damaged("it has no schema")),
    }
}

fn damaged(what: &str) -> ArrowError {
    ArrowError::IpcError(what.to_string())
}

/// Charges the decompressed size of the buffers. The decoder allocates the declared sizes.
fn charge(budget: &mut Budget, unpacked: usize, length: usize) -> Decoded<()> {
    if unpacked / MAX_COMPRESSION_RATIO > length {
        return Err(damaged("it declares more than its bytes can hold"));
    }
    budget.add(unpacked).map_err(|error| ArrowError::ExternalError(Box::new(error)))
}

/// Scans the messages before they are decoded: returns the end of the last one, and the decompressed size of
/// the buffers.
fn walk(bytes: &[u8]) -> Decoded<(usize, usize)> {
    let word = |at: usize| -> Option<usize> {
        let bytes = bytes.get(at..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let mut at = 0;
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
        if let Some(schema) = message.header_as_schema() {
            check_types(schema.fields().iter().flatten())?;
        }
        at += length;
    }
    Ok((at, unpacked))
}

/// The decompressed size of the buffers of a message.
fn unpacked_size(message: &Message<'_>, body: &[u8]) -> Decoded<usize> {
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
