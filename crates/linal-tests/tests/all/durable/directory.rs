//! Database directories of tests, and the `linal` program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

use libtest_mimic::Failed;
use linal::{Engine, EngineOptions, Outcome, Session, directory};

use crate::harness::ensure;

/// A database directory that is removed at the end.
pub struct Directory(PathBuf);

impl Directory {
    /// A path that no other test has.
    pub fn new() -> Directory {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("linal-durable-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Directory(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// An engine that writes the directory.
    pub fn open(&self) -> linal::Result<Engine> {
        Engine::open(&self.0, options(false))
    }

    /// An engine that writes the directory, in so much memory.
    pub fn open_within(&self, bytes: usize) -> linal::Result<Engine> {
        Engine::open(&self.0, EngineOptions { memory_limit: Some(bytes), ..options(false) })
    }

    /// An engine that only reads it.
    pub fn open_to_read(&self) -> linal::Result<Engine> {
        Engine::open(&self.0, options(true))
    }

    /// Fails unless all files are as the catalog says.
    pub fn check(&self) -> Result<(), Failed> {
        let faults = directory::check(&self.0)?;
        ensure(faults.is_empty(), || format!("linal check: {}", faults.join("; ")))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn options(read_only: bool) -> EngineOptions {
    EngineOptions {
        memory_limit: Some(2_000_000_000),
        threads: Some(2),
        read_only,
        ..EngineOptions::default()
    }
}

/// The program `linal`, which lies beside the folder of the tests; `None` when it was not built, as with
/// `cargo test -p linal-tests`.
pub fn program() -> Option<PathBuf> {
    let tests = std::env::current_exe().ok()?;
    let path = tests.parent()?.parent()?.join(format!("linal{}", std::env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

/// Runs the program to its end.
pub fn linal(arguments: &[&str]) -> Result<Output, Failed> {
    let program = program().ok_or("the program `linal` was not built")?;
    Ok(Command::new(program).args(arguments).output()?)
}

/// The rows of a query, with NULL for nothing.
pub fn rows(session: &mut Session, query: &str) -> Result<Vec<Vec<String>>, Failed> {
    let outcome = session.execute(query).map_err(|error| format!("{query}: {error}"))?;
    let Outcome::Rows(rows) = outcome else { return Err(format!("{query} gave {outcome:?}").into()) };
    let columns = rows.schema.fields().len();
    let cell = |row, column| rows.text(row, column).unwrap_or_else(|| "NULL".to_string());
    Ok((0..rows.num_rows()).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect())
}
