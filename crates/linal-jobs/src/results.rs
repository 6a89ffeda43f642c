//! The files of results: `ID.arrow` in the folder `jobs` of a directory, or in a temporary folder.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result};

/// The folder of results.
#[derive(Debug)]
pub(crate) struct Results {
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Results {
    /// The folder of a directory, or a temporary one.
    pub fn open(folder: Option<PathBuf>) -> Result<Results> {
        let failed = |error: io::Error| Error::io("the folder of results cannot be made", &error);
        let Some(folder) = folder else {
            let temporary = tempfile::Builder::new().prefix("linal-jobs-").tempdir().map_err(failed)?;
            return Ok(Results { folder: temporary.path().to_path_buf(), _temporary: Some(temporary) });
        };
        Ok(Results { folder, _temporary: None })
    }

    /// The file of a job.
    pub fn path(&self, job: i64) -> PathBuf {
        self.folder.join(format!("{job}.arrow"))
    }

    /// The file that an attempt writes.
    pub fn part(&self, job: i64, attempt: u32) -> PathBuf {
        self.folder.join(format!("{job}.{attempt}.tmp"))
    }

    /// Makes the file of an attempt that of its job; it is on disk when this returns.
    pub fn keep(&self, job: i64, attempt: u32) -> Result<()> {
        let (part, path) = (self.part(job, attempt), self.path(job));
        let keep = || {
            File::open(&part)?.sync_all()?;
            fs::rename(&part, &path)?;
            sync_folder(&self.folder)
        };
        keep().map_err(|error: io::Error| Error::io("the result of a job cannot be kept", &error))
    }

    /// Removes the files of an attempt that did not succeed, if there are any.
    pub fn discard(&self, job: i64, attempt: u32) {
        let _ = fs::remove_file(self.part(job, attempt));
    }

    /// Removes the result of a job. A file that is not there is removed already.
    pub fn remove(&self, job: i64) -> Result<()> {
        match fs::remove_file(self.path(job)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("the result of a job cannot be removed", &error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what no job names: a process that was killed has left it.
    pub fn sweep(&self, kept: &HashSet<i64>) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.filter_map(io::Result::ok) {
            let name = entry.file_name();
            let Some((job, rest)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
            let Ok(job) = job.parse::<i64>() else { continue };
            let is_ours = rest == "arrow" || rest.ends_with(".tmp");
            if is_ours && !(rest == "arrow" && kept.contains(&job)) {
                // One that stays takes room, and does no other harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems cannot open a folder, and make names durable by themselves.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
