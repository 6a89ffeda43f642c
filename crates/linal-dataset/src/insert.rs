//! Rows of literals for an INSERT: assigns values to columns and checks them.

use linal_error::Code;
use linal_lang::Span;
use linal_lang::ast::relational::Literal;
use linal_store::temporal::Zone;
use linal_tensor::Control;
use smallvec::SmallVec;

use super::definition::ColumnDef;
use super::literal;
use super::snapshot::Snapshot;
use crate::error::{Error, Result, count};

/// Rows of literals that are checked between two looks whether the statement is to stop.
const POLL_ROWS: usize = 4096;

/// The values of an INSERT, row by row, and where each stands.
#[derive(Clone, Copy, Debug)]
pub struct Literals<'a> {
    /// The values.
    pub values: &'a [Literal],
    /// A span for each value; none where they stand in no text.
    pub spans: &'a [Span],
    /// The number of values of a row.
    pub width: usize,
}

/// Literals and the column of each.
pub struct LiteralRows<'a> {
    values: &'a [Literal],
    spans: &'a [Span],
    width: usize,
    /// For each column of the dataset, the position of its value in a row; `None` when a row has all columns
    /// in order.
    places: Option<SmallVec<[Option<u32>; 16]>>,
    /// The zone of timestamps that name none.
    zone: &'a Zone,
}

impl<'a> LiteralRows<'a> {
    /// Assigns the values of an INSERT to `columns`, or to all columns that can be set when `None`.
    ///
    /// # Errors
    /// Too few or too many values, a duplicate column, or a generated column.
    pub fn new(
        snapshot: &Snapshot,
        columns: Option<&[usize]>,
        Literals { values, spans, width }: Literals<'a>,
        zone: &'a Zone,
    ) -> Result<LiteralRows<'a>> {
        let defs = &snapshot.columns;
        let generated = defs.iter().any(|column| column.computed.is_some());
        let expected = match columns {
            Some(columns) => columns.len(),
            None => defs.iter().filter(|column| column.computed.is_none()).count(),
        };
        if width != expected || width == 0 {
            return Err(wrong_count(snapshot, columns.is_some(), expected, width, spans));
        }
        let places = match columns {
            None if !generated => None,
            None => {
                let mut next = 0..;
                let settable = defs.iter().map(|column| match column.computed {
                    Some(_) => None,
                    None => next.next(),
                });
                Some(settable.collect())
            }
            Some(columns) => Some(given(defs, columns)?),
        };
        Ok(LiteralRows { values, spans, width, places, zone })
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.values.len() / self.width
    }

    /// The zone in which timestamps are interpreted.
    pub fn zone(&self) -> &'a Zone {
        self.zone
    }

    /// The values of a column, one for each row; `None` for a row without a value.
    pub fn column(&self, column: usize) -> impl Iterator<Item = Option<&'a Literal>> {
        let place = self.place(column);
        self.values.chunks_exact(self.width).map(move |row| place.map(|place| &row[place]))
    }

    fn place(&self, column: usize) -> Option<usize> {
        match &self.places {
            None => Some(column),
            Some(places) => places.get(column).copied().flatten().map(|place| place as usize),
        }
    }

    fn span(&self, row: usize, column: usize) -> Option<Span> {
        self.spans.get(row * self.width + self.place(column)?).copied()
    }
}

fn given(defs: &[ColumnDef], columns: &[usize]) -> Result<SmallVec<[Option<u32>; 16]>> {
    let mut places: SmallVec<[Option<u32>; 16]> = SmallVec::from_elem(None, defs.len());
    for (place, &column) in columns.iter().enumerate() {
        if defs[column].computed.is_some() {
            return Err(generated_column(&defs[column].name));
        }
        if places[column].replace(place as u32).is_some() {
            let message = format!("the column `{}` is given twice", defs[column].name);
            return Err(Error::new(Code::DuplicateColumn, message));
        }
    }
    Ok(places)
}

/// The error of setting a generated column.
pub fn generated_column(name: &str) -> Error {
    let message = format!("the column `{name}` is computed from other columns and cannot be set");
    Error::new(Code::GeneratedColumn, message)
}

fn wrong_count(snapshot: &Snapshot, named: bool, expected: usize, width: usize, spans: &[Span]) -> Error {
    let (values, columns) = (count(width, "value"), count(expected, "column"));
    let message = match (named, expected) {
        (true, _) => format!("row 1 has {values} for {columns}"),
        (false, 0) => format!("the dataset `{}` has no columns yet that values could go to", snapshot.name),
        (false, _) => format!("row 1 has {values}, and the dataset `{}` has {columns}", snapshot.name),
    };
    let mut error = Error::new(Code::WrongCount, message);
    if let (Some(first), Some(last)) = (spans.first(), spans.get(width.saturating_sub(1))) {
        error = error.at(Span::new(first.start, last.end));
    }
    match (named, expected) {
        (false, 0) => error.with_help("ALTER DATASET ... ADD COLUMN or add_column(...) gives it some"),
        (false, _) => {
            let names: Vec<&str> = snapshot.columns.iter().take(12).map(|column| &*column.name).collect();
            let more = if snapshot.columns.len() > 12 { ", ..." } else { "" };
            error.with_help(format!("its columns are {}{more}", names.join(", ")))
        }
        _ => error,
    }
}

/// Checks every value and returns the size of the rows in bytes.
///
/// # Errors
/// The first value, row by row, that does not fit its column; those of a statement that is to stop.
pub fn check(snapshot: &Snapshot, rows: &LiteralRows<'_>, control: &Control) -> Result<usize> {
    let mut bytes = 0;
    for (row, values) in rows.values.chunks_exact(rows.width).enumerate() {
        // Not before the first: few rows take less time than reading the clock.
        if row > 0 && row.is_multiple_of(POLL_ROWS) {
            control.poll()?;
        }
        for (at, column) in snapshot.columns.iter().enumerate() {
            let value = rows.place(at).map(|place| &values[place]);
            bytes += literal::check(value, column, rows.zone)
                .map_err(|misfit| misfit.into_error(row, column, rows.span(row, at)))?;
        }
    }
    Ok(bytes)
}

/// Checks the default of a column.
///
/// # Errors
/// A value that does not fit the column.
pub fn check_default(column: &ColumnDef, value: &Literal, span: Span) -> Result<()> {
    if matches!(value, Literal::Null) {
        return Ok(());
    }
    match literal::check(Some(value), column, &Zone::utc()) {
        Ok(_) => Ok(()),
        Err(misfit) => Err(misfit.into_default_error(column).at(span)),
    }
}
