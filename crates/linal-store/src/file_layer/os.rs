//! The files of the operating system.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::bytes_map::{self, FileMap};
use super::layer::{Entry, FileLayer, FileReader, FileWriter};

/// The files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsFiles;

impl FileLayer for OsFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileWriter>> {
        let file = File::options().write(true).create_new(true).open(path)?;
        Ok(Box::new(OsWriter(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FileReader>> {
        Ok(Box::new(OsReader(File::open(path)?)))
    }

    fn map(&self, path: &Path) -> io::Result<FileMap> {
        bytes_map::map(&File::open(path)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            created => created,
        }
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let is_folder = metadata.is_dir();
            let size = if is_folder { 0 } else { metadata.len() };
            entries.push(Entry { path: entry.path(), is_folder, size });
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }
}

struct OsWriter(File);

impl Write for OsWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl FileWriter for OsWriter {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

struct OsReader(File);

impl FileReader for OsReader {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }
}
