//! The file format: the footer lists the blocks. The bytes between them need not be messages: Polars writes
//! the schema at the start without its length.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, Footer, Message, root_as_footer, root_as_message};

use super::message::{Decoded, Limits, check_types, damaged, unpacked_size};

/// The bytes after the footer: its length and the magic.
const TRAILER: usize = 10;

/// The bytes of a file.
pub(super) trait FileBytes {
    /// Their number.
    fn length(&self) -> usize;

    /// A range that lies within the file.
    fn range(&mut self, offset: usize, length: usize) -> Decoded<Buffer>;
}

/// Bytes in memory, which columns share.
impl FileBytes for Buffer {
    fn length(&self) -> usize {
        self.len()
    }

    fn range(&mut self, offset: usize, length: usize) -> Decoded<Buffer> {
        Ok(self.slice_with_length(offset, length))
    }
}

/// A file of this length.
pub(super) struct OpenFile {
    pub(super) file: File,
    pub(super) length: usize,
}

impl FileBytes for OpenFile {
    fn length(&self) -> usize {
        self.length
    }

    fn range(&mut self, offset: usize, length: usize) -> Decoded<Buffer> {
        let failed = |error| ArrowError::IoError("a block".to_string(), error);
        self.file.seek(SeekFrom::Start(offset as u64)).map_err(failed)?;
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes).map_err(failed)?;
        Ok(Buffer::from(bytes))
    }
}

/// The batches of a file.
pub(super) struct Blocks<B> {
    bytes: B,
    pub(super) schema: SchemaRef,
    decoder: FileDecoder,
    batches: Vec<Place>,
    next: usize,
}

/// A block, within the file.
#[derive(Clone, Copy)]
struct Place {
    block: Block,
    offset: usize,
    metadata: usize,
    length: usize,
}

impl<B: FileBytes> Blocks<B> {
    /// Reads the footer and the dictionaries, which `limits` is charged for.
    pub(super) fn open(mut bytes: B, limits: &mut impl Limits) -> Decoded<Blocks<B>> {
        let footer = read_footer(&mut bytes, limits)?;
        let footer = root_as_footer(&footer).map_err(|error| damaged(&format!("its footer: {error}")))?;
        let (schema, dictionaries, batches) = contents(&footer, bytes.length())?;
        let decoder = FileDecoder::new(schema.clone(), footer.version());
        let mut blocks = Blocks { bytes, schema, decoder, batches, next: 0 };
        for place in dictionaries {
            let data = blocks.read(place, limits)?;
            blocks.decoder.read_dictionary(&place.block, &data)?;
        }
        Ok(blocks)
    }

    /// The next batch.
    pub(super) fn next(&mut self, limits: &mut impl Limits) -> Decoded<Option<RecordBatch>> {
        while let Some(&place) = self.batches.get(self.next) {
            self.next += 1;
            let data = self.read(place, limits)?;
            if let Some(batch) = self.decoder.read_record_batch(&place.block, &data)? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Bytes of the next batch in the file.
    pub(super) fn next_length(&self) -> usize {
        self.batches.get(self.next).map_or(0, |place| place.length)
    }

    /// Goes back to the first batch.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    fn read(&mut self, place: Place, limits: &mut impl Limits) -> Decoded<Buffer> {
        limits.read(place.length)?;
        let data = self.bytes.range(place.offset, place.length)?;
        let (message, body) = data.split_at_checked(place.metadata).unwrap_or_default();
        limits.unpack(unpacked_size(&block_message(message)?, body)?, place.length)?;
        Ok(data)
    }
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
    let mut bytes = bytes.clone();
    let start = trailer_start(&bytes)?;
    visit(start..bytes.len())?;
    let place = footer_place(&mut bytes)?;
    visit(place.clone())?;
    let footer = root_as_footer(&bytes[place]).map_err(|error| damaged(&format!("its footer: {error}")))?;
    let blocks = footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten();
    let places = located(bytes.len(), blocks)?;
    places.iter().try_for_each(|place| visit(place.offset..place.offset + place.metadata))
}

fn read_footer(bytes: &mut impl FileBytes, limits: &mut impl Limits) -> Decoded<Buffer> {
    let place = footer_place(bytes)?;
    limits.read(place.len())?;
    bytes.range(place.start, place.len())
}

/// The place of the footer, which precedes its length and the magic.
fn footer_place(bytes: &mut impl FileBytes) -> Decoded<Range<usize>> {
    let start = trailer_start(bytes)?;
    let trailer = bytes.range(start, TRAILER)?;
    let trailer = trailer.first_chunk::<TRAILER>().ok_or_else(|| damaged("it ends before its footer"))?;
    let length = read_footer_length(*trailer).map_err(|_| damaged("it ends before its footer"))?;
    let footer = start.checked_sub(length).ok_or_else(|| damaged("its footer is longer than itself"))?;
    Ok(footer..start)
}

fn trailer_start(bytes: &impl FileBytes) -> Decoded<usize> {
    bytes.length().checked_sub(TRAILER).ok_or_else(|| damaged("it ends before its footer"))
}

/// The schema, the dictionaries and the batches.
fn contents(footer: &Footer<'_>, length: usize) -> Decoded<(SchemaRef, Vec<Place>, Vec<Place>)> {
    let schema = footer.schema().ok_or_else(|| damaged("it has no schema"))?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err(ArrowError::NotYetImplemented("its numbers are in another byte order".to_string()));
    }
    check_types(schema.fields().iter().flatten())?;
    let schema = Arc::new(fb_to_schema(schema));
    let dictionaries = located(length, footer.dictionaries().iter().flatten())?;
    let batches = located(length, footer.recordBatches().iter().flatten())?;
    Ok((schema, dictionaries, batches))
}

/// The places of blocks, which must lie within the file.
fn located<'f>(length: usize, blocks: impl Iterator<Item = &'f Block>) -> Decoded<Vec<Place>> {
    let locate = |block: &Block| {
        let offset = usize::try_from(block.offset()).ok()?;
        let metadata = usize::try_from(block.metaDataLength()).ok()?;
        let all = metadata.checked_add(usize::try_from(block.bodyLength()).ok()?)?;
        let inside = offset.checked_add(all).is_some_and(|end| end <= length);
        inside.then_some(Place { block: *block, offset, metadata, length: all })
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
