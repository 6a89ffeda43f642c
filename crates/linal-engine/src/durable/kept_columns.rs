//! New values of columns of a dataset on their way to the commit: in memory while they are few, in the scratch space of the
//! directory beyond, so that an UPDATE may be larger than memory.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use linal_dataset::{ColumnValues, KeepColumns, Result, arrow_error, bytes_of};
use linal_tensor::{MemoryPool, Reservation};

use super::bulk_load::IN_MEMORY;
use super::{Durable, error};

/// The new values of the columns of a dataset.
pub(crate) struct KeptColumns<'d> {
    durable: Option<&'d Durable>,
    pool: Arc<MemoryPool>,
    /// Bytes that may stay in memory.
    most: usize,
    /// Bytes in memory.
    bytes: usize,
}

impl<'d> KeptColumns<'d> {
    /// Values that are charged to `pool` while they are in memory. Without a directory all of them are. `statement` is the
    /// pool of the session.
    pub fn new(
        durable: Option<&'d Durable>,
        pool: &Arc<MemoryPool>,
        statement: &Arc<MemoryPool>,
    ) -> KeptColumns<'d> {
        let durable = durable.filter(|durable| !durable.store.is_read_only());
        let most = IN_MEMORY.min(statement.limit() / 8);
        KeptColumns { durable, pool: pool.clone(), most, bytes: 0 }
    }
}

impl KeepColumns for KeptColumns<'_> {
    fn keep(&mut self, schema: &SchemaRef, values: Vec<ArrayRef>) -> Result<Vec<ColumnValues>> {
        let bytes: usize = values.iter().map(|values| bytes_of(values.as_ref())).sum();
        let is_small = self.bytes + bytes <= self.most;
        if let Some(durable) = self.durable {
            // Earlier statements of a transaction may have taken all memory.
            let charge = is_small.then(|| self.pool.reserve("dataset", bytes).ok()).flatten();
            let Some(charge) = charge else { return spilled(durable, schema, values) };
            self.bytes += bytes;
            return Ok(charged(values, charge));
        }
        Ok(charged(values, self.pool.reserve("dataset", bytes)?))
    }
}

fn charged(values: Vec<ArrayRef>, charge: Reservation) -> Vec<ColumnValues> {
    let charge = Arc::new(charge);
    values.into_iter().map(|values| ColumnValues::Memory(values, Some(charge.clone()))).collect()
}

fn spilled(durable: &Durable, schema: &SchemaRef, values: Vec<ArrayRef>) -> Result<Vec<ColumnValues>> {
    let columns = values.len();
    let batch = RecordBatch::try_new(schema.clone(), values).map_err(arrow_error)?;
    let spilled = durable.store.spill(&batch).map_err(error)?;
    Ok(ColumnValues::of_spilled(spilled, columns, &durable.cache))
}
