//! Detects the header and selects the columns.

use super::sample::Sample;
use crate::error::{ReadError, Result};
use crate::table::csv::cell;
use crate::table::{TableOptions, names};

/// The columns of a file and the selected ones.
#[derive(Debug)]
pub(super) struct Columns {
    /// Cells per row.
    pub(super) width: usize,
    /// The names, when there is a header.
    names: Option<Vec<String>>,
    /// Indices of the selected columns, in order.
    pub(super) selected: Vec<usize>,
    /// Whether the caller selected them.
    pub(super) chosen: bool,
}

impl Columns {
    /// Decides from the first rows. `place` names the file in errors.
    pub(super) fn decide(place: &str, sample: &Sample, options: &TableOptions) -> Result<Columns> {
        let first = sample.first();
        let names = sample
            .has_header(options)
            .then(|| first.iter().map(|(name, _)| name.trim().to_string()).collect());
        let mut columns =
            Columns { width: first.len(), names, selected: Vec::new(), chosen: options.fields.is_some() };
        columns.selected = match &options.fields {
            None => (0..columns.width).collect(),
            Some(wanted) => {
                wanted.iter().map(|name| columns.find(place, name.trim())).collect::<Result<Vec<usize>>>()?
            }
        };
        Ok(columns)
    }

    /// Whether the first row is a header.
    pub(super) fn has_header(&self) -> bool {
        self.names.is_some()
    }

    /// A column as errors show it: its name, or its index from 0.
    pub(super) fn show(&self, column: usize) -> String {
        match self.names.as_ref().and_then(|names| names.get(column)) {
            Some(name) => format!("column {}", cell::show(name.as_bytes())),
            None => format!("column {column}"),
        }
    }

    /// A column as the argument `columns` names it.
    pub(super) fn spell(&self, column: usize) -> String {
        match self.names.as_ref().and_then(|names| names.get(column)) {
            Some(name) if !name.is_empty() && !name.contains([',', '\'']) => name.clone(),
            _ => column.to_string(),
        }
    }

    fn find(&self, place: &str, wanted: &str) -> Result<usize> {
        let names = self.names.as_deref().unwrap_or_default();
        if let Some(column) = names.iter().position(|name| name == wanted) {
            return Ok(column);
        }
        let mut same = (0..names.len()).filter(|&column| names[column].eq_ignore_ascii_case(wanted));
        match (same.next(), same.next()) {
            (Some(column), None) => return Ok(column),
            (Some(_), Some(_)) => {
                return Err(ReadError::name_not_found(format!(
                    "{place} has more than one column `{wanted}`; numbers that count from 0 tell them apart"
                )));
            }
            (None, _) => {}
        }
        match wanted.parse::<usize>() {
            Ok(column) if column < self.width => Ok(column),
            _ => Err(self.missing(place, wanted)),
        }
    }

    fn missing(&self, place: &str, wanted: &str) -> ReadError {
        match &self.names {
            Some(names) => names::missing(place, "column", wanted, names),
            None => ReadError::name_not_found(format!(
                "{place} has no column `{wanted}`: its first line has no names, and its {} columns count from 0",
                self.width
            )),
        }
    }
}
