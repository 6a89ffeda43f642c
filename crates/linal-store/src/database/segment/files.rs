//! Files of the store with their size and hash.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::super::error::{Result, StoreError};
use super::super::inner::locked;
use super::super::layout::{Layout, TEMPORARY};
use crate::file_layer::{FileLayer, FileReader, FileWriter};

/// Size of the blocks of writes and of reads for hashes.
const BLOCK: usize = 1 << 20;

/// The file layer with the layout of a directory.
#[derive(Clone, Debug)]
pub(in crate::database) struct Files {
    pub layer: Arc<dyn FileLayer>,
    pub layout: Layout,
    /// The folders whose entries this process has synced.
    synced: Arc<Mutex<HashSet<PathBuf>>>,
}

/// A complete and synced file; its folder may not be synced yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct WrittenFile {
    /// The path, relative to the directory.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    pub sha256: [u8; 32],
    /// The last eight bytes.
    tail: [u8; 8],
}

impl WrittenFile {
    /// The length of a Parquet footer, which is before the last four bytes.
    pub fn parquet_footer(&self) -> u32 {
        let [a, b, c, d, ..] = self.tail;
        u32::from_le_bytes([a, b, c, d])
    }
}

impl Files {
    pub fn new(layer: Arc<dyn FileLayer>, layout: Layout) -> Files {
        Files { layer, layout, synced: Arc::default() }
    }

    /// Writes a new file under a temporary name, syncs and renames it. The folder is not synced.
    ///
    /// # Errors
    /// A call of the file layer that fails; the temporary file is removed then, if that is possible. A file
    /// that exists: names are given once.
    pub fn write(
        &self,
        path: &str,
        contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<WrittenFile> {
        let target = self.layout.root().join(path);
        if target.exists() {
            return Err(StoreError::internal(format!("the file '{}' exists already", target.display())));
        }
        self.replace(path, contents)
    }

    /// The same for a file that may exist.
    ///
    /// # Errors
    /// A call of the file layer that fails; the temporary file is removed then, if that is possible.
    pub fn replace(
        &self,
        path: &str,
        contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<WrittenFile> {
        let target = self.layout.root().join(path);
        let temporary = self.layout.root().join(format!("{path}{TEMPORARY}"));
        let written = self.write_temporary(&temporary, path, contents).and_then(|written| {
            self.layer.rename(&temporary, &target)?;
            Ok(written)
        });
        written.map_err(|error| {
            // A file that cannot be removed is an orphan, which the next opening removes.
            let _ = self.layer.remove(&temporary);
            StoreError::io(&target, "cannot be written", &error)
        })
    }

    fn write_temporary(
        &self,
        temporary: &Path,
        path: &str,
        contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> io::Result<WrittenFile> {
        let file = HashingWriter::new(self.layer.create(temporary)?);
        let mut buffered = BufWriter::with_capacity(BLOCK, file);
        contents(&mut buffered)?;
        let mut file = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.inner.sync()?;
        Ok(file.finish(path))
    }

    /// Creates a folder below a folder that exists, and syncs the entry.
    pub fn create_folder(&self, path: &Path) -> Result<()> {
        let io = |error: io::Error| StoreError::io(path, "cannot be created", &error);
        if locked(&self.synced).contains(path) {
            return Ok(());
        }
        self.layer.create_folder(path).map_err(io)?;
        // Also when it existed: a process that ended may not have synced its entry.
        self.sync_folder(path.parent().unwrap_or(path))?;
        locked(&self.synced).insert(path.to_path_buf());
        Ok(())
    }

    /// Makes the entries of a folder durable.
    pub fn sync_folder(&self, path: &Path) -> Result<()> {
        self.layer.sync_folder(path).map_err(|error| StoreError::io(path, "cannot be synced", &error))
    }

    /// Removes a file; one that is missing is no error.
    pub fn remove(&self, path: &Path) -> Result<()> {
        match self.layer.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io(path, "cannot be removed", &error))
            }
            _ => Ok(()),
        }
    }

    /// Checks size and hash of a file.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path.
    pub fn verify(&self, path: &Path, bytes: u64, sha256: &[u8; 32]) -> Result<()> {
        let reader = self.open_sized(path, bytes)?;
        let found = sha256_of(&*reader).map_err(|error| StoreError::io(path, "cannot be read", &error))?;
        if found == *sha256 { Ok(()) } else { Err(damaged(path, "its contents have changed")) }
    }

    /// Opens a file and checks its size.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path.
    pub fn open_sized(&self, path: &Path, bytes: u64) -> Result<Box<dyn FileReader>> {
        let io = |error: io::Error| StoreError::io(path, "cannot be read", &error);
        let reader = self.layer.open(path).map_err(io)?;
        let size = reader.size().map_err(io)?;
        if size == bytes {
            return Ok(reader);
        }
        Err(damaged(path, &format!("it has {size} bytes instead of {bytes}")))
    }
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::damaged(format!("the file '{}' is damaged: {what}", path.display()))
        .with_help("linal check lists all damaged files; a backup has its own copies")
}

/// The hash of a file.
pub(in crate::database) fn sha256_of(reader: &dyn FileReader) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut offset = 0;
    loop {
        let read = reader.read_at(offset, &mut block)?;
        if read == 0 {
            return Ok(hash.finalize().into());
        }
        hash.update(&block[..read]);
        offset += read as u64;
    }
}

/// Counts and hashes what is written.
struct HashingWriter {
    inner: Box<dyn FileWriter>,
    hash: Sha256,
    bytes: u64,
    tail: [u8; 8],
}

impl HashingWriter {
    fn new(inner: Box<dyn FileWriter>) -> HashingWriter {
        HashingWriter { inner, hash: Sha256::new(), bytes: 0, tail: [0; 8] }
    }

    fn finish(self, path: &str) -> WrittenFile {
        let sha256 = self.hash.finalize().into();
        WrittenFile { path: path.to_string(), bytes: self.bytes, sha256, tail: self.tail }
    }

    fn note_tail(&mut self, written: &[u8]) {
        let kept: Vec<u8> =
            self.tail.iter().chain(&written[written.len().saturating_sub(8)..]).copied().collect();
        let start = kept.len() - 8;
        self.tail.copy_from_slice(&kept[start..]);
    }
}

impl Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let done = &bytes[..written];
        self.hash.update(done);
        self.bytes += written as u64;
        self.note_tail(done);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
