//! The metadata of version 2: `.zarray`.

use serde_json::Value;

use super::codec::ByteCodec;
use super::fill;
use super::metadata::{ArrayMetadata, ChunkKeys, chunk_dims, damaged, dims, member, separator, unsupported};
use crate::error::{ReadError, Result};
use crate::npy;

/// Parses the metadata of an array.
pub(super) fn array(place: &str, value: &Value) -> Result<ArrayMetadata> {
    let descr = member(place, value, "dtype")?;
    let Some(descr) = descr.as_str() else {
        return Err(ReadError::unsupported(format!(
            "{place} holds records (a structured dtype), and a tensor has one number an element"
        )));
    };
    let format = npy::format(place, descr)?;
    let dims = dims(place, member(place, value, "shape")?, "shape")?;
    let chunk_dims = chunk_dims(place, member(place, value, "chunks")?, &dims)?;
    let order = match value.get("order").map(Value::as_str) {
        None | Some(Some("C")) => (0..dims.len()).collect(),
        Some(Some("F")) => (0..dims.len()).rev().collect(),
        Some(_) => return Err(damaged(place, "its order is neither C nor F")),
    };
    if let Some(filter) = value.get("filters").and_then(Value::as_array).and_then(|list| list.first()) {
        return Err(unsupported(place, "has the filter", id(filter)));
    }
    let codecs = match value.get("compressor") {
        None | Some(Value::Null) => Vec::new(),
        Some(compressor) => vec![ByteCodec::named(place, id(compressor))?],
    };
    let fill = fill::element(place, format, value.get("fill_value").unwrap_or(&Value::Null))?;
    let separator = separator(place, value.get("dimension_separator"), '.')?;
    let keys = ChunkKeys { prefix: false, separator };
    Ok(ArrayMetadata { format, dims, chunk_dims, order, codecs, fill, keys })
}

fn id(value: &Value) -> &str {
    value.get("id").and_then(Value::as_str).unwrap_or_default()
}
