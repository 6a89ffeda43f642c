//! Checksums of the blocks of a file, so that a read verifies only what it touches.
//!
//! SHA-256 of the whole says that a file is what was written; `check` compares it. A query would have to read
//! all of a file for it before the first row, so that each block of 256 KiB has an XXH3-64 besides, which is
//! compared when the block is read for the first time.

use std::hash::Hasher as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use twox_hash::xxhash3_64::Hasher;

use super::super::error::{Result, StoreError};
use super::files::damaged;

/// Size of a block in bytes: about a page of Parquet or less, and small beside what a disk reads at once.
pub(in crate::database) const BLOCK: u64 = 256 << 10;

/// The checksums of a file's blocks, in order; the last block may be shorter than the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct BlockChecksums(Arc<[u64]>);

impl BlockChecksums {
    /// The list as the catalog has it: each checksum in eight bytes, the least significant first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|checksum| checksum.to_le_bytes()).collect()
    }

    /// The list of a file of `bytes` bytes.
    ///
    /// # Errors
    /// `E0409 damaged_database` for a list of another length.
    pub fn from_bytes(list: &[u8], path: &str, bytes: u64) -> Result<BlockChecksums> {
        let (checksums, rest) = list.as_chunks::<8>();
        if !rest.is_empty() || checksums.len() as u64 != bytes.div_ceil(BLOCK) {
            let message = format!("the catalog has another number of checksums than of blocks for '{path}'");
            return Err(StoreError::damaged(message));
        }
        Ok(BlockChecksums(checksums.iter().map(|checksum| u64::from_le_bytes(*checksum)).collect()))
    }
}

/// Computes the checksums of what is written from start to end.
pub(super) struct ChecksumWriter {
    block: Hasher,
    /// Bytes of the current block so far.
    filled: u64,
    done: Vec<u64>,
}

impl ChecksumWriter {
    pub fn new() -> ChecksumWriter {
        ChecksumWriter { block: Hasher::new(), filled: 0, done: Vec::new() }
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(BLOCK - self.filled).unwrap_or(usize::MAX).min(bytes.len());
            let (part, rest) = bytes.split_at(room);
            self.block.write(part);
            self.filled += room as u64;
            if self.filled == BLOCK {
                self.end_block();
            }
            bytes = rest;
        }
    }

    fn end_block(&mut self) {
        self.done.push(self.block.finish());
        self.block = Hasher::new();
        self.filled = 0;
    }

    pub fn finish(mut self) -> BlockChecksums {
        if self.filled > 0 {
            self.end_block();
        }
        BlockChecksums(self.done.into())
    }
}

/// The blocks of a file with what this process has verified of them. It is shared by all readers of the file.
#[derive(Debug)]
pub(in crate::database) struct VerifiedBlocks {
    path: PathBuf,
    bytes: u64,
    checksums: BlockChecksums,
    /// A bit for each block. Threads that race verify a block twice, which does no harm, and nothing else is
    /// published with a bit, so that the order of its accesses does not matter.
    verified: Box<[AtomicU64]>,
}

impl VerifiedBlocks {
    /// Blocks of which none is verified.
    pub fn new(path: &Path, bytes: u64, checksums: BlockChecksums) -> VerifiedBlocks {
        let words = checksums.0.len().div_ceil(64);
        let verified = (0..words).map(|_| AtomicU64::new(0)).collect();
        VerifiedBlocks { path: path.to_path_buf(), bytes, checksums, verified }
    }

    /// The blocks that a range of bytes touches.
    pub fn touched(&self, bytes: &Range<u64>) -> Range<usize> {
        if bytes.is_empty() {
            return 0..0;
        }
        let end = bytes.end.min(self.bytes).div_ceil(BLOCK);
        ((bytes.start / BLOCK) as usize)..(end as usize).min(self.checksums.0.len())
    }

    /// The bytes of a block.
    pub fn range(&self, block: usize) -> Range<u64> {
        let start = block as u64 * BLOCK;
        start..(start + BLOCK).min(self.bytes)
    }

    /// Whether all blocks that a range of bytes touches are verified.
    pub fn are_verified(&self, bytes: &Range<u64>) -> bool {
        self.touched(bytes).all(|block| self.is_verified(block))
    }

    fn is_verified(&self, block: usize) -> bool {
        let word = self.verified.get(block / 64).map_or(0, |word| word.load(Ordering::Relaxed));
        word & (1 << (block % 64)) != 0
    }

    /// Verifies a block that was read, if no read has done so before.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn verify(&self, block: usize, contents: &[u8]) -> Result<()> {
        if self.is_verified(block) {
            return Ok(());
        }
        if self.checksums.0.get(block) != Some(&Hasher::oneshot(contents)) {
            return Err(damaged(&self.path, "its contents have changed"));
        }
        if let Some(word) = self.verified.get(block / 64) {
            word.fetch_or(1 << (block % 64), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Verifies the blocks that a range touches of contents that are in memory from start to end.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path of the file.
    pub fn verify_in(&self, contents: &[u8], bytes: &Range<u64>) -> Result<()> {
        self.touched(bytes).filter(|block| !self.is_verified(*block)).try_for_each(|block| {
            let range = self.range(block);
            let block_contents = contents.get(range.start as usize..range.end as usize);
            let cut = || damaged(&self.path, "it is shorter than the catalog says");
            self.verify(block, block_contents.ok_or_else(cut)?)
        })
    }
}
