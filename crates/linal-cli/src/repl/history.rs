//! The history of statements.

use std::env;
use std::path::PathBuf;

use reedline::{FileBackedHistory, History};

/// Greatest number of statements kept.
const CAPACITY: usize = 10_000;

/// The history of the user: a file below `$XDG_STATE_HOME`, otherwise below `~/.local/state`. Without either
/// it lasts for the session only.
///
/// # Errors
/// Why the file cannot be used.
pub fn open() -> Result<Box<dyn History>, String> {
    let Some(file) = file() else {
        return memory();
    };
    match FileBackedHistory::with_file(CAPACITY, file.clone()) {
        Ok(history) => Ok(Box::new(history)),
        Err(error) => Err(format!("the history in {} is not available: {error}", file.display())),
    }
}

fn memory() -> Result<Box<dyn History>, String> {
    match FileBackedHistory::new(CAPACITY) {
        Ok(history) => Ok(Box::new(history)),
        Err(error) => Err(format!("no history: {error}")),
    }
}

fn file() -> Option<PathBuf> {
    let path = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = path("XDG_STATE_HOME").or_else(|| Some(path("HOME")?.join(".local/state")))?;
    Some(state.join("linal").join("history"))
}
