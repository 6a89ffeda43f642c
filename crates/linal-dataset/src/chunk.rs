//! Immutable rows.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array, RecordBatch, StringViewArray,
};
use arrow::compute::{concat_batches, max, min};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type, SchemaRef,
};
use linal_error::Code;
use linal_store::database::{RowGroup, StagedRows};
use linal_tensor::kernel::batch_distance;
use linal_tensor::{Control, Data, Layout, MemoryPool, Reservation, Shape, View};

use super::arrow_error;
use super::column_cache::ColumnCache;
use super::column_values::{self, Charge, ColumnValues, bytes_of, store_error};
use crate::error::{Error, Result};

/// Immutable rows of a dataset, in memory or in a directory. Snapshots share them.
#[derive(Debug)]
pub struct Chunk {
    /// At least one.
    rows: usize,
    columns: Box<[ColumnValues]>,
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

impl Chunk {
    /// A chunk of columns of one length.
    pub(crate) fn of(rows: usize, columns: Vec<ColumnValues>) -> Arc<Chunk> {
        let ranges = columns.iter().map(|_| OnceLock::new()).collect();
        let norms = columns.iter().map(|_| OnceLock::new()).collect();
        Arc::new(Chunk { rows, columns: columns.into(), ranges, norms })
    }

    /// A chunk whose memory is already reserved.
    pub fn charged(batch: &RecordBatch, charge: &Charge) -> Arc<Chunk> {
        let column = |values: &ArrayRef| ColumnValues::Memory(values.clone(), charge.clone());
        Chunk::of(batch.num_rows(), batch.columns().iter().map(column).collect())
    }

    /// A row group of a directory; `columns` are the numbers of the dataset's columns. Rows of the catalog are
    /// in memory, and are charged to the pool.
    ///
    /// # Errors
    /// `E0501` when they do not fit; a catalog that is damaged.
    pub fn stored(
        group: RowGroup,
        columns: &[u64],
        cache: &Arc<ColumnCache>,
        pool: &Arc<MemoryPool>,
    ) -> Result<Arc<Chunk>> {
        let rows = group.rows();
        if !group.is_inline() {
            return Ok(Chunk::of(rows, ColumnValues::of_group(group, columns, cache, None)));
        }
        let read = group.read(columns).map_err(store_error)?;
        let values = read.iter().map(|column| {
            let charge = pool.reserve("dataset", bytes_of(column.array()))?;
            Ok(ColumnValues::Memory(column.array().clone(), Some(Arc::new(charge))))
        });
        Ok(Chunk::of(rows, values.collect::<Result<_>>()?))
    }

    /// A row group of staged rows, whose columns they have in order.
    pub fn staged(group: RowGroup, staged: &Arc<StagedRows>, cache: &Arc<ColumnCache>) -> Arc<Chunk> {
        let numbers: Vec<u64> = staged.columns().iter().map(|column| column.id).collect();
        Chunk::of(group.rows(), ColumnValues::of_group(group, &numbers, cache, Some(staged.clone())))
    }

    /// The staged rows that the chunk is a part of, if it is as it was written.
    pub fn staged_rows(&self) -> Option<&Arc<StagedRows>> {
        fn staged(column: &ColumnValues) -> Option<&Arc<StagedRows>> {
            match column {
                ColumnValues::Stored(stored) => stored.staged(),
                ColumnValues::Memory(..) => None,
            }
        }
        let first = self.columns.first().and_then(staged)?;
        let is_whole =
            self.columns.iter().all(|column| staged(column).is_some_and(|other| Arc::ptr_eq(other, first)));
        is_whole.then_some(first)
    }

    /// Some rows of a column. Of a mapped column that is not in memory only these are read and verified.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn slice(&self, at: usize, rows: std::ops::Range<usize>) -> Result<ArrayRef> {
        let known = self.columns[at].known();
        if let (None, ColumnValues::Stored(stored)) = (&known, &self.columns[at])
            && let Some(slice) = stored.slice(rows.clone())?
        {
            return Ok(slice);
        }
        let values = known.map_or_else(|| self.column(at), Ok)?;
        Ok(values.slice(rows.start, rows.len()))
    }

    /// The values of a column.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn column(&self, at: usize) -> Result<ArrayRef> {
        match &self.columns[at] {
            ColumnValues::Memory(values, _) => Ok(values.clone()),
            stored @ ColumnValues::Stored(_) => self.column_of(stored),
        }
    }

    fn column_of(&self, values: &ColumnValues) -> Result<ArrayRef> {
        let read = column_values::read(&[values])?;
        read.into_iter().next().ok_or_else(|| Error::new(Code::InternalError, "a column has no values"))
    }

    /// The values of some columns, which are read together.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn read(&self, columns: &[usize]) -> Result<Vec<ArrayRef>> {
        let columns: Vec<&ColumnValues> = columns.iter().map(|&at| &self.columns[at]).collect();
        column_values::read(&columns)
    }

    /// All columns under a schema.
    ///
    /// # Errors
    /// A file of the directory that is missing or damaged.
    pub fn batch(&self, schema: &SchemaRef) -> Result<RecordBatch> {
        let columns: Vec<&ColumnValues> = self.columns.iter().collect();
        with_columns(schema, column_values::read(&columns)?, self.rows)
    }

    /// The columns that are in memory now.
    pub fn in_memory(&self) -> impl Iterator<Item = ArrayRef> {
        self.columns.iter().filter_map(ColumnValues::known)
    }

    /// Whether any column is read from a directory when it is needed.
    pub fn is_stored(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, ColumnValues::Stored(_)))
    }

    /// Where the columns are.
    pub fn columns(&self) -> &[ColumnValues] {
        &self.columns
    }

    /// The squared norms of a column's vectors, computed once and kept with the chunk. The values at NULL
    /// rows are unspecified. `None` for columns that are not vectors of floats, and when there is no memory
    /// for the norms.
    ///
    /// # Errors
    /// Cancellation; a file of the directory that is missing or damaged.
    pub fn norms(
        &self,
        column: usize,
        pool: &Arc<MemoryPool>,
        control: &Control,
    ) -> Result<Option<ArrayRef>> {
        let squares = |norms: &Option<Norms>| norms.as_ref().map(|norms| norms.squares.clone());
        if let Some(known) = self.norms[column].get() {
            return Ok(squares(known));
        }
        let found = norms_of(&self.column(column)?, pool, control)?;
        // If two queries compute the norms at once, the first result is kept; both are equal.
        Ok(squares(self.norms[column].get_or_init(|| found)))
    }

    /// The minimum and maximum of an integer or date column; `None` for columns of other types, and when all
    /// values are NULL. They are computed once from values in memory; those of a stored column are the bounds
    /// of its segment, which may be wider.
    pub fn range(&self, column: usize) -> Option<(i64, i64)> {
        *self.ranges[column].get_or_init(|| match &self.columns[column] {
            ColumnValues::Memory(values, _) => range_of(values),
            ColumnValues::Stored(stored) => {
                let statistics = stored.statistics();
                Some((range_of(&statistics.min?)?.0, range_of(&statistics.max?)?.1))
            }
        })
    }

    /// A chunk whose memory is reserved from the pool.
    ///
    /// # Errors
    /// `E0501` when the engine's limit is reached.
    pub fn new(batch: RecordBatch, pool: &Arc<MemoryPool>) -> Result<Arc<Chunk>> {
        let bytes = batch.columns().iter().map(|column| bytes_of(column)).sum();
        let charge = pool.reserve("dataset", bytes)?;
        Ok(Chunk::charged(&batch, &Some(Arc::new(charge))))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Concatenates chunks.
    ///
    /// # Errors
    /// When the copy does not fit the memory limit.
    pub fn concat(schema: &SchemaRef, chunks: &[Arc<Chunk>], pool: &Arc<MemoryPool>) -> Result<Arc<Chunk>> {
        let batches: Vec<RecordBatch> =
            chunks.iter().map(|chunk| chunk.batch(schema)).collect::<Result<_>>()?;
        let bytes = batches.iter().flat_map(RecordBatch::columns).map(|column| bytes_of(column)).sum();
        let charge = pool.reserve("dataset", bytes)?;
        let batch = concat_batches(schema, &batches).map_err(arrow_error)?;
        let columns: Vec<ArrayRef> = batch.columns().iter().map(compact_text).collect();
        let batch = with_columns(schema, columns, batch.num_rows())?;
        Ok(Chunk::charged(&batch, &Some(Arc::new(charge))))
    }
}

/// A batch of columns of one length. There may be no columns.
pub fn with_columns(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(arrow_error)
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
