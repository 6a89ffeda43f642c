//! A database directory for one run of a script.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use linal::{Engine, EngineOptions, Outcome, Session, directory};

/// A directory that is removed at the end.
pub(super) struct Directory(PathBuf);

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Directory {
    /// A directory that does not exist yet.
    pub fn new() -> Directory {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Directory(std::env::temp_dir().join(format!("linal-golden-{}-{number}", std::process::id())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Checks that the directory is whole, and that another engine reads the datasets of a session from it.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, session: &mut Session) -> Result<(), String> {
        let faults = directory::check(&self.0).map_err(|error| error.to_string())?;
        if !faults.is_empty() {
            return Err(format!("linal check: {}", faults.join("; ")));
        }
        let options = EngineOptions { read_only: true, ..EngineOptions::default() };
        let mut other = Engine::open(&self.0, options).map_err(|error| error.to_string())?.session();
        for (database, name) in datasets(session)? {
            let query = format!("SELECT * FROM `{}`.`{}`", quoted(&database), quoted(&name));
            let (here, there) = (rows(session, &query)?, rows(&mut other, &query)?);
            if here != there {
                return Err(format!("{query} gives in another engine\n{there}\nand here\n{here}"));
            }
        }
        Ok(())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn quoted(name: &str) -> String {
    name.replace('`', "``")
}

/// The datasets of all databases except that of the session.
fn datasets(session: &mut Session) -> Result<Vec<(String, String)>, String> {
    let query = "SELECT table_schema, table_name FROM information_schema.tables \
                 WHERE table_schema NOT IN ('session', 'information_schema') AND table_type = 'BASE TABLE'";
    match session.execute(query) {
        Ok(Outcome::Rows(rows)) => {
            let cell = |row, column| rows.text(row, column).unwrap_or_default();
            Ok((0..rows.num_rows()).map(|row| (cell(row, 0), cell(row, 1))).collect())
        }
        Ok(_) => Err("no list of datasets".to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// The result of a query, or its error, as text.
fn rows(session: &mut Session, query: &str) -> Result<String, String> {
    match session.execute(query) {
        Ok(Outcome::Rows(rows)) => {
            let columns: Vec<String> = rows
                .schema
                .fields()
                .iter()
                .map(|field| format!("{} {}", field.name(), field.data_type()))
                .collect();
            let mut text = columns.join(", ");
            for row in 0..rows.num_rows() {
                let cells: Vec<String> = (0..columns.len())
                    .map(|column| rows.text(row, column).unwrap_or_else(|| "NULL".to_string()))
                    .collect();
                text.push('\n');
                text.push_str(&cells.join(" | "));
            }
            Ok(text)
        }
        Ok(other) => Err(format!("{query} gave {other:?}")),
        // The rows of a lazy column may be an error, which must be the same.
        Err(error) => Ok(error.to_string()),
    }
}
