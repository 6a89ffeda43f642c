//! Files of the store with their size and hash.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linal_tensor::Control;
use sha2::{Digest, Sha256};

use super::super::error::{Result, StoreError};
use super::super::inner::locked;
use super::super::layout::{Layout, TEMPORARY};
use super::blocks::{BlockChecksums, ChecksumWriter};
use super::open::FileEntry;
use crate::file_layer::{FileLayer, FileReader, FileWriter};

/// Size of writes, and of reads for hashes, in bytes.
const BUFFER: usize = 1 << 20;

/// Size from which on the sync of a file may take so long that its statement looks meanwhile whether it is to stop.
const LONG_SYNC: u64 = 4 << 20;

/// The time between two such looks.
const LOOK: Duration = Duration::from_millis(10);

/// The file layer with the layout of a directory.
#[derive(Clone, Debug)]
pub(in crate::database) struct Files {
    pub layer: Arc<dyn FileLayer>,
    pub layout: Layout,
    /// The folders whose entries this process has synced.
    synced: Arc<Mutex<HashSet<PathBuf>>>,
    /// The statement that writes; `None` for work that nobody stops.
    control: Option<Arc<Control>>,
}

/// A complete and synced file; its folder may not be synced yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct WrittenFile {
    /// The path, relative to the directory.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    pub sha256: [u8; 32],
    pub checksums: BlockChecksums,
    /// The last eight bytes.
    tail: [u8; 8],
}

impl WrittenFile {
    /// The file as the catalog has it under a number.
    pub fn entry(&self, id: u64) -> FileEntry {
        FileEntry {
            id,
            path: self.path.clone(),
            bytes: self.bytes,
            sha256: self.sha256,
            checksums: Some(self.checksums.clone()),
        }
    }

    /// The length of a Parquet footer, which is before the last four bytes.
    pub fn parquet_footer(&self) -> u32 {
        let [a, b, c, d, ..] = self.tail;
        u32::from_le_bytes([a, b, c, d])
    }
}

impl Files {
    pub fn new(layer: Arc<dyn FileLayer>, layout: Layout) -> Files {
        Files { layer, layout, synced: Arc::default(), control: None }
    }

    /// The same files, written by a statement, which stops in the middle of one when it is past its deadline.
    pub fn watched(&self, control: Option<Arc<Control>>) -> Files {
        Files { control, ..self.clone() }
    }

    /// Fails when the statement that writes is to stop.
    ///
    /// # Errors
    /// `E0502 timeout`, `E0503 cancelled`.
    pub fn poll(&self) -> Result<()> {
        poll(self.control.as_deref())
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
            match error.downcast::<StoreError>() {
                Ok(stopped) => stopped,
                Err(error) => StoreError::io(&target, "cannot be written", &error),
            }
        })
    }

    fn write_temporary(
        &self,
        temporary: &Path,
        path: &str,
        contents: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> io::Result<WrittenFile> {
        let file = HashingWriter::new(self.layer.create(temporary)?, self.control.clone());
        let mut buffered = BufWriter::with_capacity(BUFFER, file);
        contents(&mut buffered)?;
        let file = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        let (written, file) = file.finish(path);
        self.sync(written.bytes, file)?;
        Ok(written)
    }

    /// Makes the contents of a file durable. The sync of a large one cannot be stopped, so another thread does it: a
    /// statement past its deadline leaves the file, which its caller removes, and the sync of what is removed ends soon.
    fn sync(&self, bytes: u64, mut file: Box<dyn FileWriter>) -> io::Result<()> {
        let Some(control) = self.control.as_deref().filter(|_| bytes >= LONG_SYNC) else {
            return file.sync();
        };
        let file = Arc::new(Mutex::new(file));
        let (sender, receiver) = mpsc::sync_channel(1);
        let syncing = file.clone();
        let sync = move || {
            let synced = locked(&syncing).sync();
            // A statement that has stopped does not wait for it.
            let _ = sender.send(synced);
        };
        if std::thread::Builder::new().name("linal-sync".to_owned()).spawn(sync).is_err() {
            return locked(&file).sync();
        }
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(synced) => return synced,
                Err(RecvTimeoutError::Timeout) => poll(Some(control)).map_err(io::Error::other)?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("the sync of a file ended without an answer"));
                }
            }
        }
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

    /// Checks size and hash of a file, and the checksums of its blocks where it has some.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path.
    pub fn verify(&self, file: &FileEntry) -> Result<()> {
        let path = self.full_path(&file.path)?;
        let reader = self.open_sized(&path, file.bytes)?;
        let found = hashes_of(&*reader).map_err(|error| StoreError::io(&path, "cannot be read", &error))?;
        if found.0 != file.sha256 {
            return Err(damaged(&path, "its contents have changed"));
        }
        if file.checksums.as_ref().is_some_and(|checksums| *checksums != found.1) {
            return Err(damaged(&path, "the catalog has other checksums of its blocks"));
        }
        Ok(())
    }

    /// Opens a file and checks its size.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path.
    pub fn open_sized(&self, path: &Path, bytes: u64) -> Result<Box<dyn FileReader>> {
        let io = |error: io::Error| StoreError::io(path, "cannot be read", &error);
        let reader = self.layer.open(path).map_err(io)?;
        self.check_size(path, reader.size().map_err(io)?, bytes)?;
        Ok(reader)
    }

    /// Compares the size of a file with that of the catalog.
    ///
    /// # Errors
    /// `E0409 damaged_database` with the path.
    pub fn check_size(&self, path: &Path, size: u64, bytes: u64) -> Result<()> {
        if size == bytes {
            return Ok(());
        }
        Err(damaged(path, &format!("it has {size} bytes instead of {bytes}")))
    }

    /// The path of a file by the one that the catalog has.
    ///
    /// # Errors
    /// `E0409 damaged_database` for one that leads elsewhere.
    pub fn full_path(&self, relative: &str) -> Result<PathBuf> {
        self.layout.file(relative).ok_or_else(|| StoreError::damaged(format!("'{relative}' is no path")))
    }
}

/// Fails when a statement is to stop.
///
/// # Errors
/// `E0502 timeout`, `E0503 cancelled`.
pub(in crate::database) fn poll(control: Option<&Control>) -> Result<()> {
    control.map_or(Ok(()), |control| control.poll().map_err(StoreError::from))
}

pub(super) fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::damaged(format!("the file '{}' is damaged: {what}", path.display()))
        .with_help("linal check lists all damaged files; a backup has its own copies")
}

/// The hash of a file and the checksums of its blocks.
fn hashes_of(reader: &dyn FileReader) -> io::Result<([u8; 32], BlockChecksums)> {
    let (mut hash, mut checksums) = (Sha256::new(), ChecksumWriter::new());
    let mut buffer = vec![0; BUFFER];
    let mut offset = 0;
    loop {
        let read = reader.read_at(offset, &mut buffer)?;
        if read == 0 {
            return Ok((hash.finalize().into(), checksums.finish()));
        }
        hash.update(&buffer[..read]);
        checksums.update(&buffer[..read]);
        offset += read as u64;
    }
}

/// Counts and hashes what is written, and stops with its statement.
struct HashingWriter {
    inner: Box<dyn FileWriter>,
    control: Option<Arc<Control>>,
    hash: Sha256,
    checksums: ChecksumWriter,
    bytes: u64,
    tail: [u8; 8],
}

impl HashingWriter {
    fn new(inner: Box<dyn FileWriter>, control: Option<Arc<Control>>) -> HashingWriter {
        let checksums = ChecksumWriter::new();
        HashingWriter { inner, control, hash: Sha256::new(), checksums, bytes: 0, tail: [0; 8] }
    }

    /// What was written, and the file, which is not synced.
    fn finish(self, path: &str) -> (WrittenFile, Box<dyn FileWriter>) {
        let written = WrittenFile {
            path: path.to_string(),
            bytes: self.bytes,
            sha256: self.hash.finalize().into(),
            checksums: self.checksums.finish(),
            tail: self.tail,
        };
        (written, self.inner)
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
        poll(self.control.as_deref()).map_err(io::Error::other)?;
        // A column of tensors comes as one piece, however large it is.
        let written = self.inner.write(&bytes[..bytes.len().min(BUFFER)])?;
        let done = &bytes[..written];
        self.hash.update(done);
        self.checksums.update(done);
        self.bytes += written as u64;
        self.note_tail(done);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
