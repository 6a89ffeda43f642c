//! A file of the file layer as a source of the Parquet reader.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::file_layer::FileReader;

/// An open Parquet file.
#[derive(Clone)]
pub(super) struct ParquetSource {
    reader: Arc<dyn FileReader>,
    bytes: u64,
}

impl ParquetSource {
    /// A file whose size was checked.
    pub fn new(reader: Box<dyn FileReader>, bytes: u64) -> ParquetSource {
        ParquetSource { reader: reader.into(), bytes }
    }
}

impl Length for ParquetSource {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for ParquetSource {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> ParquetResult<BufReader<From>> {
        Ok(BufReader::new(From { reader: self.reader.clone(), offset: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // The file bounds what is allocated, whatever its metadata say.
        if start.checked_add(length as u64).is_none_or(|end| end > self.bytes) {
            return Err(ParquetError::EOF("a range lies beyond the end of the file".to_string()));
        }
        let mut bytes = vec![0; length];
        From { reader: self.reader.clone(), offset: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads on from an offset.
pub(super) struct From {
    reader: Arc<dyn FileReader>,
    offset: u64,
}

impl Read for From {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read_at(self.offset, bytes)?;
        self.offset += read as u64;
        Ok(read)
    }
}
