//! Writes a file atomically.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::write::GzEncoder;

use super::super::format::Compression;
use crate::error::{ReadError, Result};

/// Makes the temporary names of one process distinct.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The default level of zstd.
const ZSTD_LEVEL: i32 = 3;

/// A file under a temporary name. Dropping it removes the file.
pub(super) struct AtomicFile {
    place: String,
    path: PathBuf,
    temporary: PathBuf,
    writer: Option<Encoder>,
}

/// The compression of the output.
enum Encoder {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl AtomicFile {
    /// Creates a temporary file beside the target.
    pub(super) fn create(place: &str, path: &Path) -> Result<AtomicFile> {
        let failed = |error: io::Error| write_error(place, &error);
        let temporary = temporary_name(path);
        let file =
            File::options().write(true).read(true).create_new(true).open(&temporary).map_err(failed)?;
        // From here on the file is removed unless `finish` succeeds.
        let mut target =
            AtomicFile { place: place.to_string(), path: path.to_path_buf(), temporary, writer: None };
        let file = BufWriter::with_capacity(256 << 10, file);
        target.writer = Some(match Compression::from_path(path) {
            Compression::None => Encoder::Plain(file),
            Compression::Gzip => Encoder::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Compression::Zstd => Encoder::Zstd(zstd::Encoder::new(file, ZSTD_LEVEL).map_err(failed)?),
        });
        Ok(target)
    }

    /// The writer of the output.
    pub(super) fn out(&mut self) -> &mut (dyn Write + Send) {
        self
    }

    /// Renames the complete file to the target.
    pub(super) fn finish(mut self) -> Result<()> {
        let finished = self.flush_all().and_then(|()| fs::rename(&self.temporary, &self.path));
        finished.map_err(|error| write_error(&self.place, &error))
    }

    fn flush_all(&mut self) -> io::Result<()> {
        let file = match self.writer.take() {
            None => return Ok(()),
            Some(Encoder::Plain(file)) => file,
            Some(Encoder::Gzip(encoder)) => encoder.finish()?,
            Some(Encoder::Zstd(encoder)) => encoder.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }

    /// The file itself, for a format that seeks.
    pub(super) fn plain(&mut self) -> io::Result<File> {
        match self.writer.take() {
            Some(Encoder::Plain(file)) => file.into_inner().map_err(io::IntoInnerError::into_error),
            _ => Err(io::Error::other("the output is compressed")),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(Encoder::Plain(file)) => file.write(bytes),
            Some(Encoder::Gzip(encoder)) => encoder.write(bytes),
            Some(Encoder::Zstd(encoder)) => encoder.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Some(Encoder::Plain(file)) => file.flush(),
            Some(Encoder::Gzip(encoder)) => encoder.flush(),
            Some(Encoder::Zstd(encoder)) => encoder.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // After the rename no file has this name, and after a failure a second one cannot be reported.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// A name beside the target that nothing else has.
pub(super) fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()))
}

/// The error for a file that cannot be written.
pub(super) fn write_error(place: &str, error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => {
            ReadError::file_not_found(format!("{place} cannot be written: its folder is not there"))
        }
        io::ErrorKind::Other | io::ErrorKind::InvalidInput => {
            ReadError::io(format!("{place} cannot be written: {error}"))
        }
        kind => ReadError::io(format!("{place} cannot be written: {kind}")),
    }
}
