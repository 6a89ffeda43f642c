//! Reads a file as a whole, a row group at a time.

use std::path::Path;

use super::file::ParquetFile;
use super::memory;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::budget::Budget;
use crate::table::normalize::{catch_failure, normalize};
use crate::table::{OPERATION, Table, TableOptions};

/// Greatest number of rows of a batch. A row group of usual size is one batch, so that its columns are
/// tensors without a copy.
const ROWS: usize = 1 << 20;

/// Reads a file.
pub(in crate::table) fn read(path: &Path, options: &TableOptions, context: &ReadContext) -> Result<Table> {
    let mut file = ParquetFile::open(path, options)?;
    let place = file.place.clone();
    let _watch = context.start_read(&file.source.label, Some(file.source.length));
    let mask = file.mask();
    let mut int96 = file.int96.take();
    let mut budget = Budget::new(context)?;
    let mut batches = Vec::new();
    for (at, group) in file.groups().iter().enumerate() {
        context.poll()?;
        let stored = file.check(group)?;
        // The decoder decompresses a page of each column at a time, whose size a file may declare falsely;
        // the whole group is charged while it is read.
        let _working = context.pool.reserve(OPERATION, stored.min(usize::MAX / 2))?;
        let rows = ROWS.min(usize::try_from(group.num_rows()).unwrap_or(0));
        let mut reader = file.reader(at, &file.metadata, &mask, rows)?;
        let mut nanoseconds = match &int96 {
            Some(columns) => Some(file.reader(at, &columns.metadata, &columns.mask, rows)?),
            None => None,
        };
        while let Some(batch) = catch_failure(&place, || reader.next().transpose())? {
            context.poll()?;
            budget.add(memory(&batch))?;
            if let (Some(columns), Some(nanoseconds)) = (&mut int96, &mut nanoseconds)
                && let Some(exact) = catch_failure(&place, || nanoseconds.next().transpose())?
            {
                budget.add(memory(&exact))?;
                catch_failure(&place, || columns.compare(&batch, &exact))?;
                columns.keep(&exact);
            }
            batches.push(batch);
        }
        context.progress.advance(u64::try_from(group.compressed_size()).unwrap_or(0));
    }
    let mut schema = file.schema;
    if let Some(columns) = int96 {
        columns.restore(&place, &mut schema, &mut batches)?;
    }
    let mut notices = Vec::new();
    let (schema, batches) = normalize(&place, &schema, batches, options, &mut budget, &mut notices)?;
    let memory = budget.resize(batches.iter().map(memory).sum(), context)?;
    Ok(Table { schema, batches, notices, tensors: Vec::new(), memory })
}
