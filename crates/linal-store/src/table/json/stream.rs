//! A file as a stream of batches: a first reading for the types, a second for the rows.

use std::path::Path;

use super::columns::Columns;
use super::decode::Decoding;
use super::files::renamed;
use super::rows::Rows;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::source::Source;
use crate::table::budget::Budget;
use crate::table::input::Input;
use crate::table::normalize::Plan;
use crate::table::stream::{BatchSource, ChargedBatch, TableStream, changed};
use crate::table::{TableOptions, parquet};

/// Opens a file after the types of its columns are known.
pub(in crate::table) fn open<'a>(
    path: &Path,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let source = Source::open(path)?;
    let columns = first_reading(&source, context)?;
    second_reading(&source, columns, None, options, context)
}

/// The columns of a file.
pub(super) fn first_reading(source: &Source, context: &ReadContext<'_>) -> Result<Columns> {
    Columns::scan(&mut rows_of(source, " (types)", context)?, context)
}

/// The rows of a file in the types of these columns, which may have other names than in the text.
pub(super) fn second_reading<'a>(
    source: &Source,
    columns: Columns,
    names: Option<&[String]>,
    options: &TableOptions,
    context: &ReadContext<'a>,
) -> Result<TableStream<'a>> {
    let rows = rows_of(source, "", context)?;
    let survey = columns.survey();
    let decoding = Decoding::new(&rows.place, columns)?;
    let mut notices = Vec::new();
    let named = names.map(|names| renamed(&decoding.schema, names));
    let schema = named.as_ref().unwrap_or(&decoding.schema);
    let plan = Plan::new(&rows.place, schema, &survey, options, &mut notices)?;
    let schema = plan.schema.clone();
    let left = decoding.rows();
    Ok(TableStream::new(schema, notices, JsonStream { rows, decoding, plan, left, context: *context }))
}

fn rows_of<'a>(source: &Source, what: &str, context: &ReadContext<'a>) -> Result<Rows<Input<'a>>> {
    let mut input = Input::again(source, what, context)?;
    input.skip_mark()?;
    let place = input.place.clone();
    Rows::new(&place, input, context)
}

/// The second reading.
struct JsonStream<'a> {
    rows: Rows<Input<'a>>,
    decoding: Decoding,
    plan: Plan,
    /// Rows that the first reading found and this one has not.
    left: usize,
    context: ReadContext<'a>,
}

impl BatchSource for JsonStream<'_> {
    fn next_batch(&mut self) -> Result<Option<ChargedBatch>> {
        let mut budget = Budget::new(&self.context)?;
        let Some(batch) = self.decoding.batch(&mut self.rows, &mut budget)? else {
            return if self.left == 0 { Ok(None) } else { Err(changed(&self.rows.place)) };
        };
        budget.add(parquet::memory(&batch))?;
        self.left = self.left.checked_sub(batch.num_rows()).ok_or_else(|| changed(&self.rows.place))?;
        let batch = self.plan.convert(&batch, &mut budget)?;
        let memory = budget.resize(parquet::memory(&batch), &self.context)?;
        Ok(Some(ChargedBatch { batch, memory }))
    }
}
