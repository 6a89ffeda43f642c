//! Reads a file as a table, with types inferred from all rows.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};

use super::cell;
use super::column::Column;
use super::head::{Cell, Head};
use super::rows::{EmptyLine, Rows, UNCHARGED_ROW_BYTES};
use super::scan::{Quotes, Record, Scanner};
use super::survey::ColumnSurvey;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::table::budget::Budget;
use crate::table::input::Input;
use crate::table::{Table, TableOptions};

/// Greatest length of a cell: a column has 32-bit offsets.
const MAX_CELL_BYTES: usize = i32::MAX as usize;

/// Number of rows after which the columns are charged again.
pub(super) const CHARGE_INTERVAL: usize = 256;

/// Reads a file.
pub(in crate::table) fn read(
    path: &Path,
    delimiter: u8,
    options: &TableOptions,
    context: &ReadContext,
) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    input.skip_mark()?;
    let place = input.place.clone();
    let skipped = input.skip_lines(options.skip)?;
    let scanner = Scanner::new(&mut input.text, delimiter, skipped).with_quotes(Quotes::of(options));
    let mut reading = ReadState {
        rows: Rows::new(&place, scanner, EmptyLine::Null, context)?.with_nulls(&options.nulls),
        place: place.clone(),
        budget: Budget::new(context)?,
        columns: Vec::new(),
        count: 0,
    };
    let Some(first) = reading.read()? else {
        return Err(input_is_empty(&place, options));
    };
    let written = reading.rows.written().map(Record::texts);
    let surveys: Vec<ColumnSurvey> = reading.columns.iter().map(|column| column.survey).collect();
    let Head { names, places, has_header, notices } =
        Head::decide(&place, (&first, written.as_deref()), &surveys, options)?;
    for (at, (column, name)) in reading.columns.iter_mut().zip(&names).enumerate() {
        if options.text.has(at, name) {
            column.survey = column.survey.as_text();
        }
    }
    let (batch, budget) = reading.finish(&names, &places, if has_header { None } else { Some(&first) })?;
    let memory = budget.resize(batch.get_array_memory_size(), context)?;
    Ok(Table { schema: batch.schema(), batches: vec![batch], notices, tensors: Vec::new(), memory })
}

/// The state of a read.
struct ReadState<R> {
    rows: Rows<R>,
    place: String,
    budget: Budget,
    /// The cells below the first row.
    columns: Vec<Column>,
    count: usize,
}

impl<R: BufRead> ReadState<R> {
    /// Reads all rows; returns the first, which may turn out to be a header.
    fn read(&mut self) -> Result<Option<Vec<Cell>>> {
        let Some(line) = self.rows.next()? else { return Ok(None) };
        check_cells(&self.place, line, self.rows.record())?;
        // A short compressed file may have a first row of millions of cells.
        let a_cell = size_of::<Cell>() + 2 * size_of::<Column>();
        self.budget.cover(self.rows.record().len().saturating_mul(a_cell))?;
        let first = self.rows.record().texts();
        self.columns = first.iter().map(|_| Column::new()).collect();
        while let Some(line) = self.rows.next()? {
            check_cells(&self.place, line, self.rows.record())?;
            for (column, (cell, quoted)) in self.columns.iter_mut().zip(self.rows.record().cells()) {
                column.push(cell, quoted);
            }
            self.count += 1;
            if self.count.is_multiple_of(CHARGE_INTERVAL) || self.rows.record().memory() > UNCHARGED_ROW_BYTES
            {
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
        first: Option<&[Cell]>,
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
            .map_err(|error| ReadError::bad_format(format!("{}: {error}", self.place)))?;
        Ok((batch, self.budget))
    }
}

/// The error for a file without rows.
pub(super) fn input_is_empty(place: &str, options: &TableOptions) -> ReadError {
    ReadError::bad_format(match options.skip {
        0 => format!("{place} is empty"),
        lines => format!("{place} has nothing after its first {lines} lines"),
    })
}

/// Checks that each cell is UTF-8 and fits a column.
pub(super) fn check_cells(place: &str, line: u64, record: &Record) -> Result<()> {
    if record.is_utf8() && record.bytes().len() <= MAX_CELL_BYTES {
        return Ok(());
    }
    if record.cells().any(|(cell, _)| cell.len() > MAX_CELL_BYTES) {
        return Err(ReadError::unsupported(format!("{place}, line {line}: a cell is longer than 2 GiB")));
    }
    match record.cells().find(|(cell, _)| std::str::from_utf8(cell).is_err()) {
        Some((cell, _)) => {
            Err(ReadError::bad_format(format!("{place}, line {line}: {} is not UTF-8", cell::show(cell))))
        }
        None => Ok(()),
    }
}
