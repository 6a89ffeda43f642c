//! Reads a dataset of an HDF5 file as a tensor.

use std::io::{Read, Seek};
use std::path::Path;

use hdf5_pure::{ChunkIndex, Dataset};
use linal_tensor::{Bytes, Shape, Tensor};

use super::chunks::Chunks;
use super::failure::catch_failure;
use super::file::{self, OpenFile, PathTarget};
use super::links::External;
use super::shared::SharedReader;
use super::{element, filters};
use crate::catch_panic::catch_panic;
use crate::elements::{ElementError, Elements, Format, index_of};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::{Source, quoted};

const OPERATION: &str = "READ_HDF5";

/// Greatest number of files that external links may lead through.
const MAX_FILES: usize = 8;

/// Greatest expansion of deflate.
const DEFLATE_RATIO: u64 = 1032;

/// Size that a dataset may have however short the file is: chunks that were never written consist of the fill
/// value.
const MIN_ALLOWED_BYTES: u64 = 16 << 20;

/// Bytes read at a time, unless a row or a chunk is longer.
const BLOCK: u64 = 4 << 20;

/// Reads a dataset of an HDF5 file. `dataset` is its path, with or without the leading slash.
///
/// Integers become `i64`, half precision `f32`, floats keep their dtype, pairs of floats named `r` and `i`
/// become complex, and enumerations of FALSE and TRUE become `bool`. Both byte orders, the layouts
/// contiguous, compact and chunked, and the filters shuffle, deflate, Fletcher32, LZF and scale-offset are
/// supported. A scalar dataset has shape `[]`.
///
/// # Errors
/// When the file is missing, is not an HDF5 file, is damaged, has no such dataset (the error lists the
/// existing ones), the dataset is not numeric, the pool is exhausted, or the read was cancelled.
pub fn read_hdf5(path: &Path, dataset: &str, context: &ReadContext) -> Result<Tensor> {
    let (mut path, mut dataset) = (path.to_path_buf(), dataset.to_string());
    for _ in 0..MAX_FILES {
        let source = Source::open(&path)?;
        let external = match find(&source.label, source.file, &dataset)? {
            Opened::Here(reading) => return reading.watched(&source.label, context),
            Opened::There(external) => external,
        };
        let target = path.parent().unwrap_or(Path::new("")).join(&external.file);
        if !target.is_file() {
            return Err(ReadError::file_not_found(format!(
                "{}: `{dataset}` is a link to `{}` of the file {}, which is not there",
                quoted(&source.label),
                external.path,
                quoted(&target.display().to_string())
            )));
        }
        (path, dataset) = (target, external.path);
    }
    Err(ReadError::name_not_found(format!(
        "{}: `{dataset}` is behind more than {MAX_FILES} links from file to file",
        quoted(&path.display().to_string())
    )))
}

/// [`read_hdf5`] over a reader. `label` names the input in errors. A link to another file is an error, since
/// there is no folder to resolve it in.
///
/// # Errors
/// As [`read_hdf5`].
pub fn parse(
    label: &str,
    reader: impl Read + Seek + Send + 'static,
    dataset: &str,
    context: &ReadContext,
) -> Result<Tensor> {
    match find(label, reader, dataset)? {
        Opened::Here(reading) => reading.watched(label, context),
        Opened::There(external) => Err(ReadError::unsupported(format!(
            "{}: `{dataset}` is a link to `{}` of the file `{}`",
            quoted(label),
            external.path,
            external.file
        ))),
    }
}

/// Where a path leads.
enum Opened {
    Here(Box<CheckedDataset>),
    There(External),
}

fn find(label: &str, reader: impl Read + Seek + Send + 'static, dataset: &str) -> Result<Opened> {
    let place = quoted(label);
    let mut file = OpenFile::new(&place, reader)?;
    match file::dataset(&mut file, dataset)? {
        PathTarget::Dataset(handle) => {
            let place = format!("{place}, dataset `{dataset}`");
            let mut reading = CheckedDataset::new(place, handle, file.length)?;
            reading.undo_filters(file.reader)?;
            Ok(Opened::Here(Box::new(reading)))
        }
        PathTarget::Elsewhere(external) => Ok(Opened::There(external)),
    }
}

/// A dataset whose declared sizes were checked.
struct CheckedDataset {
    place: String,
    dataset: Dataset,
    format: Format,
    dims: Vec<usize>,
    /// Number of elements.
    count: usize,
    /// Size of all elements in bytes.
    bytes: u64,
    /// The chunks, when their filters are decoded here.
    chunks: Option<Chunks>,
    /// Rows that are read at a time.
    rows: u64,
    /// Bytes of working memory besides the result.
    working: u64,
}

impl CheckedDataset {
    fn new(place: String, dataset: Dataset, length: u64) -> Result<CheckedDataset> {
        let datatype = catch_failure(&place, || dataset.datatype())?;
        let format = element::format(&datatype).map_err(|what| {
            ReadError::unsupported(format!("{place} holds {what}, and a tensor holds numbers"))
        })?;
        let dims = catch_failure(&place, || dataset.shape())?;
        let size = format.size() as u64;
        let too_large =
            || ReadError::bad_format(format!("{place} declares the shape {dims:?}, which is too large"));
        let bytes = product(&dims).and_then(|count| count.checked_mul(size)).ok_or_else(too_large)?;
        let allowed = length.saturating_mul(DEFLATE_RATIO).max(MIN_ALLOWED_BYTES);
        let chunk_dims = catch_failure(&place, || dataset.chunk_shape())?;
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
        let count = (bytes / size) as usize;
        Ok(CheckedDataset { place, dataset, format, count, dims, bytes, chunks: None, rows, working })
    }

    /// Decodes here the filters that `hdf5-pure` does not.
    fn undo_filters(&mut self, reader: SharedReader) -> Result<()> {
        let filters = self.dataset.filters();
        let Some(chunk_dims) = catch_failure(&self.place, || self.dataset.chunk_shape())? else {
            return Ok(());
        };
        if filters::shuffles_a_checksum(&filters, self.format.size()) {
            self.chunks = Some(Chunks {
                reader,
                dims: self.dims.iter().map(|&size| size as u64).collect(),
                chunk_dims,
                element_size: self.format.size(),
                filters,
                chunks: catch_failure(&self.place, || self.dataset.chunks())?,
            });
        }
        Ok(())
    }

    fn watched(self, label: &str, context: &ReadContext) -> Result<Tensor> {
        let _watch = context.start_read(label, Some(self.bytes));
        self.read(context)
    }

    fn read(mut self, context: &ReadContext) -> Result<Tensor> {
        let mut elements = Elements::new(self.format, self.count, OPERATION, context.pool)?;
        if self.count > 0 {
            self.read_rows(&mut elements, context)?;
        }
        if elements.len() == 0 && self.dims.is_empty() {
            // A null dataspace has no elements and no axes.
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

    fn read_rows(&mut self, elements: &mut Elements, context: &ReadContext) -> Result<()> {
        let working = usize::try_from(self.working).unwrap_or(usize::MAX);
        let _working = context.pool.reserve(OPERATION, working)?;
        elements.reserve_all()?;
        let total = self.dims.first().copied().unwrap_or(1) as u64;
        let mut start = 0;
        while start < total {
            context.poll()?;
            let rows = self.rows.min(total - start);
            let bytes = match &mut self.chunks {
                Some(chunks) => catch_panic(&self.place, || chunks.rows(start, rows))?
                    .map_err(|what| ReadError::bad_format(format!("{} is damaged: {what}", self.place)))?,
                None => catch_failure(&self.place, || self.dataset.read_raw_rows(start, rows))?,
            };
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

/// Checks that stored chunks lie within the file: `hdf5-pure` allocates their declared sizes.
fn check_chunks(place: &str, dataset: &Dataset, bytes: u64, length: u64) -> Result<()> {
    let index = catch_failure(place, || dataset.chunk_index())?;
    if index == Some(ChunkIndex::BTreeV2) {
        return Err(ReadError::unsupported(format!(
            "{place} may grow along several axes in the newest file format, and its chunk index is not read"
        )));
    }
    // With an implicit index all chunks exist, contiguous and uncompressed.
    if index == Some(ChunkIndex::Implicit) && bytes > length {
        return Err(ReadError::bad_format(format!("{place} declares more chunks than its file can hold")));
    }
    for chunk in catch_failure(place, || dataset.chunks())? {
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

/// The number of rows to read at a time, and the working memory that it takes.
///
/// A multiple of the chunk length, so that each chunk is decoded once.
fn window(dims: &[u64], bytes: u64, chunk_dims: Option<&[u64]>, chunk: u64) -> (u64, u64) {
    let total = dims.first().copied().unwrap_or(1).max(1);
    let row = (bytes / total).max(1);
    let step = chunk_dims.and_then(|dims| dims.first().copied()).unwrap_or(1).clamp(1, total);
    let steps = (BLOCK / row.saturating_mul(step)).max(1);
    let rows = steps.saturating_mul(step).min(total);
    // The rows, and one chunk before and after it is decompressed.
    (rows, rows.saturating_mul(row).saturating_add(chunk.saturating_mul(2)))
}
