//! A file layer that fails as told, for tests.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linal_tensor::Cancellation;

use super::bytes_map::FileMap;
use super::layer::{Entry, FileLayer, FileReader, FileWriter};
use super::os::OsFiles;

/// What happens at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and does nothing.
    Fail,
    /// A write takes half of its bytes, which is not an error; another call succeeds.
    Short,
    /// A write takes half of its bytes and fails; another call fails.
    Torn,
    /// From this call on there is no space: calls that write, create or rename fail.
    DiskFull,
    /// From this call on all calls fail, as those of a process that was killed.
    Dead,
}

/// The files of the operating system with a [`Fault`] at the n-th call, and a simulated power cut. Clones
/// share their state.
#[derive(Clone, Debug, Default)]
pub struct FaultyFiles(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    calls: u64,
    fault: Option<(u64, Fault)>,
    /// A call that cancels a statement.
    cancelled: Option<(u64, Cancellation)>,
    /// Changes of folders that were not synced, in order.
    entries: Vec<EntryChange>,
    /// The files that were written, with the size at the last sync.
    sizes: Vec<(PathBuf, u64)>,
}

#[derive(Debug)]
enum EntryChange {
    Created(PathBuf),
    Renamed { from: PathBuf, to: PathBuf },
    Removed { path: PathBuf, contents: Vec<u8> },
}

impl EntryChange {
    fn folder(&self) -> Option<&Path> {
        match self {
            EntryChange::Created(path) | EntryChange::Removed { path, .. } => path.parent(),
            EntryChange::Renamed { to, .. } => to.parent(),
        }
    }

    fn undo(self) -> io::Result<()> {
        match self {
            EntryChange::Created(path) if path.is_dir() => fs::remove_dir(path),
            EntryChange::Created(path) => fs::remove_file(path),
            EntryChange::Renamed { from, to } => fs::rename(to, from),
            EntryChange::Removed { path, contents } => fs::write(path, contents),
        }
    }
}

/// How a call continues.
enum Verdict {
    Go,
    Half,
    HalfThenFail(io::Error),
}

impl FaultyFiles {
    /// A layer without a fault.
    pub fn new() -> FaultyFiles {
        FaultyFiles::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of calls so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Plans a fault at the `after`-th call from now on, counted from 0.
    pub fn plan(&self, after: u64, fault: Fault) {
        let mut state = self.state();
        state.fault = Some((state.calls + after, fault));
    }

    /// Plans that the `after`-th call from now on, counted from 0, cancels a statement. The call itself succeeds.
    pub fn plan_cancellation(&self, after: u64, statement: Cancellation) {
        let mut state = self.state();
        state.cancelled = Some((state.calls + after, statement));
    }

    /// Removes the fault and the cancellation.
    pub fn heal(&self) {
        let mut state = self.state();
        (state.fault, state.cancelled) = (None, None);
    }

    /// Takes back what was not synced: sizes of files, and entries of folders in reverse order. The catalog
    /// is as SQLite has synced it.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn power_cut(&self) -> io::Result<()> {
        let mut state = self.state();
        for (path, size) in state.sizes.drain(..) {
            match File::options().write(true).open(&path) {
                Ok(file) if file.metadata()?.len() > size => file.set_len(size)?,
                _ => {}
            }
        }
        for change in state.entries.drain(..).rev() {
            // An entry that a later change has taken back already is gone.
            let _ = change.undo();
        }
        Ok(())
    }

    /// Counts a call; `writes` for one that needs space.
    fn call(&self, writes: bool) -> io::Result<Verdict> {
        let mut state = self.state();
        let at = state.calls;
        state.calls += 1;
        if let Some((_, statement)) = state.cancelled.as_ref().filter(|(planned, _)| *planned == at) {
            statement.cancel();
        }
        let Some((planned, fault)) = state.fault else { return Ok(Verdict::Go) };
        let failed = || io::Error::other(format!("simulated failure of call {at}"));
        match fault {
            Fault::Fail if at == planned => Err(failed()),
            Fault::Short if at == planned => Ok(Verdict::Half),
            Fault::Torn if at == planned => Ok(Verdict::HalfThenFail(failed())),
            Fault::DiskFull if at >= planned && writes => Err(io::ErrorKind::StorageFull.into()),
            Fault::Dead if at >= planned => Err(failed()),
            _ => Ok(Verdict::Go),
        }
    }

    /// Counts a call that has no half.
    fn whole_call(&self, writes: bool) -> io::Result<()> {
        match self.call(writes)? {
            Verdict::HalfThenFail(error) => Err(error),
            Verdict::Go | Verdict::Half => Ok(()),
        }
    }
}

impl FileLayer for FaultyFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileWriter>> {
        self.whole_call(true)?;
        let inner = OsFiles.create(path)?;
        let mut state = self.state();
        state.entries.push(EntryChange::Created(path.to_path_buf()));
        state.sizes.push((path.to_path_buf(), 0));
        Ok(Box::new(FaultyWriter { layer: self.clone(), inner, path: path.to_path_buf(), size: 0 }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FileReader>> {
        self.whole_call(false)?;
        Ok(Box::new(FaultyReader { layer: self.clone(), inner: OsFiles.open(path)? }))
    }

    fn map(&self, path: &Path) -> io::Result<FileMap> {
        self.whole_call(false)?;
        OsFiles.map(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.whole_call(true)?;
        OsFiles.rename(from, to)?;
        let mut state = self.state();
        for (path, _) in state.sizes.iter_mut().filter(|(path, _)| path == from) {
            *path = to.to_path_buf();
        }
        state.entries.push(EntryChange::Renamed { from: from.to_path_buf(), to: to.to_path_buf() });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.whole_call(false)?;
        let contents = fs::read(path)?;
        OsFiles.remove(path)?;
        self.state().entries.push(EntryChange::Removed { path: path.to_path_buf(), contents });
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.whole_call(false)?;
        OsFiles.remove_folder(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.whole_call(true)?;
        let existed = path.is_dir();
        OsFiles.create_folder(path)?;
        if !existed {
            self.state().entries.push(EntryChange::Created(path.to_path_buf()));
        }
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.whole_call(true)?;
        OsFiles.sync_folder(path)?;
        self.state().entries.retain(|change| change.folder() != Some(path));
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.whole_call(false)?;
        OsFiles.list(path)
    }
}

struct FaultyWriter {
    layer: FaultyFiles,
    inner: Box<dyn FileWriter>,
    path: PathBuf,
    size: u64,
}

impl FaultyWriter {
    fn put(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }
}

impl Write for FaultyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let half = &bytes[..bytes.len().div_ceil(2)];
        match self.layer.call(true)? {
            Verdict::Go => self.put(bytes),
            Verdict::Half => self.put(half),
            Verdict::HalfThenFail(error) => self.put(half).and(Err(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl FileWriter for FaultyWriter {
    fn sync(&mut self) -> io::Result<()> {
        self.layer.whole_call(true)?;
        self.inner.sync()?;
        self.layer.state().sizes.retain(|(path, _)| *path != self.path);
        let (path, size) = (self.path.clone(), self.size);
        self.layer.state().sizes.push((path, size));
        Ok(())
    }
}

struct FaultyReader {
    layer: FaultyFiles,
    inner: Box<dyn FileReader>,
}

impl FileReader for FaultyReader {
    fn size(&self) -> io::Result<u64> {
        self.inner.size()
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let half = bytes.len().div_ceil(2);
        match self.layer.call(false)? {
            Verdict::Go => self.inner.read_at(offset, bytes),
            Verdict::Half => self.inner.read_at(offset, &mut bytes[..half]),
            Verdict::HalfThenFail(error) => Err(error),
        }
    }
}
