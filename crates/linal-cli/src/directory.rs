//! `linal check`, `linal info` and `linal backup`: commands for a database directory.

use std::io::{self, Write};
use std::path::Path;

use linal::directory;

use crate::exit::Exit;
use crate::output;

/// Prints a sentence for each fault.
pub fn check(path: &Path) -> io::Result<Exit> {
    let faults = match directory::check(path) {
        Ok(faults) => faults,
        Err(error) => return Ok(output::report_error(&error.to_string(), Exit::Failed)),
    };
    let mut out = io::stdout().lock();
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    if faults.is_empty() {
        writeln!(out, "no faults")?;
    }
    Ok(if faults.is_empty() { Exit::Success } else { Exit::Failed })
}

/// Prints sizes by dataset and version.
pub fn info(path: &Path) -> io::Result<Exit> {
    match directory::info(path) {
        Ok(text) => write!(io::stdout().lock(), "{text}").map(|()| Exit::Success),
        Err(error) => Ok(output::report_error(&error.to_string(), Exit::Failed)),
    }
}

/// Copies a directory.
pub fn backup(path: &Path, target: &Path) -> io::Result<Exit> {
    match directory::backup(path, target) {
        Ok(()) => Ok(Exit::Success),
        Err(error) => Ok(output::report_error(&error.to_string(), Exit::Failed)),
    }
}
