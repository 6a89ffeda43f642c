//! The lock of the process that writes.
//!
//! The lock is that of the operating system on the file `lock`, so that it ends with the process, however
//! that ends. The contents say who holds it: process id, host, and the time since when (UTC).

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{SecondsFormat, Utc};
use linal_error::Code;

use super::error::{Result, StoreError};

/// Greatest size of the contents that is read.
const MAX_CONTENTS: u64 = 1024;

/// The lock; dropping it releases it.
#[derive(Debug)]
pub(super) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// `E0407 database_locked` with the holder; a file that cannot be created or written.
    pub fn take(path: &Path) -> Result<WriterLock> {
        let io = |error: std::io::Error| StoreError::io(path, "cannot be locked", &error);
        let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(path, &mut file)),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let since = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let contents = format!("pid {}\nhost {}\nsince {since}\n", std::process::id(), host());
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(contents.as_bytes())
        };
        write(&mut file).map_err(io)?;
        Ok(WriterLock { _file: file })
    }
}

fn held(path: &Path, file: &mut File) -> StoreError {
    let mut contents = String::new();
    // A holder that cannot be read is unknown; the lock is held all the same.
    let _ = file.take(MAX_CONTENTS).read_to_string(&mut contents);
    let field = |name: &str| {
        let prefix = format!("{name} ");
        contents.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("unknown").to_string()
    };
    let folder = path.parent().unwrap_or(path).display();
    let message = format!(
        "the database directory '{folder}' is open for writing in process {} on {} since {}",
        field("pid"),
        field("host"),
        field("since")
    );
    StoreError::new(Code::DatabaseLocked, message)
        .with_help("open it with --read-only, or end the other process")
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    if name.trim().is_empty() { "unknown host".to_string() } else { name.trim().to_string() }
}
