//! A dataset of an HDF5 file as a tensor.

use std::io::{Read, Seek};
use std::path::Path;

use hdf5_pure::{ChunkIndex, Dataset};
use linal_tensor::{Bytes, Shape, Tensor};

use super::element;
use super::file;
use super::guard::contain;
use crate::elements::{ElementError, Elements, Format, index_of};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::{Source, quoted};

const OPERATION: &str = "READ_HDF5";

/// Deflate makes at most 1032 bytes of one.
const DEFLATE_RATIO: u64 = 1032;

/// What a dataset may hold however short its file is: chunks that were never written are all fill value.
const ALWAYS_ALLOWED: u64 = 16 << 20;

/// Bytes that are read at a time, if a row or a chunk is not longer.
const BLOCK: u64 = 4 << 20;

/// Reads a dataset of an HDF5 file. `dataset` is its path, with or without the leading slash.
///
/// Integers come in as `i64`, half precision as `f32`, floats as they are, pairs of floats named `r` and `i` as complex
/// numbers, enumerations of FALSE and TRUE as `bool`; in either byte order, contiguous, compact or chunked, and
/// through the filters shuffle, deflate, Fletcher32, LZF and scale-offset. A scalar dataset has the shape `[]`.
///
/// # Errors
/// When the file is missing, is no HDF5 file, is damaged, has no such dataset (the error lists those there are), or
/// the dataset holds no numbers; when the pool has no room; when the reading was stopped.
pub fn read_hdf5(path: &Path, dataset: &str, context: &ReadContext) -> Result<Tensor> {
    let source = Source::open(path)?;
    parse(&source.label, source.file, dataset, context)
}

/// As [`read_hdf5`], over the bytes of a reader. `label` is how errors name the input.
///
/// # Errors
/// As there.
pub fn parse(
    label: &str,
    mut reader: impl Read + Seek + Send + 'static,
    dataset: &str,
    context: &ReadContext,
) -> Result<Tensor> {
    let place = quoted(label);
    let length = file::length(&mut reader).map_err(|error| ReadError::from_io(&place, &error))?;
    let file = file::open(&place, reader)?;
    let dataset_handle = file::dataset(&place, &file, dataset)?;
    let reading = Reading::new(format!("{place}, dataset `{dataset}`"), dataset_handle, length)?;
    let _watch = context.watch(label, Some(reading.bytes));
    reading.read(context)
}

/// A dataset whose declared sizes have been checked.
struct Reading {
    place: String,
    dataset: Dataset,
    format: Format,
    dims: Vec<usize>,
    /// Number of elements.
    count: usize,
    /// Bytes of all elements.
    bytes: u64,
    /// Rows that are read at a time.
    rows: u64,
    /// Bytes of working space that reading takes beside the result.
    working: u64,
}

impl Reading {
    fn new(place: String, dataset: Dataset, length: u64) -> Result<Reading> {
        let datatype = contain(&place, || dataset.datatype())?;
        let format = element::format(&datatype).map_err(|what| {
            ReadError::unsupported(format!("{place} holds {what}, and a tensor holds numbers"))
        })?;
        let dims = contain(&place, || dataset.shape())?;
        let size = format.size() as u64;
        let too_large =
            || ReadError::bad_format(format!("{place} declares the shape {dims:?}, which is too large"));
        let bytes = product(&dims).and_then(|count| count.checked_mul(size)).ok_or_else(too_large)?;
        let allowed = length.saturating_mul(DEFLATE_RATIO).max(ALWAYS_ALLOWED);
        let chunk_dims = contain(&place, || dataset.chunk_shape())?;
        let chunk = match &chunk_dims {
            Some(dims) => product(dims).and_then(|count| count.checked_mul(size)).ok_or_else(too_large)?,
            None => 0,
        };
        if bytes.max(chunk) > allowed {
            return Err(ReadError::bad_format(format!(
                "{place} declares {}, more than a file of {} can hold",
                Bytes(bytes.max(chunk) as usize),
                Bytes(length as usize)
            )));
        }
        if chunk_dims.is_some() {
            check_chunks(&place, &dataset, bytes, length)?;
        }
        let (rows, working) = window(&dims, bytes, chunk_dims.as_deref(), chunk);
        let dims: Vec<usize> = dims.iter().map(|&size| size as usize).collect();
        Ok(Reading { place, dataset, format, count: (bytes / size) as usize, dims, bytes, rows, working })
    }

    fn read(self, context: &ReadContext) -> Result<Tensor> {
        let mut elements = Elements::new(self.format, self.count, OPERATION, context.pool)?;
        if self.count > 0 {
            self.read_rows(&mut elements, context)?;
        }
        if elements.len() == 0 && self.dims.is_empty() {
            // A null dataspace, which has no elements and no axes.
            return Err(ReadError::unsupported(format!("{} holds no value", self.place)));
        }
        if elements.len() != self.count {
            return Err(ReadError::bad_format(format!(
                "{} has {} elements, but its shape {:?} has {}",
                self.place,
                elements.len(),
                self.dims,
                self.count
            )));
        }
        Ok(elements.into_tensor(Shape::from(self.dims))?)
    }

    fn read_rows(&self, elements: &mut Elements, context: &ReadContext) -> Result<()> {
        let working = usize::try_from(self.working).unwrap_or(usize::MAX);
        let _working = context.pool.reserve(OPERATION, working)?;
        elements.reserve_all()?;
        let total = self.dims.first().copied().unwrap_or(1) as u64;
        let mut start = 0;
        while start < total {
            context.poll()?;
            let rows = self.rows.min(total - start);
            let bytes = contain(&self.place, || self.dataset.read_raw_rows(start, rows))?;
            if elements.len() + bytes.len() / self.format.size() > self.count {
                break;
            }
            elements.push(&bytes).map_err(|error| self.element_error(&error))?;
            context.progress.advance(bytes.len() as u64);
            start += rows;
        }
        Ok(())
    }

    fn element_error(&self, error: &ElementError) -> ReadError {
        match error {
            ElementError::Limit(limit) => ReadError::from(limit.clone()),
            ElementError::TooLarge { position, value } => ReadError::unsupported(format!(
                "{}: element {:?} is {value}, which does not fit i64",
                self.place,
                index_of(*position, &self.dims)
            )),
        }
    }
}

fn product(dims: &[u64]) -> Option<u64> {
    dims.iter().try_fold(1u64, |product, &size| product.checked_mul(size))
}

/// Checks that the stored chunks lie inside of the file: the foreign parser takes memory for them as they are declared.
fn check_chunks(place: &str, dataset: &Dataset, bytes: u64, length: u64) -> Result<()> {
    let index = contain(place, || dataset.chunk_index())?;
    if index == Some(ChunkIndex::BTreeV2) {
        return Err(ReadError::unsupported(format!(
            "{place} may grow along several axes in the newest file format, and its chunk index is not read"
        )));
    }
    // In an implicit index all chunks are there, one behind the other and not compressed.
    if index == Some(ChunkIndex::Implicit) && bytes > length {
        return Err(ReadError::bad_format(format!("{place} declares more chunks than its file can hold")));
    }
    for chunk in contain(place, || dataset.chunks())? {
        let end = chunk.address.checked_add(chunk.storage_size);
        if end.is_none_or(|end| end > length) {
            return Err(ReadError::bad_format(format!(
                "{place} has a chunk at {:?} that reaches beyond the end of the file",
                chunk.offset
            )));
        }
    }
    Ok(())
}

/// How many rows to read at a time, and the working space that it takes.
///
/// A whole number of chunks, so that each is decoded once.
fn window(dims: &[u64], bytes: u64, chunk_dims: Option<&[u64]>, chunk: u64) -> (u64, u64) {
    let total = dims.first().copied().unwrap_or(1).max(1);
    let row = (bytes / total).max(1);
    let step = chunk_dims.and_then(|dims| dims.first().copied()).unwrap_or(1).clamp(1, total);
    let steps = (BLOCK / row.saturating_mul(step)).max(1);
    let rows = steps.saturating_mul(step).min(total);
    // The rows, and a chunk before and after it is unpacked.
    (rows, rows.saturating_mul(row).saturating_add(chunk.saturating_mul(2)))
}
