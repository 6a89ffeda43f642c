//! Writes arrays of version 3: chunks of whole rows, compressed by zstd.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use linal_tensor::DType;
use serde_json::{Value, json};

use super::read::COLUMN_ORDER;

/// The size of a chunk in bytes, unless a row is larger.
const CHUNK_BYTES: usize = 4 << 20;

/// The level of zstd.
const LEVEL: i32 = 3;

/// An array in a folder that is written front to back.
pub(crate) struct ArrayWriter {
    folder: PathBuf,
    /// Bytes of a chunk: all chunks are stored as long as this one.
    chunk_bytes: usize,
    pending: Vec<u8>,
    /// The index of the next chunk along the first axis.
    next: usize,
    axes: usize,
}

impl ArrayWriter {
    /// Creates the folder and writes the metadata. `cell` are the axes behind the rows.
    pub(crate) fn create(
        folder: &Path,
        dtype: DType,
        rows: usize,
        cell: &[usize],
    ) -> io::Result<ArrayWriter> {
        fs::create_dir_all(folder)?;
        let row_bytes = cell.iter().product::<usize>() * dtype.size();
        let chunk_rows = (CHUNK_BYTES / row_bytes.max(1)).clamp(1, rows.max(1));
        write(&folder.join("zarr.json"), metadata(dtype, rows, cell, chunk_rows).to_string().as_bytes())?;
        let chunk_bytes = chunk_rows * row_bytes;
        let folder = folder.to_path_buf();
        Ok(ArrayWriter { folder, chunk_bytes, pending: Vec::new(), next: 0, axes: cell.len() + 1 })
    }

    /// Appends the bytes of elements, in any amount.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(self.chunk_bytes - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == self.chunk_bytes {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes the last chunk, which is as long as the others: what is beyond the array is zero.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.pending.resize(self.chunk_bytes, 0);
            self.flush()?;
        }
        File::open(&self.folder)?.sync_all()
    }

    fn flush(&mut self) -> io::Result<()> {
        // Along all axes but the first there is one chunk.
        let zeros = vec!["0".to_string(); self.axes - 1];
        let key: Vec<String> = [vec!["c".to_string(), self.next.to_string()], zeros].concat();
        let path = self.folder.join(key.join("/"));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        write(&path, &zstd::encode_all(&self.pending[..], LEVEL)?)?;
        self.next += 1;
        self.pending.clear();
        Ok(())
    }
}

/// Creates a group, whose arrays have this order.
pub(crate) fn write_group(folder: &Path, names: &[&str]) -> io::Result<()> {
    let group = json!({ "zarr_format": 3, "node_type": "group", "attributes": { COLUMN_ORDER: names } });
    fs::create_dir_all(folder)?;
    write(&folder.join("zarr.json"), group.to_string().as_bytes())
}

fn metadata(dtype: DType, rows: usize, cell: &[usize], chunk_rows: usize) -> Value {
    let (name, fill) = match dtype {
        DType::Bool => ("bool", json!(false)),
        DType::I64 => ("int64", json!(0)),
        DType::F32 => ("float32", json!(0.0)),
        DType::F64 => ("float64", json!(0.0)),
        DType::C64 => ("complex64", json!([0.0, 0.0])),
        DType::C128 => ("complex128", json!([0.0, 0.0])),
    };
    let with = |first: usize, least: usize| -> Vec<usize> {
        std::iter::once(first).chain(cell.iter().map(|&dim| dim.max(least))).collect()
    };
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": with(rows, 0),
        "data_type": name,
        "chunk_grid": { "name": "regular", "configuration": { "chunk_shape": with(chunk_rows, 1) } },
        "chunk_key_encoding": { "name": "default", "configuration": { "separator": "/" } },
        "fill_value": fill,
        "codecs": [
            { "name": "bytes", "configuration": { "endian": "little" } },
            { "name": "zstd", "configuration": { "level": LEVEL, "checksum": false } },
        ],
        "attributes": {},
    })
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
