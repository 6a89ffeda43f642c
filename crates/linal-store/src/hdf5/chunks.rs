//! Reads rows of a chunked dataset with filters that `hdf5-pure` does not decode.

use hdf5_pure::Chunk;

use super::filters;
use super::shared::SharedReader;

/// A chunked dataset.
pub(super) struct Chunks {
    pub(super) reader: SharedReader,
    /// The shape.
    pub(super) dims: Vec<u64>,
    /// The shape of a chunk.
    pub(super) chunk_dims: Vec<u64>,
    pub(super) element_size: usize,
    pub(super) filters: Vec<u16>,
    /// The stored chunks, each checked to lie within the file.
    pub(super) chunks: Vec<Chunk>,
}

impl Chunks {
    /// The elements of some rows, in row-major order.
    pub(super) fn rows(&mut self, start: u64, rows: u64) -> Result<Vec<u8>, String> {
        let mut window = self.dims.clone();
        let mut first = vec![0; window.len()];
        if let (Some(size), Some(from)) = (window.first_mut(), first.first_mut()) {
            (*size, *from) = (rows, start);
        }
        let too_large = || "its shape is too large".to_string();
        let bytes = |dims: &[u64]| -> Result<usize, String> {
            let size = dims.iter().try_fold(self.element_size as u64, |size, &dim| size.checked_mul(dim));
            size.and_then(|size| usize::try_from(size).ok()).ok_or_else(too_large)
        };
        let mut out = vec![0; bytes(&window)?];
        let chunk_size = bytes(&self.chunk_dims)?;
        let mut filled = 0;
        for at in 0..self.chunks.len() {
            let overlap = overlap(&first, &window, &self.chunks[at].offset, &self.chunk_dims);
            let Some(overlap) = overlap else { continue };
            let chunk = self.chunk(at, chunk_size)?;
            let from = Block { dims: &self.chunk_dims, start: &self.chunks[at].offset };
            let to = Block { dims: &window, start: &first };
            filled += copy(&overlap, self.element_size, (&from, &chunk), (&to, &mut out));
        }
        // Only `hdf5-pure` knows the fill value of a chunk that was never written.
        if filled == out.len() {
            Ok(out)
        } else {
            Err("chunks that were never written are not read behind these filters".to_string())
        }
    }

    fn chunk(&mut self, at: usize, size: usize) -> Result<Vec<u8>, String> {
        let chunk = &self.chunks[at];
        let stored = usize::try_from(chunk.storage_size).map_err(|error| error.to_string())?;
        let bytes = self.reader.bytes_at(chunk.address, stored).map_err(|error| error.to_string())?;
        filters::undo(bytes, &self.filters, chunk.filter_mask, self.element_size, size)
    }
}

/// A rectangular block of elements.
struct Block<'d> {
    dims: &'d [u64],
    start: &'d [u64],
}

impl Block<'_> {
    /// The offset of an element in the block.
    fn place(&self, index: &[u64]) -> usize {
        let axes = self.dims.iter().zip(self.start).zip(index);
        axes.fold(0, |place, ((&size, &start), &index)| place * size as usize + (index - start) as usize)
    }
}

/// The first and one past the last index of the overlap of two blocks.
fn overlap(start: &[u64], dims: &[u64], other: &[u64], other_dims: &[u64]) -> Option<Vec<(u64, u64)>> {
    let axes = start.iter().zip(dims).zip(other.iter().zip(other_dims));
    axes.map(|((&a, &size), (&b, &other_size))| {
        let (first, end) = (a.max(b), a.saturating_add(size).min(b.saturating_add(other_size)));
        (first < end).then_some((first, end))
    })
    .collect()
}

/// Copies the overlap, one run of the last axis at a time; returns the number of bytes.
fn copy(
    overlap: &[(u64, u64)],
    element_size: usize,
    (from, source): (&Block<'_>, &[u8]),
    (to, target): (&Block<'_>, &mut [u8]),
) -> usize {
    let Some((last, outer)) = overlap.split_last() else { return 0 };
    let run = (last.1 - last.0) as usize * element_size;
    let mut index: Vec<u64> = overlap.iter().map(|(first, _)| *first).collect();
    let mut copied = 0;
    loop {
        let (a, b) = (from.place(&index) * element_size, to.place(&index) * element_size);
        target[b..b + run].copy_from_slice(&source[a..a + run]);
        copied += run;
        let Some(axis) = (0..outer.len()).rev().find(|&axis| index[axis] + 1 < outer[axis].1) else {
            return copied;
        };
        index[axis] += 1;
        for later in axis + 1..outer.len() {
            index[later] = outer[later].0;
        }
    }
}
