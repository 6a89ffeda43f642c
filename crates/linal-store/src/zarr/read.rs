//! Reads an array as a tensor.

use std::path::{Path, PathBuf};

use linal_error::suggest;
use linal_tensor::{Bytes, Shape, Tensor};
use serde_json::Value;

use super::chunk::Geometry;
use super::metadata::{ArrayMetadata, damaged};
use super::store::{self, Node};
use super::{codec, v2, v3};
use crate::elements::{ElementError, Elements, index_of};
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::{Source, quoted};

const OPERATION: &str = "READ_ZARR";

/// Greatest depth of a listing.
const MAX_DEPTH: usize = 32;

/// Greatest number of folders that a listing visits, and of files that are counted.
const MAX_NODES: usize = 1 << 20;

/// Greatest number of arrays in a listing.
const MAX_NAMES: usize = 10_000;

/// Size that an array may have however small its files are: chunks that were never written consist of the
/// fill value.
const MIN_ALLOWED_BYTES: u64 = 16 << 20;

/// The key of the attribute of a group that orders its arrays, as in AnnData.
pub(super) const COLUMN_ORDER: &str = "column-order";

/// The paths of all arrays of a store: an array at its root has the empty path. The members of a group come in
/// the order of its attribute `column-order`, otherwise by name.
///
/// # Errors
/// When the folder is missing or not a Zarr store, or the metadata of a node are damaged.
pub fn zarr_arrays(path: &Path) -> Result<Vec<String>> {
    let place = open(path)?;
    let mut names = Vec::new();
    let mut visited = 0;
    let mut open = vec![String::new()];
    while let Some(name) = open.pop() {
        visited += 1;
        if visited > MAX_NODES || names.len() >= MAX_NAMES {
            break;
        }
        let folder = path.join(&name);
        match store::node(&within(&place, &name), &folder)? {
            Node::V3(_) | Node::V2(_) => names.push(name),
            Node::None if !name.is_empty() => {}
            Node::Group(_) if name.matches('/').count() >= MAX_DEPTH => {}
            Node::Group(attributes) => open.extend(members(&place, &folder, &name, &attributes)?),
            Node::None => return Err(not_a_store(&place)),
        }
    }
    Ok(names)
}

/// The members of a group, last first.
fn members(place: &str, folder: &Path, name: &str, attributes: &Value) -> Result<Vec<String>> {
    let mut names = store::folders(place, folder, MAX_NODES)?;
    let order = attributes.get(COLUMN_ORDER).and_then(Value::as_array);
    let order: Vec<&str> = order.into_iter().flatten().filter_map(Value::as_str).collect();
    let rank = |name: &String| order.iter().position(|ordered| ordered == name).unwrap_or(order.len());
    names.sort_by_key(rank);
    let join = |member: String| if name.is_empty() { member } else { format!("{name}/{member}") };
    Ok(names.into_iter().map(join).rev().collect())
}

/// Reads an array of a Zarr store. `array` is its path within the store, and empty for one at the root.
///
/// Integers become `i64`, half precision `f32`; Booleans, floats and complex numbers keep their dtype. Regular
/// chunks in any order of axes are read, uncompressed or compressed by gzip, zlib, zstd or blosc, with
/// checksums (crc32c).
///
/// # Errors
/// When the store or the array is missing (the error lists the existing ones), its metadata or a chunk are
/// damaged, its data type or a codec is not read, its shape is more than its files can hold, the pool is
/// exhausted, or the read was cancelled.
pub fn read_zarr(path: &Path, array: &str, context: &ReadContext) -> Result<Tensor> {
    let place = open(path)?;
    let array = array.trim_matches('/');
    let is_inside = array.is_empty() || array.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let folder = if is_inside { path.join(array) } else { return Err(missing(path, &place, array)) };
    let inner = within(&place, array);
    let metadata = match store::node(&inner, &folder)? {
        Node::V3(value) => v3::array(&inner, &value)?,
        Node::V2(value) => v2::array(&inner, &value)?,
        Node::None if array.is_empty() => return Err(not_a_store(&place)),
        Node::Group(_) | Node::None => return Err(missing(path, &place, array)),
    };
    let reading = Reading::new(inner, folder, metadata)?;
    let _watch = context.start_read(&path.display().to_string(), Some(reading.bytes as u64));
    reading.read(context)
}

/// The name of a store in errors.
fn open(path: &Path) -> Result<String> {
    let place = quoted(&path.display().to_string());
    if path.is_dir() {
        return Ok(place);
    }
    // A missing path has the error of a missing file.
    Source::open(path)?;
    Err(ReadError::bad_format(format!("{place} is a file, and a Zarr store is a folder")))
}

fn within(place: &str, array: &str) -> String {
    if array.is_empty() { place.to_string() } else { format!("{place}, array `{array}`") }
}

fn not_a_store(place: &str) -> ReadError {
    ReadError::bad_format(format!("{place} is not a Zarr store: it has no zarr.json, .zarray or .zgroup"))
}

fn missing(path: &Path, place: &str, array: &str) -> ReadError {
    // When the listing fails, the error has no list.
    let names = zarr_arrays(path).unwrap_or_default();
    let message = format!("{place} has no array `{array}`; it has {}", suggest::list(&names));
    ReadError::name_not_found(message)
        .with_help(suggest::did_you_mean(array, names.iter().map(String::as_str)))
}

/// An array whose declared sizes were checked.
struct Reading {
    place: String,
    folder: PathBuf,
    metadata: ArrayMetadata,
    /// With one axis for an array without axes.
    geometry: Geometry,
    /// Bytes of all elements.
    bytes: usize,
}

impl Reading {
    fn new(place: String, folder: PathBuf, metadata: ArrayMetadata) -> Result<Reading> {
        let size = metadata.format.size();
        let product = |dims: &[usize]| dims.iter().try_fold(size, |product, &dim| product.checked_mul(dim));
        let too_large = || damaged(&place, &format!("its shape {:?} is too large", metadata.dims));
        let bytes = product(&metadata.dims).ok_or_else(too_large)?;
        let chunk = product(&metadata.chunk_dims).ok_or_else(too_large)?;
        let stored = store::stored_bytes(&folder, MAX_NODES);
        let ratio = metadata.codecs.iter().fold(1u64, |ratio, codec| ratio.saturating_mul(codec.ratio()));
        let allowed = stored.saturating_mul(ratio).max(MIN_ALLOWED_BYTES);
        if bytes.max(chunk) as u64 > allowed {
            return Err(ReadError::bad_format(format!(
                "{place} declares {}, more than files of {} can hold",
                Bytes(bytes.max(chunk)),
                Bytes(usize::try_from(stored).unwrap_or(usize::MAX))
            )));
        }
        let geometry = if metadata.dims.is_empty() {
            Geometry::new(&[1], &[1], &[0], size)
        } else {
            Geometry::new(&metadata.dims, &metadata.chunk_dims, &metadata.order, size)
        };
        Ok(Reading { place, folder, metadata, geometry, bytes })
    }

    fn read(self, context: &ReadContext) -> Result<Tensor> {
        let size = self.geometry.size;
        let count = self.bytes / size;
        let mut elements = Elements::new(self.metadata.format, count, OPERATION, context.pool)?;
        if count > 0 {
            self.read_rows(&mut elements, context)?;
        }
        Ok(elements.into_tensor(Shape::from(self.metadata.dims))?)
    }

    /// Reads all chunks of a position along the first axis at a time.
    fn read_rows(&self, elements: &mut Elements, context: &ReadContext) -> Result<()> {
        let geometry = &self.geometry;
        let band = geometry.rows(0).saturating_mul(geometry.row_bytes());
        // The rows, a chunk as it is stored, and one after each codec.
        let chunk = codec::most(geometry.chunk_bytes());
        let working = band.saturating_add(chunk.saturating_mul(3));
        let _working = context.pool.reserve(OPERATION, working)?;
        elements.reserve_all()?;
        let mut rows = Vec::with_capacity(band);
        for position in 0..geometry.chunks(0) {
            let bytes = geometry.rows(position) * geometry.row_bytes();
            rows.clear();
            rows.extend(self.metadata.fill.iter().cycle().take(bytes));
            self.read_band(position, &mut rows, context)?;
            elements.push(&rows).map_err(|error| self.element_error(&error))?;
            context.progress.advance(bytes as u64);
        }
        Ok(())
    }

    fn read_band(&self, position: usize, rows: &mut [u8], context: &ReadContext) -> Result<()> {
        let geometry = &self.geometry;
        let axes = geometry.dims.len();
        let mut index = vec![0; axes];
        index[0] = position;
        loop {
            context.poll()?;
            self.read_chunk(&index, rows)?;
            let next = (1..axes).rev().find(|&axis| index[axis] + 1 < geometry.chunks(axis));
            let Some(axis) = next else { return Ok(()) };
            index[axis] += 1;
            index[axis + 1..].fill(0);
        }
    }

    /// Copies a chunk into its rows; one that is not stored consists of the fill value.
    fn read_chunk(&self, index: &[usize], rows: &mut [u8]) -> Result<()> {
        let key = if self.metadata.dims.is_empty() { &[] } else { index };
        let path = self.folder.join(self.metadata.keys.path(key));
        let length = self.geometry.chunk_bytes();
        let Some(stored) = store::bytes(&self.place, &path, codec::most(length) as u64)? else {
            return Ok(());
        };
        let chunk = codec::decode(&self.place, &self.metadata.codecs, stored, length)?;
        self.geometry.copy(index, &chunk, rows);
        Ok(())
    }

    fn element_error(&self, error: &ElementError) -> ReadError {
        match error {
            ElementError::Limit(limit) => ReadError::from(limit.clone()),
            ElementError::TooLarge { position, value } => ReadError::unsupported(format!(
                "{}: element {:?} is {value}, which does not fit i64",
                self.place,
                index_of(*position, &self.metadata.dims)
            )),
        }
    }
}
