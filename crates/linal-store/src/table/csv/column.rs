//! Collects the cells of a column as text until the types of all are known.

use arrow::array::ArrayRef;

use super::cells::Cells;
use super::survey::ColumnSurvey;
use crate::column::ColumnType;

/// A column under construction.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) survey: ColumnSurvey,
    cells: Cells,
}

impl Column {
    pub(super) fn new() -> Column {
        Column { survey: ColumnSurvey::new(), cells: Cells::new() }
    }

    /// Appends a cell.
    pub(super) fn push(&mut self, text: &[u8], quoted: bool) {
        self.survey.push(text, quoted);
        self.cells.push(text, quoted);
    }

    /// The same cells after a first one.
    pub(super) fn behind(self, text: &[u8], quoted: bool) -> Column {
        Column { survey: self.survey.behind(text, quoted), cells: self.cells.behind(text, quoted) }
    }

    /// The allocated bytes.
    pub(super) fn memory(&self) -> usize {
        self.cells.memory()
    }

    /// The greatest size of its array.
    pub(super) fn array_memory(&self) -> usize {
        self.cells.array_memory(self.survey.kind())
    }

    /// The type, and the array.
    pub(super) fn finish(&self) -> (ColumnType, ArrayRef) {
        let kind = self.survey.kind();
        (kind.column_type(), self.cells.finish(kind))
    }
}
