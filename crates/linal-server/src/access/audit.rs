//! The log of what was done: a line of JSON for each request that ran statements or was refused.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// The size at which the file is rotated, in bytes.
const LARGEST: u64 = 64 << 20;

/// Rotated files that are kept: `audit.jsonl.1` is the newest.
const KEPT: usize = 5;

/// A line of the log. There is never a token in it.
#[derive(Debug, Serialize)]
pub struct AuditEntry<'e> {
    /// ISO 8601, UTC.
    pub time: String,
    /// The name of the token; null on a server without tokens.
    pub token: Option<&'e str>,
    /// The database.
    pub database: &'e str,
    /// The statements as they came, or the method and path of another request.
    pub statement: &'e str,
    /// The status of the answer; 499 when the client had gone.
    pub status: u16,
    /// How long it took.
    pub milliseconds: f64,
    /// Rows of its results.
    pub rows: u64,
    /// As `X-Linal-Query-Id`.
    pub query_id: &'e str,
}

/// The file of the log. A server without a directory has none.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    file: Mutex<(File, u64)>,
}

impl Audit {
    /// Opens `audit.jsonl` in a directory.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(directory: &Path) -> io::Result<Audit> {
        let path = directory.join("audit.jsonl");
        let opened = open(&path)?;
        Ok(Audit { path, file: Mutex::new(opened) })
    }

    /// Appends a line. What cannot be written is reported in the server's log.
    pub fn write(&self, entry: &AuditEntry<'_>) {
        let Ok(mut line) = serde_json::to_vec(entry) else { return };
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.append(&mut file, &line, LARGEST) {
            tracing::error!(%error, "the audit log cannot be written");
        }
    }

    fn append(&self, file: &mut (File, u64), line: &[u8], largest: u64) -> io::Result<()> {
        if file.1 > 0 && file.1 + line.len() as u64 > largest {
            self.rotate()?;
            *file = open(&self.path)?;
        }
        file.0.write_all(line)?;
        file.1 += line.len() as u64;
        Ok(())
    }

    fn rotate(&self) -> io::Result<()> {
        let numbered = |number: usize| self.path.with_extension(format!("jsonl.{number}"));
        for number in (1..KEPT).rev() {
            match std::fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::rename(&self.path, numbered(1))
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_lines_move_on() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(folder.path()).unwrap();
        for number in 0..20 {
            let line = format!("{number:>9}\n");
            audit.append(&mut audit.file.lock().unwrap(), line.as_bytes(), 25).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        assert_eq!(read("audit.jsonl"), "       18\n       19\n");
        assert_eq!(read("audit.jsonl.1"), "       16\n       17\n");
        assert_eq!(read("audit.jsonl.5"), "        8\n        9\n");
        assert_eq!(read("audit.jsonl.6"), "");
    }
}
