//! The metadata of version 3: `zarr.json`.

use serde_json::Value;

use super::codec::ByteCodec;
use super::fill;
use super::metadata::{
    ArrayMetadata, ChunkKeys, chunk_dims, damaged, dims, member, name_of, separator, unsupported,
};
use crate::elements::{Encoding, Format};
use crate::error::{ReadError, Result};

/// Parses the metadata of an array.
pub(super) fn array(place: &str, value: &Value) -> Result<ArrayMetadata> {
    let kind = encoding(place, member(place, value, "data_type")?)?;
    let dims = dims(place, member(place, value, "shape")?, "shape")?;
    let chunk_dims = grid(place, member(place, value, "chunk_grid")?, &dims)?;
    let keys = keys(place, value.get("chunk_key_encoding"))?;
    if value.get("storage_transformers").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        return Err(unsupported(place, "has", "storage_transformers"));
    }
    let codecs = member(place, value, "codecs")?.as_array();
    let codecs = codecs.ok_or_else(|| damaged(place, "`codecs` is no list"))?;
    let Pipeline { order, big_endian, codecs } = pipeline(place, codecs, dims.len())?;
    let format = Format { kind, big_endian };
    let fill = fill::element(place, format, value.get("fill_value").unwrap_or(&Value::Null))?;
    Ok(ArrayMetadata { format, dims, chunk_dims, order, codecs, fill, keys })
}

fn encoding(place: &str, value: &Value) -> Result<Encoding> {
    let name = name_of(value).ok_or_else(|| damaged(place, "`data_type` has no name"))?;
    Ok(match name {
        "bool" => Encoding::Bool,
        "int8" => Encoding::I8,
        "int16" => Encoding::I16,
        "int32" => Encoding::I32,
        "int64" => Encoding::I64,
        "uint8" => Encoding::U8,
        "uint16" => Encoding::U16,
        "uint32" => Encoding::U32,
        "uint64" => Encoding::U64,
        "float16" => Encoding::F16,
        "float32" => Encoding::F32,
        "float64" => Encoding::F64,
        "complex64" => Encoding::C64,
        "complex128" => Encoding::C128,
        other => {
            let shown: String = other.chars().take(40).flat_map(char::escape_default).collect();
            return Err(ReadError::unsupported(format!(
                "{place} has the data type `{shown}`, and a tensor holds numbers"
            )));
        }
    })
}

fn grid(place: &str, value: &Value, dims: &[usize]) -> Result<Vec<usize>> {
    match name_of(value) {
        Some("regular") => {
            let configuration = member(place, value, "configuration")?;
            chunk_dims(place, member(place, configuration, "chunk_shape")?, dims)
        }
        other => Err(unsupported(place, "has chunks in a grid", other.unwrap_or_default())),
    }
}

fn keys(place: &str, value: Option<&Value>) -> Result<ChunkKeys> {
    let Some(value) = value else { return Ok(ChunkKeys { prefix: true, separator: '/' }) };
    let configured = value.get("configuration").and_then(|configuration| configuration.get("separator"));
    match name_of(value) {
        Some("default") => Ok(ChunkKeys { prefix: true, separator: separator(place, configured, '/')? }),
        Some("v2") => Ok(ChunkKeys { prefix: false, separator: separator(place, configured, '.')? }),
        other => Err(unsupported(place, "names its chunks by", other.unwrap_or_default())),
    }
}

struct Pipeline {
    order: Vec<usize>,
    big_endian: bool,
    codecs: Vec<ByteCodec>,
}

/// The codecs: transpositions, then `bytes`, then those from bytes to bytes.
fn pipeline(place: &str, list: &[Value], axes: usize) -> Result<Pipeline> {
    let mut order: Vec<usize> = (0..axes).collect();
    let mut big_endian = None;
    let mut codecs = Vec::new();
    for value in list {
        let name = name_of(value).ok_or_else(|| damaged(place, "a codec has no name"))?;
        let configuration = value.get("configuration").unwrap_or(&Value::Null);
        match (name, big_endian) {
            ("transpose", None) => order = transposed(place, configuration, &order)?,
            ("bytes", None) => big_endian = Some(is_big_endian(place, configuration)?),
            (name, Some(_)) => codecs.push(ByteCodec::named(place, name)?),
            (name, None) => return Err(unsupported(place, "has the codec", name)),
        }
    }
    let big_endian = big_endian.ok_or_else(|| damaged(place, "it has no codec `bytes`"))?;
    Ok(Pipeline { order, big_endian, codecs })
}

fn is_big_endian(place: &str, configuration: &Value) -> Result<bool> {
    match configuration.get("endian").map(Value::as_str) {
        // Elements of one byte have no order.
        None | Some(Some("little")) => Ok(false),
        Some(Some("big")) => Ok(true),
        Some(_) => Err(damaged(place, "its byte order is neither little nor big")),
    }
}

/// The axes after a transposition, each in terms of the axes of the array.
fn transposed(place: &str, configuration: &Value, before: &[usize]) -> Result<Vec<usize>> {
    let wrong = || damaged(place, "a transposition is no order of its axes");
    let axes = dims(place, member(place, configuration, "order")?, "order")?;
    let mut seen = axes.clone();
    seen.sort_unstable();
    if !seen.iter().copied().eq(0..before.len()) {
        return Err(wrong());
    }
    axes.iter().map(|&axis| before.get(axis).copied().ok_or_else(wrong)).collect()
}
