//! CSV and similar formats, with types inferred from the whole file.

mod column;
mod header;
mod infer;
mod scan;

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};

use self::column::Column;
use self::header::Header;
use self::scan::{Record, ScanError, Scanner};
use super::budget::Budget;
use super::input::Input;
use super::{Table, TableOptions, names};
use crate::csv::cell;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;

/// Rows up to this size are not charged separately.
const UNCHARGED_ROW_BYTES: usize = 64 << 10;

/// Greatest length of a cell: a column has 32-bit offsets.
const MAX_CELL_BYTES: usize = i32::MAX as usize;

/// Number of rows after which the columns are charged again.
const CHARGE_INTERVAL: usize = 256;

/// Reads a file.
pub(super) fn read(
    path: &Path,
    delimiter: u8,
    options: &TableOptions,
    context: &ReadContext,
) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    input.skip_mark()?;
    let place = input.place.clone();
    let mut reading = ReadState {
        rows: Rows {
            place: place.clone(),
            scanner: Scanner::new(&mut input.text, delimiter),
            record: Record::default(),
            row_budget: Budget::new(context)?,
            width: None,
        },
        budget: Budget::new(context)?,
        columns: Vec::new(),
        count: 0,
    };
    let Some(first) = reading.read()? else {
        return Err(ReadError::bad_format(format!("{place} is empty")));
    };
    let mut notices = Vec::new();
    let header = header::decide(&first, &reading.columns, options);
    if header == Header::Guessed {
        notices.push(format!(
            "{place}: all columns are text, so the first line is taken as the header; header => false reads it as a row"
        ));
    }
    let header = header != Header::Absent;
    // Blanks around a name are part of it only within quotes.
    let name = |(name, quoted): &(String, bool)| if *quoted { name.clone() } else { name.trim().to_string() };
    let written = || first.iter().map(name).collect();
    let names = if header {
        names::distinct(&place, written(), &mut notices)
    } else {
        (0..first.len()).map(|at| format!("c{at}")).collect()
    };
    let places = select(&place, &names, header, options)?;
    let (batch, budget) = reading.finish(&names, &places, if header { None } else { Some(&first) })?;
    let memory = budget.resize(batch.get_array_memory_size(), context)?;
    Ok(Table { schema: batch.schema(), batches: vec![batch], notices, tensors: Vec::new(), memory })
}

/// The requested columns, by name or, without a header, by index.
fn select(place: &str, names: &[String], header: bool, options: &TableOptions) -> Result<Vec<usize>> {
    let Some(fields) = options.fields.as_deref() else { return names::select(place, names, None) };
    let numbered: Vec<String> = fields
        .iter()
        .map(|field| match field.trim().parse::<usize>() {
            Ok(at) if !header || names::find(names, field).is_none() => {
                names.get(at).cloned().unwrap_or_else(|| field.clone())
            }
            _ => field.clone(),
        })
        .collect();
    names::select(place, names, Some(&numbered))
}

/// The state of a read.
struct ReadState<R> {
    rows: Rows<R>,
    budget: Budget,
    /// The cells below the first row.
    columns: Vec<Column>,
    count: usize,
}

/// The checked rows of a file.
struct Rows<R> {
    place: String,
    scanner: Scanner<R>,
    record: Record,
    row_budget: Budget,
    /// Cells per row, as in the first row.
    width: Option<usize>,
}

impl<R: BufRead> ReadState<R> {
    /// Reads all rows; returns the first, which may turn out to be a header.
    fn read(&mut self) -> Result<Option<Vec<(String, bool)>>> {
        if !self.rows.next()? {
            return Ok(None);
        }
        // A short compressed file may have a first row of millions of cells.
        let a_cell = size_of::<(String, bool)>() + 2 * size_of::<Column>();
        self.budget.cover(self.rows.record.len().saturating_mul(a_cell))?;
        let text = |(cell, quoted): (&[u8], bool)| (String::from_utf8_lossy(cell).into_owned(), quoted);
        let first: Vec<(String, bool)> = self.rows.record.cells().map(text).collect();
        self.columns = first.iter().map(|_| Column::new()).collect();
        while self.rows.next()? {
            for (column, (cell, quoted)) in self.columns.iter_mut().zip(self.rows.record.cells()) {
                column.push(cell, quoted);
            }
            self.count += 1;
            if self.count.is_multiple_of(CHARGE_INTERVAL) || self.rows.record.memory() > UNCHARGED_ROW_BYTES {
                self.charge()?;
            }
        }
        self.charge()?;
        Ok(Some(first))
    }

    fn charge(&mut self) -> Result<()> {
        let memory: usize = self.columns.iter().map(Column::memory).sum();
        Ok(self.budget.cover(memory)?)
    }

    /// The batch of the selected columns; `first` is the first row when it is data.
    fn finish(
        mut self,
        names: &[String],
        places: &[usize],
        first: Option<&[(String, bool)]>,
    ) -> Result<(RecordBatch, Budget)> {
        let rows = self.count + usize::from(first.is_some());
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for &at in places {
            let mut column = std::mem::replace(&mut self.columns[at], Column::new());
            if let Some((text, quoted)) = first.and_then(|first| first.get(at)) {
                column = column.behind(text.as_bytes(), *quoted);
            }
            self.budget.add(column.array_memory())?;
            let (kind, array) = column.finish();
            fields.push(Field::new(&names[at], kind.data_type(), array.null_count() > 0));
            arrays.push(array);
        }
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, arrays, &options)
            .map_err(|error| ReadError::bad_format(format!("{}: {error}", self.rows.place)))?;
        Ok((batch, self.budget))
    }
}

impl<R: BufRead> Rows<R> {
    /// Reads the next row that is not blank. In a file of one column an empty line is a row with a NULL cell.
    fn next(&mut self) -> Result<bool> {
        loop {
            let Some(line) = self.scan()? else { return Ok(false) };
            if self.record.is_blank() && self.width != Some(1) {
                continue;
            }
            return self.check(line).map(|()| true);
        }
    }

    fn scan(&mut self) -> Result<Option<u64>> {
        let budget = &mut self.row_budget;
        let charge = |record: &Record| {
            if record.memory() <= UNCHARGED_ROW_BYTES {
                return Ok(());
            }
            // Twice, since both vectors may double with the next byte.
            budget.cover(record.memory() * 2).map_err(std::io::Error::other)
        };
        self.scanner.next(&mut self.record, charge).map_err(|error| match error {
            ScanError::Io(error) => ReadError::from_io(&self.place, &error),
            ScanError::OpenQuote(line) => ReadError::bad_format(format!(
                "{}, line {line}: a quote is opened that nothing closes",
                self.place
            )),
        })
    }

    fn check(&mut self, line: u64) -> Result<()> {
        let place = &self.place;
        let (found, width) = (self.record.len(), *self.width.get_or_insert(self.record.len()));
        if found != width {
            let cells = if found == 1 { "1 cell".to_string() } else { format!("{found} cells") };
            return Err(ReadError::bad_format(format!(
                "{place}, line {line}: {cells} where the first line has {width}"
            )));
        }
        if self.record.cells().any(|(cell, _)| cell.len() > MAX_CELL_BYTES) {
            return Err(ReadError::unsupported(format!("{place}, line {line}: a cell is longer than 2 GiB")));
        }
        match self.record.cells().find(|(cell, _)| std::str::from_utf8(cell).is_err()) {
            Some((cell, _)) => {
                Err(ReadError::bad_format(format!("{place}, line {line}: {} is not UTF-8", cell::show(cell))))
            }
            None => Ok(()),
        }
    }
}
