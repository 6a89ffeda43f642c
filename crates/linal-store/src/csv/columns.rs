//! Detects the header and selects the columns.

use csv::ByteRecord;
use linal_error::suggest;

use super::cell;
use super::options::CsvOptions;
use crate::error::{ReadError, Result};

/// The columns of a file and the selected ones.
#[derive(Debug)]
pub(crate) struct Columns {
    /// Cells per row.
    pub(crate) width: usize,
    /// The names, when there is a header.
    names: Option<Vec<String>>,
    /// Indices of the selected columns, in order.
    pub(crate) selected: Vec<usize>,
    /// Whether the caller selected them.
    pub(crate) chosen: bool,
}

impl Columns {
    /// Decides from the first two rows. `place` names the file in errors.
    pub(crate) fn decide(
        place: &str,
        first: &ByteRecord,
        second: Option<&ByteRecord>,
        options: &CsvOptions,
    ) -> Result<Columns> {
        let names = options.header.unwrap_or_else(|| is_header(first, second, options)).then(|| names(first));
        let mut columns =
            Columns { width: first.len(), names, selected: Vec::new(), chosen: options.columns.is_some() };
        columns.selected = match &options.columns {
            None => (0..columns.width).collect(),
            Some(wanted) => {
                wanted.iter().map(|name| columns.find(place, name.trim())).collect::<Result<Vec<usize>>>()?
            }
        };
        Ok(columns)
    }

    /// Whether the first row is a header.
    pub(crate) fn has_header(&self) -> bool {
        self.names.is_some()
    }

    /// A column as errors show it: its name, or its index from 0.
    pub(crate) fn show(&self, column: usize) -> String {
        match self.names.as_ref().and_then(|names| names.get(column)) {
            Some(name) => format!("column {}", cell::show(name.as_bytes())),
            None => format!("column {column}"),
        }
    }

    /// A column as the option `columns` names it.
    pub(crate) fn spell(&self, column: usize) -> String {
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
            Some(names) => ReadError::name_not_found(format!(
                "{place} has no column `{wanted}`; it has {}",
                suggest::list(names)
            ))
            .with_help(suggest::did_you_mean(wanted, names.iter().map(String::as_str))),
            None => ReadError::name_not_found(format!(
                "{place} has no column `{wanted}`: its first line has no names, and its {} columns count from 0",
                self.width
            )),
        }
    }
}

/// A row is a header when it has a text cell above a number, or a cell that names a selected column.
fn is_header(first: &ByteRecord, second: Option<&ByteRecord>, options: &CsvOptions) -> bool {
    let is_text = |cell: &[u8]| !cell::trim(cell).is_empty() && !cell::is_number(cell);
    let over_number = |column: usize| second.and_then(|row| row.get(column)).is_some_and(cell::is_number);
    let asked_for = |cell: &[u8]| {
        let wanted = options.columns.as_deref().unwrap_or_default();
        wanted.iter().any(|name| name.trim().as_bytes().eq_ignore_ascii_case(cell::trim(cell)))
    };
    first.iter().enumerate().any(|(column, cell)| is_text(cell) && (over_number(column) || asked_for(cell)))
}

fn names(row: &ByteRecord) -> Vec<String> {
    row.iter().map(|cell| String::from_utf8_lossy(cell::trim(cell)).into_owned()).collect()
}
