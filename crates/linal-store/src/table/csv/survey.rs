//! What the cells of a column say about its type and about the header.

use arrow::datatypes::Field;

use super::cell;
use super::infer::{CellType, Class, TypeSet};

/// Cells whose classes are counted; more would not change the majority.
const CLASSIFIED_CELLS: usize = 10_000;

/// The facts of a column, without its cells.
#[derive(Clone, Copy, Debug)]
pub(in crate::table) struct ColumnSurvey {
    kinds: TypeSet,
    /// Whether a cell has a value that is not blank.
    filled: bool,
    /// Whether a cell has an unquoted value.
    plain: bool,
    /// Whether a cell is empty and unquoted, so NULL in a column of text.
    empty: bool,
    /// Whether a cell is empty or blank, so NULL in a column of another type.
    blank: bool,
    /// Counts of each [`Class`] among the first cells with a value.
    counts: [usize; Class::COUNT],
}

impl ColumnSurvey {
    /// Of no cells.
    pub(super) fn new() -> ColumnSurvey {
        ColumnSurvey {
            kinds: TypeSet::ALL,
            filled: false,
            plain: false,
            empty: false,
            blank: false,
            counts: [0; Class::COUNT],
        }
    }

    /// Of cells that are read as text.
    pub(super) fn text() -> ColumnSurvey {
        ColumnSurvey { empty: true, blank: true, ..ColumnSurvey::new() }
    }

    /// The same cells, read as text.
    pub(super) fn as_text(self) -> ColumnSurvey {
        ColumnSurvey { kinds: TypeSet::TEXT, ..self }
    }

    /// Adds a cell.
    pub(super) fn push(&mut self, text: &[u8], quoted: bool) {
        let trimmed = cell::trim(text);
        self.plain |= !quoted && !trimmed.is_empty();
        self.empty |= !quoted && text.is_empty();
        self.blank |= trimmed.is_empty();
        if !trimmed.is_empty() || quoted {
            self.kinds.narrow(trimmed);
            self.filled = true;
            if self.counts.iter().sum::<usize>() < CLASSIFIED_CELLS {
                self.counts[Class::of_cell(trimmed) as usize] += 1;
            }
        }
    }

    /// The facts of a first cell and these. The classes are counted without the first cell: they serve to
    /// tell whether it is a name.
    pub(super) fn behind(self, text: &[u8], quoted: bool) -> ColumnSurvey {
        let mut first = ColumnSurvey::new();
        first.push(text, quoted);
        self.and(&first)
    }

    /// The facts of these cells and of others, whose classes are not counted.
    pub(super) fn and(self, other: &ColumnSurvey) -> ColumnSurvey {
        let kinds = match (self.filled, other.filled) {
            (true, true) => self.kinds.and(other.kinds),
            (false, true) if self.kinds != TypeSet::TEXT => other.kinds,
            _ => self.kinds,
        };
        ColumnSurvey {
            kinds,
            filled: self.filled || other.filled,
            plain: self.plain || other.plain,
            empty: self.empty || other.empty,
            blank: self.blank || other.blank,
            counts: self.counts,
        }
    }

    /// The inferred type.
    pub(super) fn kind(&self) -> CellType {
        if self.filled { self.kinds.narrowest() } else { CellType::String }
    }

    /// Whether a cell is NULL.
    pub(super) fn has_nulls(&self) -> bool {
        match self.kind() {
            CellType::String => self.empty,
            _ => self.blank,
        }
    }

    /// The column of these cells.
    pub(super) fn field(&self, name: &str) -> Field {
        Field::new(name, self.kind().column_type().data_type(), self.has_nulls())
    }

    /// The class of all cells, or of at least half of the first cells. A column without values is text.
    pub(super) fn class(&self) -> Class {
        let total: usize = self.counts.iter().sum();
        let mostly = |class: &Class| total > 0 && 2 * self.counts[*class as usize] >= total;
        match self.kind() {
            CellType::Bool => Class::Bool,
            CellType::Int | CellType::Float | CellType::Decimal(_) => Class::Number,
            CellType::Date | CellType::Timestamp => Class::DateTime,
            CellType::String => {
                let values = [Class::Number, Class::DateTime, Class::Bool, Class::Code];
                values.into_iter().find(mostly).unwrap_or(Class::Text)
            }
        }
    }

    /// Whether a cell has a value.
    pub(super) fn has_values(&self) -> bool {
        self.filled
    }

    /// Whether a cell has an unquoted value.
    pub(super) fn has_plain_values(&self) -> bool {
        self.plain
    }
}
