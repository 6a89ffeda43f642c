//! Rows of a statement on their way into a dataset: in memory while they are few, in segments of the directory
//! beyond, so that a load may be larger than memory.

use std::sync::Arc;

use arrow::array::RecordBatch;
use linal_dataset::{Chunk, Result, Snapshot, bytes_of};
use linal_store::database::{DatasetId, PROVISIONAL_ROW_ID, Stage};
use linal_tensor::{Control, ExecutionContext, MemoryPool, Reservation};

use super::{Durable, columns, error};

/// Bytes of rows that stay in memory until the commit; less under a tight limit.
pub(super) const IN_MEMORY: usize = 32 << 20;

/// The rows of a load.
pub(crate) struct BulkLoad<'d> {
    durable: Option<&'d Durable>,
    /// The dataset that the rows are for.
    definition: Snapshot,
    pool: Arc<MemoryPool>,
    /// What the rows in memory are charged to until the statement ends, and so its limit.
    statement: Arc<MemoryPool>,
    /// Stops the writing of segments.
    control: Arc<Control>,
    charge: Option<Reservation>,
    chunks: Vec<Arc<Chunk>>,
    bytes: usize,
    rows: usize,
    stage: Option<Stage>,
}

impl<'d> BulkLoad<'d> {
    /// A load of rows with all columns of `definition`. They stay in memory without a directory. `statement` is
    /// the context of the session.
    pub fn new(
        durable: Option<&'d Durable>,
        definition: &Snapshot,
        statement: &ExecutionContext,
    ) -> BulkLoad<'d> {
        BulkLoad {
            durable,
            definition: definition.clone(),
            pool: definition.pool.clone(),
            statement: statement.pool().clone(),
            control: Arc::new(statement.detached_control()),
            charge: None,
            chunks: Vec::new(),
            bytes: 0,
            rows: 0,
            stage: None,
        }
    }

    /// The number of rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds rows.
    ///
    /// # Errors
    /// The memory limit; a file that cannot be written.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += batch.num_rows();
        if let Some(stage) = &mut self.stage {
            return stage.append(&batch).map_err(error);
        }
        // Texts of several batches may share a buffer, which none of them has alone.
        let bytes: usize = batch.columns().iter().map(|column| bytes_of(column.as_ref())).sum();
        self.bytes += bytes;
        match &mut self.charge {
            Some(charge) => charge.grow("result", bytes)?,
            None => self.charge = Some(self.statement.reserve("result", bytes)?),
        }
        self.chunks.push(Chunk::new(batch, &self.pool)?);
        if self.bytes > IN_MEMORY.min(self.statement.limit() / 8) { self.stage() } else { Ok(()) }
    }

    /// Moves the rows to segments, if the directory can have them before the commit.
    fn stage(&mut self) -> Result<()> {
        let Some(durable) = self.durable else { return Ok(()) };
        let Some(mut stage) = durable.stage(&self.definition)? else {
            self.durable = None;
            return Ok(());
        };
        stage.watch(self.control.clone());
        for chunk in self.chunks.drain(..) {
            stage.append(&chunk.batch(&self.definition.schema)?).map_err(error)?;
        }
        self.charge = None;
        self.stage = Some(stage);
        Ok(())
    }

    /// The rows as chunks.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn finish(self) -> Result<Vec<Arc<Chunk>>> {
        let (Some(stage), Some(durable)) = (self.stage, self.durable) else { return Ok(self.chunks) };
        let staged = Arc::new(stage.finish().map_err(error)?);
        let mut chunks = Vec::new();
        for part in staged.read(PROVISIONAL_ROW_ID).and_then(|rows| rows.parts()).map_err(error)? {
            for group in part.row_groups().map_err(error)? {
                chunks.push(Chunk::staged(group, &staged, &durable.cache));
            }
        }
        Ok(chunks)
    }
}

impl Durable {
    /// A stage for rows of a dataset; `None` for one whose columns the directory does not have yet.
    fn stage(&self, definition: &Snapshot) -> Result<Option<Stage>> {
        let dataset = match &definition.stored {
            Some(stored) if stored.has_other_columns(definition) => return Ok(None),
            Some(stored) => Some(DatasetId(stored.dataset)),
            // Rows that the dataset has already are not in the directory either.
            None if definition.rows > 0 => return Ok(None),
            None => None,
        };
        self.store.stage(dataset, columns::to_store(definition)?).map(Some).map_err(error)
    }
}
