//! Decodes the filters of chunks in an order that `hdf5-pure` does not support.
//!
//! Fletcher32 before shuffle makes a chunk whose length is no multiple of the element size. HDF5 shuffles the
//! complete elements and leaves the rest in place; `hdf5-pure` rejects such a chunk.

use std::io::Read;

use flate2::read::ZlibDecoder;

const DEFLATE: u16 = 1;
const SHUFFLE: u16 = 2;
const FLETCHER32: u16 = 3;

/// Length of a Fletcher32 checksum.
const CHECKSUM: usize = 4;

/// Whether shuffle runs over a checksum that is not a complete element.
pub(super) fn shuffles_a_checksum(filters: &[u16], element_size: usize) -> bool {
    let at = |wanted: u16| filters.iter().position(|filter| *filter == wanted);
    match (at(FLETCHER32), at(SHUFFLE)) {
        (Some(checksum), Some(shuffle)) => checksum < shuffle && !CHECKSUM.is_multiple_of(element_size),
        _ => false,
    }
}

/// Decodes a chunk of `size` decoded bytes. Bit `i` of `skipped` is set when filter `i` was not applied.
pub(super) fn undo(
    mut bytes: Vec<u8>,
    filters: &[u16],
    skipped: u32,
    element_size: usize,
    size: usize,
) -> Result<Vec<u8>, String> {
    for (at, filter) in filters.iter().enumerate().rev() {
        if at < 32 && skipped >> at & 1 == 1 {
            continue;
        }
        bytes = match *filter {
            // Each Fletcher32 that was applied before adds its checksum.
            DEFLATE => inflate(&bytes, size.saturating_add(CHECKSUM * filters.len()))?,
            SHUFFLE => unshuffle(&bytes, element_size),
            FLETCHER32 => checked(bytes)?,
            other => return Err(format!("its chunks are filtered by filter {other}, which is not known")),
        };
    }
    if bytes.len() == size {
        Ok(bytes)
    } else {
        Err(format!("a chunk has {} bytes, not {size}", bytes.len()))
    }
}

fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut inflated = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = ZlibDecoder::new(bytes).take(limit).read_to_end(&mut inflated);
    read.map_err(|error| format!("a chunk is damaged: {error}"))?;
    if inflated.len() > most { Err("a chunk is longer than it should be".to_string()) } else { Ok(inflated) }
}

/// Byte `i` of all elements follows byte `i - 1` of all elements; the rest is at the end.
fn unshuffle(bytes: &[u8], element_size: usize) -> Vec<u8> {
    let elements = bytes.len() / element_size.max(1);
    let (shuffled, rest) = bytes.split_at(elements * element_size);
    let mut plain = Vec::with_capacity(bytes.len());
    for element in 0..elements {
        plain.extend((0..element_size).map(|byte| shuffled[byte * elements + element]));
    }
    plain.extend_from_slice(rest);
    plain
}

/// Verifies and removes a checksum.
fn checked(mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let Some((data, stored)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Err("a chunk is shorter than its checksum".to_string());
    };
    if u32::from_le_bytes(*stored) != fletcher32(data) {
        return Err("a chunk differs from its checksum".to_string());
    }
    bytes.truncate(bytes.len() - CHECKSUM);
    Ok(bytes)
}

/// HDF5's Fletcher32: sums over big-endian words, reduced before they overflow.
fn fletcher32(bytes: &[u8]) -> u32 {
    const UNFOLDED: usize = 360;
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut low, mut high) = (0u32, 0u32);
    for block in bytes.chunks(2 * UNFOLDED) {
        for word in block.chunks(2) {
            low += u32::from(word[0]) << 8 | word.get(1).copied().map_or(0, u32::from);
            high += low;
        }
        (low, high) = (fold(low), fold(high));
    }
    fold(high) << 16 | fold(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffled_checksum_is_left_over() {
        let data: Vec<u8> = (0..32).collect();
        let mut with_checksum = data.clone();
        with_checksum.extend(fletcher32(&data).to_le_bytes());
        let mut shuffled: Vec<u8> =
            (0..8).flat_map(|byte| (0..4).map(move |element| element * 8 + byte)).collect();
        shuffled.extend_from_slice(&with_checksum[32..]);
        let filters = [FLETCHER32, SHUFFLE];
        assert!(shuffles_a_checksum(&filters, 8) && !shuffles_a_checksum(&filters, 2));
        assert_eq!(undo(shuffled.clone(), &filters, 0, 8, 32), Ok(data));
        assert!(undo(shuffled.clone(), &filters, 0, 8, 40).unwrap_err().contains("has 32 bytes"));
        shuffled[3] ^= 1;
        assert!(undo(shuffled, &filters, 0, 8, 32).unwrap_err().contains("checksum"));
    }
}
