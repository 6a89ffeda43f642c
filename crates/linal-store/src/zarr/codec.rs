//! Codecs from bytes to bytes.

use std::io::{self, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

use super::blosc;
use super::metadata::{damaged, unsupported};
use crate::error::{ReadError, Result};

/// Greatest window of a zstd frame as a power of two: 128 MiB, the limit of the zstd tool.
const WINDOW_LOG: u32 = 27;

/// The bytes of a checksum.
const CHECKSUM_BYTES: usize = 4;

/// A codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteCodec {
    Gzip,
    Zlib,
    Zstd,
    Crc32c,
    Blosc,
}

impl ByteCodec {
    /// By the name in metadata.
    pub(super) fn named(place: &str, name: &str) -> Result<ByteCodec> {
        Ok(match name {
            "gzip" => ByteCodec::Gzip,
            "zlib" | "numcodecs.zlib" => ByteCodec::Zlib,
            "zstd" => ByteCodec::Zstd,
            "crc32c" => ByteCodec::Crc32c,
            "blosc" => ByteCodec::Blosc,
            other => {
                return Err(unsupported(place, "has the codec", other)
                    .with_help(Some("gzip, zlib, zstd, blosc and crc32c are read".to_string())));
            }
        })
    }

    /// How many times as long a text may become.
    pub(super) fn ratio(self) -> u64 {
        match self {
            ByteCodec::Gzip | ByteCodec::Zlib => 1032,
            ByteCodec::Zstd | ByteCodec::Blosc => 1 << 15,
            ByteCodec::Crc32c => 1,
        }
    }
}

/// Undoes the codecs of a chunk that has `length` bytes without them. Nothing becomes much longer than that,
/// whatever the bytes declare.
pub(super) fn decode(place: &str, codecs: &[ByteCodec], stored: Vec<u8>, length: usize) -> Result<Vec<u8>> {
    let mut bytes = stored;
    for codec in codecs.iter().rev() {
        bytes = decode_one(place, *codec, bytes, most(length))?;
    }
    if bytes.len() != length {
        return Err(damaged(place, &format!("a chunk has {} bytes in place of {length}", bytes.len())));
    }
    Ok(bytes)
}

/// What a chunk of this length may become between two codecs: compression of random bytes makes them longer.
pub(super) fn most(length: usize) -> usize {
    length.saturating_add(length / 8).saturating_add(1024)
}

fn decode_one(place: &str, codec: ByteCodec, bytes: Vec<u8>, most: usize) -> Result<Vec<u8>> {
    let failed = |error: io::Error| ReadError::from_io(place, &error);
    match codec {
        ByteCodec::Gzip => read_up_to(MultiGzDecoder::new(&bytes[..]), most).map_err(failed),
        ByteCodec::Zlib => read_up_to(ZlibDecoder::new(&bytes[..]), most).map_err(failed),
        ByteCodec::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(&bytes[..]).map_err(failed)?;
            decoder.window_log_max(WINDOW_LOG).map_err(failed)?;
            read_up_to(decoder, most).map_err(failed)
        }
        ByteCodec::Crc32c => without_checksum(place, bytes),
        ByteCodec::Blosc => blosc::decode(&bytes, most).map_err(|what| blosc_error(place, &what)),
    }
}

/// Memory grows as bytes arrive, not as they are declared.
fn read_up_to(reader: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn blosc_error(place: &str, what: &str) -> ReadError {
    if what.ends_with("is not read") {
        return ReadError::unsupported(format!("{place}: {what}"));
    }
    damaged(place, what)
}

fn without_checksum(place: &str, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    let at = bytes.len().checked_sub(CHECKSUM_BYTES);
    let at = at.ok_or_else(|| damaged(place, "a chunk is shorter than its checksum"))?;
    let sum = crc32c(&bytes[..at]).to_le_bytes();
    if bytes[at..] != sum {
        return Err(damaged(place, "the checksum of a chunk is wrong"));
    }
    bytes.truncate(at);
    Ok(bytes)
}

/// CRC-32 of Castagnoli.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let table: [u32; 256] = std::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |sum, _| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 })
    });
    !bytes.iter().fold(!0, |sum, byte| table[usize::from(sum as u8 ^ byte)] ^ sum >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_the_specification() {
        // RFC 3720, appendix B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_chunk_grows_no_further_than_its_length() {
        let zeros = vec![0; 64 << 20];
        let packed = zstd::encode_all(&zeros[..], 3).unwrap();
        let error = decode("`z`", &[ByteCodec::Zstd], packed, 16).unwrap_err();
        assert_eq!(error.to_string(), "`z` is damaged: a chunk has 1043 bytes in place of 16");
    }
}
