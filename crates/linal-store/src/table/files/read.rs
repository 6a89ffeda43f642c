//! Reads several files as a whole.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;

use super::find::FileSet;
use super::stream::open;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::budget::Budget;
use crate::table::normalize::catch_failure;
use crate::table::stream::BATCH_ROWS;
use crate::table::{Table, TableOptions, parquet};

/// Reads the files of a set. Arrays that are no columns of one file are not part of the table.
pub(in crate::table) fn read(
    set: FileSet,
    options: &TableOptions,
    context: &ReadContext<'_>,
) -> Result<Table> {
    // Arrays of the other formats are charged by themselves.
    let is_charged_here = set.format.is_streamed();
    let mut stream = open(set, options, context)?;
    let schema = stream.schema().clone();
    let (mut joined, mut group) = (Joined::default(), Group::default());
    let mut budget = Budget::new(context)?;
    while let Some(charged) = stream.next_charged()? {
        let rows = charged.batch.num_rows();
        let bytes = charged.memory.bytes();
        let bytes = if is_charged_here { bytes.max(parquet::memory(&charged.batch)) } else { bytes };
        drop(charged.memory);
        budget.add(bytes)?;
        if group.rows + rows > BATCH_ROWS {
            joined.add(std::mem::take(&mut group), &schema, &mut budget)?;
        }
        group.rows += rows;
        group.bytes = group.bytes.saturating_add(bytes);
        group.batches.push(charged.batch);
    }
    joined.add(group, &schema, &mut budget)?;
    let notices = stream.notices().to_vec();
    let memory = budget.resize(joined.bytes, context)?;
    Ok(Table { schema, batches: joined.batches, notices, tensors: Vec::new(), memory })
}

/// Batches that become one: many files of few rows would be as many batches.
#[derive(Default)]
struct Group {
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

/// The batches of the table.
#[derive(Default)]
struct Joined {
    batches: Vec<RecordBatch>,
    bytes: usize,
}

impl Joined {
    fn add(&mut self, mut group: Group, schema: &SchemaRef, budget: &mut Budget) -> Result<()> {
        let (batch, bytes) = match group.batches.len() {
            0 => return Ok(()),
            1 => (group.batches.swap_remove(0), group.bytes),
            _ => {
                budget.add(group.batches.iter().map(parquet::memory).sum())?;
                let batch = catch_failure("several files", || concat_batches(schema, &group.batches))?;
                let bytes = parquet::memory(&batch);
                (batch, bytes)
            }
        };
        self.batches.push(batch);
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }
}
