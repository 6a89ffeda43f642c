//! A file of the file layer as a source of the Parquet reader, which verifies the blocks that it reads.

use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use super::super::error::StoreError;
use super::super::inner::locked;
use super::blocks::VerifiedBlocks;
use crate::file_layer::FileReader;

/// An open Parquet file.
#[derive(Clone)]
pub(super) struct ParquetSource {
    reader: Arc<dyn FileReader>,
    bytes: u64,
    /// `None` when the whole file is verified, or nothing is to be.
    blocks: Option<Arc<VerifiedBlocks>>,
    /// The damage that a read has found. The Parquet reader makes a text of every error.
    damage: Arc<Mutex<Option<StoreError>>>,
}

impl ParquetSource {
    /// A file whose size was checked.
    pub fn new(
        reader: Box<dyn FileReader>,
        bytes: u64,
        blocks: Option<Arc<VerifiedBlocks>>,
    ) -> ParquetSource {
        ParquetSource { reader: reader.into(), bytes, blocks, damage: Arc::default() }
    }

    /// The damage that a read has found.
    pub fn damage(&self) -> Option<StoreError> {
        locked(&self.damage).clone()
    }

    /// Bytes of the file. Where a block of them was not verified before, whole blocks are read.
    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let length = (range.end - range.start) as usize;
        let blocks = match &self.blocks {
            Some(blocks) if !blocks.are_verified(&range) => blocks,
            _ => return self.read_exactly(range),
        };
        let touched = blocks.touched(&range);
        let start = blocks.range(touched.start).start;
        let end = blocks.range(touched.end.max(touched.start + 1) - 1).end;
        let read = self.read_exactly(start..end)?;
        for block in touched {
            let place = blocks.range(block);
            let contents = &read[(place.start - start) as usize..(place.end - start) as usize];
            blocks.verify(block, contents).map_err(|error| self.note(error))?;
        }
        let asked = read.slice((range.start - start) as usize..(range.end - start) as usize);
        // A few bytes do not keep blocks in memory.
        Ok(if 2 * length < read.len() { Bytes::copy_from_slice(&asked) } else { asked })
    }

    fn note(&self, error: StoreError) -> io::Error {
        let message = error.to_string();
        *locked(&self.damage) = Some(error);
        io::Error::new(io::ErrorKind::InvalidData, message)
    }

    fn read_exactly(&self, range: Range<u64>) -> io::Result<Bytes> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let mut filled = 0;
        while filled < bytes.len() {
            let read = self.reader.read_at(range.start + filled as u64, &mut bytes[filled..])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
        }
        Ok(bytes.into())
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
        Ok(BufReader::new(From { source: self.clone(), offset: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // The file bounds what is allocated, whatever its metadata say.
        let end = start.checked_add(length as u64).filter(|end| *end <= self.bytes);
        let end =
            end.ok_or_else(|| ParquetError::EOF("a range lies beyond the end of the file".to_string()))?;
        Ok(self.read(start..end)?)
    }
}

/// Reads on from an offset.
pub(super) struct From {
    source: ParquetSource,
    offset: u64,
}

impl Read for From {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let end = self.offset.saturating_add(bytes.len() as u64).min(self.source.bytes);
        if self.offset >= end {
            return Ok(0);
        }
        let read = self.source.read(self.offset..end)?;
        bytes[..read.len()].copy_from_slice(&read);
        self.offset = end;
        Ok(read.len())
    }
}
