//! The columns that files have in common, matched by name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use arrow::datatypes::Field;

use crate::error::{ReadError, Result};
use crate::source::quoted;

/// What a reading found out about a column, which decides on its type.
pub(in crate::table) trait ColumnFacts: Sized {
    /// The facts of the rows of both; `None` when no type holds them.
    fn merge(&self, other: &Self) -> Option<Self>;

    /// The type in errors.
    fn describe(&self) -> String;

    /// The column of these rows.
    fn field(&self, name: &str) -> Field;
}

/// The columns of all files, in the order and the spelling of the first one.
pub(in crate::table) struct Columns<F> {
    columns: Vec<Column<F>>,
    /// The index of each name in lower case.
    places: HashMap<String, usize>,
    first: PathBuf,
}

struct Column<F> {
    name: String,
    facts: F,
    /// The file that decided on the type.
    path: PathBuf,
}

impl<F: ColumnFacts> Columns<F> {
    /// The columns of the first file.
    pub(super) fn new(path: &Path, columns: Vec<(String, F)>) -> Columns<F> {
        let places = columns.iter().enumerate().map(|(at, (name, _))| (name.to_lowercase(), at)).collect();
        let column = |(name, facts)| Column { name, facts, path: path.to_path_buf() };
        Columns { columns: columns.into_iter().map(column).collect(), places, first: path.to_path_buf() }
    }

    /// Merges the columns of another file.
    ///
    /// # Errors
    /// A column that one of the files lacks, or that has types which no type holds.
    pub(super) fn add(&mut self, path: &Path, columns: Vec<(String, F)>) -> Result<()> {
        let mut seen = vec![false; self.columns.len()];
        for (name, facts) in &columns {
            let at = self.place(name).ok_or_else(|| missing(&self.first, name, path))?;
            let column = &mut self.columns[at];
            let merged = column.facts.merge(facts).ok_or_else(|| column.conflict(facts, path))?;
            if merged.describe() != column.facts.describe() {
                column.path = path.to_path_buf();
            }
            column.facts = merged;
            seen[at] = true;
        }
        match self.columns.iter().zip(seen).find(|(_, seen)| !seen) {
            Some((column, _)) => Err(missing(path, &column.name, &self.first)),
            None => Ok(()),
        }
    }

    /// The index of a column, whose name may be spelled in any case.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(&name.to_lowercase()).copied()
    }

    /// What is known of a column.
    pub(in crate::table) fn facts(&self, name: &str) -> Option<&F> {
        self.place(name).map(|at| &self.columns[at].facts)
    }

    /// The fields of all columns.
    pub(super) fn fields(&self) -> Vec<Field> {
        self.columns.iter().map(|column| column.facts.field(&column.name)).collect()
    }
}

impl<F: ColumnFacts> Column<F> {
    fn conflict(&self, facts: &F, path: &Path) -> ReadError {
        ReadError::unsupported(format!(
            "column `{}` is {} in {} and {} in {}",
            self.name,
            self.facts.describe(),
            quoted(&self.path.display().to_string()),
            facts.describe(),
            quoted(&path.display().to_string())
        ))
    }
}

fn missing(path: &Path, column: &str, other: &Path) -> ReadError {
    ReadError::name_not_found(format!(
        "{} has no column `{column}`, unlike {}",
        quoted(&path.display().to_string()),
        quoted(&other.display().to_string())
    ))
}
