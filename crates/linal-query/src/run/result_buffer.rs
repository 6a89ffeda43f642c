//! The collected rows of a query, and the reservation of their memory.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, RecordBatch};
use datafusion::error::{DataFusionError, Result};
use linal_tensor::Reservation;

use super::query_state::QueryState;

/// Results with fewer bytes are not counted: counting would take longer than computing them.
const SMALL: usize = 1 << 20;

/// Collects batches. Memory shared with a dataset is already charged to that dataset.
pub(crate) struct ResultBuffer {
    running: Arc<QueryState>,
    batches: Vec<RecordBatch>,
    /// The bytes of all arrays, counting shared memory repeatedly: never less than the new bytes.
    bytes: usize,
    /// The first batch that is not counted yet.
    uncounted: usize,
    /// The addresses of allocations that are counted or belong to a dataset.
    known: Option<HashSet<usize>>,
    memory: Option<Reservation>,
}

impl ResultBuffer {
    pub fn new(running: Arc<QueryState>) -> ResultBuffer {
        ResultBuffer { running, batches: Vec::new(), bytes: 0, uncounted: 0, known: None, memory: None }
    }

    /// Adds a batch.
    ///
    /// # Errors When the statement must end, or its memory is exhausted.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.running.poll()?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
        if self.bytes > SMALL { self.count() } else { Ok(()) }
    }

    /// Returns all batches; the caller charges their memory from here on.
    pub fn finish(self) -> Vec<RecordBatch> {
        self.batches
    }

    fn count(&mut self) -> Result<()> {
        let known = self.known.get_or_insert_with(|| owned_by_datasets(&self.running));
        let mut bytes = 0;
        for batch in &self.batches[self.uncounted..] {
            for column in batch.columns() {
                bytes += new_bytes(&column.to_data(), known);
            }
        }
        self.uncounted = self.batches.len();
        let charged = match &mut self.memory {
            Some(memory) => memory.grow("result", bytes),
            None => self.running.pool().reserve("result", bytes).map(|memory| self.memory = Some(memory)),
        };
        charged.map_err(|error| DataFusionError::External(Box::new(linal_dataset::Error::from(error))))
    }
}

/// The allocations of all datasets that the statement reads.
fn owned_by_datasets(running: &QueryState) -> HashSet<usize> {
    let mut known = HashSet::new();
    for snapshot in running.snapshots() {
        for column in snapshot.in_memory() {
            new_bytes(&column.to_data(), &mut known);
        }
    }
    known
}

/// The bytes of an array's allocations that are not known yet.
fn new_bytes(data: &ArrayData, known: &mut HashSet<usize>) -> usize {
    let buffers = data.buffers().iter().chain(data.nulls().map(|nulls| nulls.buffer()));
    let own: usize = buffers
        .filter(|buffer| known.insert(buffer.data_ptr().as_ptr() as usize))
        .map(|buffer| buffer.capacity())
        .sum();
    own + data.child_data().iter().map(|child| new_bytes(child, known)).sum::<usize>()
}
