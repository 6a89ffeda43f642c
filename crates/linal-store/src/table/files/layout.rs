//! What is kept of each file between the two readings.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::table::budget::Budget;

/// The files that have rows or columns.
pub(super) struct Layouts<L> {
    files: Vec<SurveyedFile<L>>,
}

/// A file after the first reading.
pub(super) struct SurveyedFile<L> {
    pub(super) path: PathBuf,
    pub(super) layout: Arc<L>,
    pub(super) rows: usize,
}

impl<L: PartialEq> Layouts<L> {
    pub(super) fn new() -> Layouts<L> {
        Layouts { files: Vec::new() }
    }

    /// Adds a file, whose layout has this many bytes. Files mostly agree, so neighbours that do share a layout.
    pub(super) fn add(
        &mut self,
        file: (PathBuf, usize),
        (layout, bytes): (L, usize),
        memory: &mut Budget,
    ) -> Result<()> {
        let (path, rows) = file;
        let shared = self.files.last().map(|file| &file.layout).filter(|last| ***last == layout).cloned();
        memory.add(size_of::<SurveyedFile<L>>() + if shared.is_some() { 0 } else { bytes })?;
        let layout = shared.unwrap_or_else(|| Arc::new(layout));
        self.files.push(SurveyedFile { path, layout, rows });
        Ok(())
    }

    pub(super) fn into_files(self) -> std::vec::IntoIter<SurveyedFile<L>> {
        self.files.into_iter()
    }
}
