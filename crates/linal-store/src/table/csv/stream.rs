//! A file as a stream of batches: a first reading for the types, a second for the rows.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};

use super::cells::Cells;
use super::head::{Cell, Head};
use super::infer::CellType;
use super::read::{CHARGE_INTERVAL, check_cells, input_is_empty};
use super::rows::{EmptyLine, Rows, UNCHARGED_ROW_BYTES};
use super::scan::{Quotes, Record, Scanner};
use super::survey::ColumnSurvey;
use crate::error::{ReadError, Result};
use crate::progress::ReadContext;
use crate::source::Source;
use crate::table::TableOptions;
use crate::table::budget::Budget;
use crate::table::input::Input;
use crate::table::stream::{BATCH_BYTES, BATCH_ROWS, BatchSource, ChargedBatch, TableStream, changed};

/// Opens a file after the types of its columns are known.
pub(in crate::table) fn open<'a>(
    path: &Path,
    delimiter: u8,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let source = Source::open(path)?;
    let mut found = FirstReading::of(&source, delimiter, options, context)?;
    let notices = std::mem::take(&mut found.notices);
    let stream = found.layout.open(&source, (delimiter, options), (&found.columns, found.rows), context)?;
    Ok(TableStream::new(stream.schema.clone(), notices, stream))
}

/// What the first reading finds.
pub(super) struct FirstReading {
    pub(super) layout: Layout,
    /// The selected columns.
    pub(super) columns: Vec<ColumnSurvey>,
    /// Rows of data.
    pub(super) rows: usize,
    pub(super) notices: Vec<String>,
}

/// Where the selected columns are.
#[derive(PartialEq)]
pub(in crate::table) struct Layout {
    pub(super) names: Vec<String>,
    /// The index of each in the file.
    places: Vec<usize>,
    has_header: bool,
}

impl FirstReading {
    pub(super) fn of(
        source: &Source,
        delimiter: u8,
        options: &TableOptions,
        context: &ReadContext<'_>,
    ) -> Result<FirstReading> {
        let mut rows = rows_of(source, " (types)", delimiter, options, context)?;
        let Some(Surveyed { first, columns, count }) = survey(&mut rows, context)? else {
            return Err(input_is_empty(&rows.place, options));
        };
        let written = rows.written().map(Record::texts);
        let Head { names, places, has_header, notices } =
            Head::decide(&rows.place, (&first, written.as_deref()), &columns, options)?;
        let column = |&at: &usize| {
            let (text, quoted) = &first[at];
            let found = if has_header { columns[at] } else { columns[at].behind(text.as_bytes(), *quoted) };
            if options.text.has(at, &names[at]) { found.as_text() } else { found }
        };
        let columns = places.iter().map(column).collect();
        let names = places.iter().map(|&at| names[at].clone()).collect();
        let rows = count + usize::from(!has_header);
        Ok(FirstReading { layout: Layout { names, places, has_header }, columns, rows, notices })
    }
}

impl Layout {
    /// Opens the second reading, in the types of these columns; `rows` is what the first one counted.
    pub(super) fn open<'a>(
        &self,
        source: &Source,
        (delimiter, options): (u8, &TableOptions),
        (columns, left): (&[ColumnSurvey], usize),
        context: &ReadContext<'a>,
    ) -> Result<CsvStream<'a>> {
        let mut rows = rows_of(source, "", delimiter, options, context)?;
        if self.has_header {
            rows.next()?;
        }
        let selected = self.places.iter().zip(columns);
        let selected = selected.map(|(&at, column)| Selected { at, kind: column.kind() }).collect();
        let field = |(name, column): (&String, &ColumnSurvey)| column.field(name);
        let schema = Arc::new(Schema::new(self.names.iter().zip(columns).map(field).collect::<Vec<_>>()));
        Ok(CsvStream { rows, selected, schema, left, context: *context })
    }
}

fn rows_of<'a>(
    source: &Source,
    what: &str,
    delimiter: u8,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<Rows<Input<'a>>> {
    let mut input = Input::again(source, what, context)?;
    input.skip_mark()?;
    let place = input.place.clone();
    let skipped = input.skip_lines(options.skip)?;
    let scanner = Scanner::new(input, delimiter, skipped).with_quotes(Quotes::of(options));
    Ok(Rows::new(&place, scanner, EmptyLine::Null, context)?.with_nulls(&options.nulls))
}

/// What the rows say.
struct Surveyed {
    /// The first row, which may turn out to be a header.
    first: Vec<Cell>,
    /// The columns below it.
    columns: Vec<ColumnSurvey>,
    /// Rows below it.
    count: usize,
}

fn survey(rows: &mut Rows<Input<'_>>, context: &ReadContext<'_>) -> Result<Option<Surveyed>> {
    let Some(line) = rows.next()? else { return Ok(None) };
    check_cells(&rows.place, line, rows.record())?;
    // A short compressed file may have a first row of millions of cells.
    let mut budget = Budget::new(context)?;
    let a_cell = size_of::<Cell>() + 2 * size_of::<ColumnSurvey>();
    budget.cover(rows.record().len().saturating_mul(a_cell))?;
    let first = rows.record().texts();
    let mut columns = vec![ColumnSurvey::new(); first.len()];
    let mut count = 0;
    while let Some(line) = rows.next()? {
        check_cells(&rows.place, line, rows.record())?;
        for (column, (cell, quoted)) in columns.iter_mut().zip(rows.record().cells()) {
            column.push(cell, quoted);
        }
        count += 1;
    }
    Ok(Some(Surveyed { first, columns, count }))
}

/// A selected column.
struct Selected {
    /// The index in the file.
    at: usize,
    kind: CellType,
}

/// The second reading.
pub(super) struct CsvStream<'a> {
    rows: Rows<Input<'a>>,
    selected: Vec<Selected>,
    pub(super) schema: SchemaRef,
    /// Rows that the first reading found and this one has not.
    left: usize,
    context: ReadContext<'a>,
}

impl BatchSource for CsvStream<'_> {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        let mut budget = Budget::new(&self.context)?;
        let mut columns: Vec<Cells> = self.selected.iter().map(|_| Cells::new()).collect();
        let (mut count, mut bytes, mut ended) = (0, 0, false);
        while count < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some(line) = self.rows.next()? else {
                ended = true;
                break;
            };
            let record = self.rows.record();
            check_cells(&self.rows.place, line, record)?;
            for (column, selected) in columns.iter_mut().zip(&self.selected) {
                let (cell, quoted) = record.cell_with_quotes(selected.at).ok_or_else(|| self.changed())?;
                column.push(cell, quoted);
            }
            count += 1;
            let is_long = record.memory() > UNCHARGED_ROW_BYTES;
            if count % CHARGE_INTERVAL == 0 || is_long {
                // The views and numbers of a cell, beside its text.
                bytes = columns.iter().map(|column| column.text_bytes() + count * size_of::<u128>()).sum();
                budget.cover(columns.iter().map(Cells::memory).sum())?;
            }
        }
        self.left = self.left.checked_sub(count).ok_or_else(|| self.changed())?;
        if ended && self.left > 0 {
            return Err(self.changed());
        }
        if count == 0 {
            return Ok(None);
        }
        budget.cover(columns.iter().map(Cells::memory).sum())?;
        self.batch(columns, count, budget).map(Some)
    }
}

impl CsvStream<'_> {
    fn batch(&self, columns: Vec<Cells>, count: usize, mut budget: Budget) -> Result<ChargedBatch> {
        let mut arrays = Vec::with_capacity(columns.len());
        for (column, selected) in columns.into_iter().zip(&self.selected) {
            budget.add(column.array_memory(selected.kind))?;
            arrays.push(column.checked(selected.kind).ok_or_else(|| self.changed())?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        // The schema says where there is no NULL.
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|_| self.changed())?;
        let memory = budget.resize(batch.get_array_memory_size(), &self.context)?;
        Ok(ChargedBatch { batch, memory })
    }

    fn changed(&self) -> ReadError {
        changed(&self.rows.place)
    }
}
