//! Blosc, the compressor that zarr-python chose for version 2: blocks of shuffled elements.
//!
//! The format of version 1 of the C library: a header of 16 bytes, the offsets of the blocks, and in each
//! block one or more compressed streams. Its own compressor `blosclz` and snappy are not read.

use std::io::Read;

use flate2::bufread::ZlibDecoder;

const HEADER_BYTES: usize = 16;

const SHUFFLED: u8 = 1;
const COPIED: u8 = 2;
const BIT_SHUFFLED: u8 = 4;
const NOT_SPLIT: u8 = 16;

/// A block is split into a stream for each byte of an element only if elements are no longer than this ...
const MAX_SPLITS: usize = 16;

/// ... and a stream is at least as long as this.
const MIN_STREAM_BYTES: usize = 128;

/// Decodes bytes that become at most `most`.
///
/// # Errors
/// What is wrong with them.
pub(super) fn decode(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let header = Header::parse(bytes).ok_or("a chunk is shorter than the header of Blosc")?;
    if header.length > most {
        return Err(format!("a chunk declares {} bytes, and has at most {most}", header.length));
    }
    let mut decoded = Vec::new();
    if header.length == 0 {
        return Ok(decoded);
    }
    if header.flags & COPIED != 0 {
        let stored = bytes.get(HEADER_BYTES..).and_then(|rest| rest.get(..header.length));
        return Ok(stored.ok_or_else(cut)?.to_vec());
    }
    if header.block == 0 {
        return Err("a chunk of Blosc has blocks of no bytes".to_string());
    }
    for at in 0..header.length.div_ceil(header.block) {
        let start = word(bytes, HEADER_BYTES + 4 * at)?;
        let length = header.block.min(header.length - decoded.len());
        let block = header.block(bytes.get(start..).ok_or_else(cut)?, length)?;
        decoded.extend_from_slice(&header.unshuffle(block));
    }
    Ok(decoded)
}

fn cut() -> String {
    "a chunk of Blosc ends too early".to_string()
}

fn word(bytes: &[u8], at: usize) -> Result<usize, String> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or_else(cut)?;
    Ok(u32::from_le_bytes(*word) as usize)
}

struct Header {
    flags: u8,
    /// Bytes of an element.
    element: usize,
    /// Bytes of all elements.
    length: usize,
    /// Bytes of a block, but for the last one.
    block: usize,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Header> {
        let header = bytes.first_chunk::<HEADER_BYTES>()?;
        let field = |at| word(header, at).ok();
        let element = usize::from(header[3]).max(1);
        Some(Header { flags: header[2], element, length: field(4)?, block: field(8)? })
    }

    /// Decompresses the streams of a block that has this length.
    fn block(&self, mut bytes: &[u8], length: usize) -> Result<Vec<u8>, String> {
        let is_split = self.flags & NOT_SPLIT == 0
            && self.element <= MAX_SPLITS
            && self.block / self.element >= MIN_STREAM_BYTES
            && length == self.block;
        let streams = if is_split { self.element } else { 1 };
        let stream_bytes = length / streams;
        let mut block = Vec::new();
        for _ in 0..streams {
            let size = word(bytes, 0)?;
            let stream = bytes.get(4..).and_then(|rest| rest.get(..size)).ok_or_else(cut)?;
            let before = block.len();
            if size == stream_bytes {
                block.extend_from_slice(stream);
            } else {
                self.decompress(stream, stream_bytes, &mut block)?;
            }
            if block.len() - before != stream_bytes {
                return Err("a block of Blosc has another length than it should".to_string());
            }
            bytes = bytes.get(4 + size..).unwrap_or_default();
        }
        // What splits do not divide evenly is left out by no writer.
        if block.len() == length { Ok(block) } else { Err(cut()) }
    }

    fn decompress(&self, stream: &[u8], length: usize, block: &mut Vec<u8>) -> Result<(), String> {
        let before = block.len();
        let failed = |error: &dyn std::fmt::Display| format!("a block of Blosc: {error}");
        match self.flags >> 5 {
            1 => {
                block.resize(before + length, 0);
                let written = lz4_flex::block::decompress_into(stream, &mut block[before..]);
                block.truncate(before + written.map_err(|error| failed(&error))?);
            }
            3 => {
                let decoder = ZlibDecoder::new(stream).take(length as u64 + 1);
                { decoder }.read_to_end(block).map_err(|error| failed(&error))?;
            }
            4 => {
                let decoder = zstd::Decoder::with_buffer(stream).map_err(|error| failed(&error))?;
                decoder.take(length as u64 + 1).read_to_end(block).map_err(|error| failed(&error))?;
            }
            0 => return Err("a chunk is compressed by blosclz within Blosc, which is not read".to_string()),
            2 => return Err("a chunk is compressed by snappy within Blosc, which is not read".to_string()),
            other => return Err(format!("a chunk of Blosc has the unknown format {other}")),
        }
        Ok(())
    }

    fn unshuffle(&self, block: Vec<u8>) -> Vec<u8> {
        if self.flags & SHUFFLED != 0 && self.element > 1 {
            return unshuffle_bytes(&block, self.element);
        }
        if self.flags & BIT_SHUFFLED != 0 && block.len() >= self.element {
            return unshuffle_bits(&block, self.element);
        }
        block
    }
}

/// The first bytes of all elements come first, then the second ones; a rest follows as it is.
fn unshuffle_bytes(block: &[u8], element: usize) -> Vec<u8> {
    let count = block.len() / element;
    let mut plain = block.to_vec();
    for (at, byte) in block[..count * element].iter().enumerate() {
        plain[at % count * element + at / count] = *byte;
    }
    plain
}

/// The first bits of all elements come first, eight elements a byte. A block whose number of elements is no
/// multiple of eight is left as it is.
fn unshuffle_bits(block: &[u8], element: usize) -> Vec<u8> {
    let count = block.len() / element;
    let mut plain = block.to_vec();
    if !count.is_multiple_of(8) {
        return plain;
    }
    plain[..count * element].fill(0);
    for bit in 0..element * 8 {
        let row = &block[bit * count / 8..][..count / 8];
        for at in 0..count {
            let set = row[at / 8] >> (at % 8) & 1;
            plain[at * element + bit / 8] |= set << (bit % 8);
        }
    }
    plain
}
