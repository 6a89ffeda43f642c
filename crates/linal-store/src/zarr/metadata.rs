//! What the metadata of an array say, in either version.

use serde_json::Value;

use super::codec::ByteCodec;
use crate::elements::Format;
use crate::error::{ReadError, Result};

/// Greatest number of axes, as in NumPy.
const MAX_AXES: usize = 64;

/// An array.
#[derive(Debug)]
pub(super) struct ArrayMetadata {
    pub(super) format: Format,
    pub(super) dims: Vec<usize>,
    /// As many as `dims`, none of them 0.
    pub(super) chunk_dims: Vec<usize>,
    /// The axes of a stored chunk, outermost first.
    pub(super) order: Vec<usize>,
    /// From the elements outwards; decoding goes backwards.
    pub(super) codecs: Vec<ByteCodec>,
    /// An element of chunks that are not stored, in the byte order of the others.
    pub(super) fill: Vec<u8>,
    pub(super) keys: ChunkKeys,
}

/// The names of chunks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ChunkKeys {
    /// Whether a `c` comes first, as in version 3.
    pub(super) prefix: bool,
    /// `/` or `.`.
    pub(super) separator: char,
}

impl ChunkKeys {
    /// The path of a chunk within the folder of its array.
    pub(super) fn path(&self, index: &[usize]) -> String {
        let numbers = index.iter().map(usize::to_string);
        let parts: Vec<String> = self.prefix.then(|| "c".to_string()).into_iter().chain(numbers).collect();
        if parts.is_empty() { "0".to_string() } else { parts.join(&self.separator.to_string()) }
    }
}

/// A member of an object.
pub(super) fn member<'v>(place: &str, value: &'v Value, name: &str) -> Result<&'v Value> {
    value.get(name).ok_or_else(|| damaged(place, &format!("its metadata have no `{name}`")))
}

/// The shape, or the shape of a chunk.
pub(super) fn dims(place: &str, value: &Value, name: &str) -> Result<Vec<usize>> {
    let wrong = || damaged(place, &format!("`{name}` is no list of sizes"));
    let items = value.as_array().ok_or_else(wrong)?;
    if items.len() > MAX_AXES {
        return Err(damaged(place, &format!("`{name}` has {} axes", items.len())));
    }
    let size = |item: &Value| item.as_u64().and_then(|size| usize::try_from(size).ok());
    items.iter().map(|item| size(item).ok_or_else(wrong)).collect()
}

/// The shape of a chunk of an array of this shape.
pub(super) fn chunk_dims(place: &str, value: &Value, dims_of: &[usize]) -> Result<Vec<usize>> {
    let chunk = dims(place, value, "chunk_shape")?;
    if chunk.len() != dims_of.len() || chunk.contains(&0) {
        return Err(damaged(place, &format!("chunks of the shape {chunk:?} do not divide {dims_of:?}")));
    }
    Ok(chunk)
}

/// `/` or `.`.
pub(super) fn separator(place: &str, value: Option<&Value>, default: char) -> Result<char> {
    match value.map(Value::as_str) {
        None => Ok(default),
        Some(Some("/")) => Ok('/'),
        Some(Some(".")) => Ok('.'),
        Some(_) => Err(damaged(place, "the separator of the names of its chunks is neither / nor .")),
    }
}

/// The name of an extension: a text, or the member `name` of an object.
pub(super) fn name_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("name")?.as_str())
}

pub(super) fn damaged(place: &str, what: &str) -> ReadError {
    ReadError::bad_format(format!("{place} is damaged: {what}"))
}

/// The error for a part of the format that is not read; `shown` is what the metadata name.
pub(super) fn unsupported(place: &str, what: &str, shown: &str) -> ReadError {
    let shown: String = shown.chars().take(40).flat_map(char::escape_default).collect();
    ReadError::unsupported(format!("{place} {what} `{shown}`, which is not read"))
}
