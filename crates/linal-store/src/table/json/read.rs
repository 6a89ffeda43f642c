//! Reads a file as a whole: its text is read once.

use std::path::Path;

use arrow::compute::concat_batches;

use super::columns::Columns;
use super::decode::Decoding;
use super::rows::Rows;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::budget::Budget;
use crate::table::input::Input;
use crate::table::normalize::{catch_failure, normalize};
use crate::table::{Table, TableOptions, parquet};

/// Reads a file.
pub(in crate::table) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let mut input = Input::open(path, context)?;
    input.skip_mark()?;
    let mut budget = Budget::new(context)?;
    let bytes = input.read_all(&mut budget)?;
    let place = &input.place;
    let columns = Columns::scan(&mut Rows::new(place, &bytes[..], context)?, context)?;
    let mut decoding = Decoding::new(place, columns)?;
    let mut rows = Rows::new(place, &bytes[..], context)?;
    let mut batches = Vec::new();
    let mut working = Budget::new(context)?;
    while let Some(batch) = decoding.batch(&mut rows, &mut working)? {
        context.poll()?;
        // Charged again for the concatenation.
        budget.add(parquet::memory(&batch).saturating_mul(2))?;
        batches.push(batch);
        working = Budget::new(context)?;
    }
    drop(bytes);
    let schema = &decoding.schema;
    let batch = match batches.len() {
        1 => batches.swap_remove(0),
        // Columns without a type have rows nevertheless.
        _ => catch_failure(place, || concat_batches(schema, &batches))?,
    };
    let mut notices = Vec::new();
    let (schema, batches) = normalize(place, schema, vec![batch], options, &mut budget, &mut notices)?;
    let memory = budget.resize(batches.iter().map(parquet::memory).sum(), context)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory })
}
