//! Immutable rows and their memory reservations.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array, RecordBatch, StringViewArray,
};
use arrow::compute::{concat_batches, max, min};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type, SchemaRef,
};
use linal_tensor::kernel::batch_distance;
use linal_tensor::{Control, Data, Layout, MemoryPool, Reservation, Shape, View};

use super::arrow_error;
use crate::error::Result;

/// Immutable rows of a dataset. Snapshots share them.
#[derive(Debug)]
pub struct Chunk {
    /// The rows; at least one.
    pub batch: RecordBatch,
    /// The reservation of each column's memory. Columns that were created together share one; a column whose
    /// memory belongs to a tensor has none.
    charges: Vec<Charge>,
    /// The results of [`Chunk::range`], one for each column.
    ranges: Box<[OnceLock<Range>]>,
    /// The results of [`Chunk::norms`], one for each column.
    norms: Box<[OnceLock<Option<Norms>>]>,
}

/// The squared norm of each vector of a column, with the reservation of its memory.
#[derive(Debug)]
struct Norms {
    squares: ArrayRef,
    _charge: Reservation,
}

/// The minimum and maximum of a column, if it has any value.
type Range = Option<(i64, i64)>;

/// A shared reservation; dropping the last share releases it.
pub type Charge = Option<Arc<Reservation>>;

impl Deref for Chunk {
    type Target = RecordBatch;

    fn deref(&self) -> &RecordBatch {
        &self.batch
    }
}

impl Chunk {
    /// A chunk whose memory is already reserved.
    pub fn charged(batch: RecordBatch, charge: Charge) -> Arc<Chunk> {
        let charges = vec![charge; batch.num_columns()];
        Chunk::with_charges(batch, charges)
    }

    /// A chunk with one reservation for each column.
    pub fn with_charges(batch: RecordBatch, charges: Vec<Charge>) -> Arc<Chunk> {
        let ranges = batch.columns().iter().map(|_| OnceLock::new()).collect();
        let norms = batch.columns().iter().map(|_| OnceLock::new()).collect();
        Arc::new(Chunk { batch, charges, ranges, norms })
    }

    /// The squared norms of a column's vectors, computed once and kept with the chunk. The values at NULL
    /// rows are unspecified. `None` for columns that are not vectors of floats, and when there is no memory
    /// for the norms.
    ///
    /// # Errors
    /// Cancellation.
    pub fn norms(
        &self,
        column: usize,
        pool: &Arc<MemoryPool>,
        control: &Control,
    ) -> linal_tensor::Result<Option<ArrayRef>> {
        let squares = |norms: &Option<Norms>| norms.as_ref().map(|norms| norms.squares.clone());
        if let Some(known) = self.norms[column].get() {
            return Ok(squares(known));
        }
        let found = norms_of(self.batch.column(column), pool, control)?;
        // If two queries compute the norms at once, the first result is kept; both are equal.
        Ok(squares(self.norms[column].get_or_init(|| found)))
    }

    /// The minimum and maximum of an integer or date column, computed once; `None` for columns of other
    /// types, and when all values are NULL.
    pub fn range(&self, column: usize) -> Option<(i64, i64)> {
        *self.ranges[column].get_or_init(|| range_of(self.batch.column(column)))
    }

    /// A chunk whose memory is reserved from the pool.
    ///
    /// # Errors
    /// `E0501` when the engine's limit is reached.
    pub fn new(batch: RecordBatch, pool: &Arc<MemoryPool>) -> Result<Arc<Chunk>> {
        let bytes = batch.columns().iter().map(|column| bytes_of(column)).sum();
        let charge = pool.reserve("dataset", bytes)?;
        Ok(Chunk::charged(batch, Some(Arc::new(charge))))
    }

    /// The reservations, one for each column.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Concatenates chunks.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit.
    pub fn concat(schema: &SchemaRef, chunks: &[Arc<Chunk>], pool: &Arc<MemoryPool>) -> Result<Arc<Chunk>> {
        let bytes =
            chunks.iter().flat_map(|chunk| chunk.batch.columns()).map(|column| bytes_of(column)).sum();
        let charge = pool.reserve("dataset", bytes)?;
        let batch = concat_batches(schema, chunks.iter().map(|chunk| &chunk.batch)).map_err(arrow_error)?;
        let columns: Vec<ArrayRef> = batch.columns().iter().map(compact_text).collect();
        let batch = with_columns(schema, columns, batch.num_rows())?;
        Ok(Chunk::charged(batch, Some(Arc::new(charge))))
    }
}

/// A batch of columns of one length. There may be no columns.
pub fn with_columns(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(arrow_error)
}

/// Size of a column's rows in bytes, regardless of the size of its buffers.
pub fn bytes_of(column: &dyn Array) -> usize {
    let fixed = column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size());
    // The size of the views does not include the text that they point to.
    fixed + column.as_string_view_opt().map_or(0, StringViewArray::total_buffer_bytes_used)
}

/// Copies text of many buffers into a new buffer, since concatenating views keeps every buffer that they
/// point into.
fn compact_text(column: &ArrayRef) -> ArrayRef {
    const MANY: usize = 4;
    match column.as_any().downcast_ref::<StringViewArray>() {
        Some(text) if text.data_buffers().len() > MANY => Arc::new(text.gc()),
        _ => column.clone(),
    }
}

/// The flat elements of vectors of floats; `None` for other types, and when an element is NULL. The values at
/// NULL rows are unspecified.
pub fn floats(list: &FixedSizeListArray) -> Option<Data<'_>> {
    if list.values().null_count() > 0 {
        return None;
    }
    match list.value_type() {
        DataType::Float32 => Some(Data::F32(list.values().as_primitive::<Float32Type>().values())),
        DataType::Float64 => Some(Data::F64(list.values().as_primitive::<Float64Type>().values())),
        _ => None,
    }
}

fn norms_of(
    column: &ArrayRef,
    pool: &Arc<MemoryPool>,
    control: &Control,
) -> linal_tensor::Result<Option<Norms>> {
    let Some(list) = column.as_fixed_size_list_opt() else { return Ok(None) };
    let Some(data) = floats(list) else { return Ok(None) };
    let Ok(charge) = pool.reserve("norms", size_of::<f64>() * list.len()) else { return Ok(None) };
    let dims = [list.len(), list.value_length() as usize];
    let view = View { data, layout: Layout::contiguous(Shape::new(&dims)) };
    let squares = Float64Array::from(batch_distance::squared_norms(&view, list.len(), control)?);
    Ok(Some(Norms { squares: Arc::new(squares), _charge: charge }))
}

fn range_of(column: &ArrayRef) -> Option<(i64, i64)> {
    fn of<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &ArrayRef) -> Option<(i64, i64)> {
        let numbers = column.as_primitive::<T>();
        Some((min(numbers)?.into(), max(numbers)?.into()))
    }
    match column.data_type() {
        DataType::Int64 => of::<Int64Type>(column),
        DataType::Int32 => of::<Int32Type>(column),
        DataType::Date32 => of::<Date32Type>(column),
        _ => None,
    }
}
