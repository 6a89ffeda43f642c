//! Decodes rows to batches, once the types of all columns are known.

use std::io::BufRead;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;

use super::columns::Columns;
use super::rows::Rows;
use crate::column::TensorType;
use crate::error::Result;
use crate::table::budget::Budget;
use crate::table::normalize::catch_failure;
use crate::table::stream::{BATCH_BYTES, BATCH_ROWS};

/// Memory per byte of text during decoding.
const TAPE_BYTES_PER_BYTE: usize = 8;

/// The size of the text of a batch, of which the decoder makes a multiple.
const TEXT_BYTES: usize = BATCH_BYTES / 2;

/// The decoder of a file.
pub(super) struct Decoding {
    columns: Columns,
    decoder: Decoder,
    /// The schema with tensors.
    pub(super) schema: SchemaRef,
}

impl Decoding {
    pub(super) fn new(place: &str, columns: Columns) -> Result<Decoding> {
        let decoder = catch_failure(place, || {
            ReaderBuilder::new(Arc::new(columns.decoded_schema()))
                .with_batch_size(BATCH_ROWS.min(columns.rows.max(1)))
                .with_coerce_primitive(true)
                .build_decoder()
        })?;
        let schema = Arc::new(columns.schema());
        Ok(Decoding { columns, decoder, schema })
    }

    /// Number of rows of the file.
    pub(super) fn rows(&self) -> usize {
        self.columns.rows
    }

    /// Decodes the next rows: at most [`BATCH_ROWS`], and of few bytes unless a row is longer. `None` at the
    /// end.
    pub(super) fn batch<R: BufRead>(
        &mut self,
        rows: &mut Rows<R>,
        budget: &mut Budget,
    ) -> Result<Option<RecordBatch>> {
        let place = rows.place.clone();
        let (mut count, mut bytes) = (0, 0);
        while count < BATCH_ROWS && bytes < TEXT_BYTES {
            let Some(row) = rows.next()? else { break };
            budget.add(row.bytes.len().saturating_mul(TAPE_BYTES_PER_BYTE))?;
            catch_failure(&place, || self.decoder.decode(row.bytes))?;
            count += 1;
            bytes += row.bytes.len();
        }
        if count == 0 {
            return Ok(None);
        }
        catch_failure(&place, || self.flush(count)).map(Some)
    }

    fn flush(&mut self, count: usize) -> std::result::Result<RecordBatch, ArrowError> {
        let batch = self.decoder.flush()?;
        let batch = batch.ok_or_else(|| ArrowError::JsonError("a row has no end".to_string()))?;
        let mut arrays = Vec::with_capacity(batch.num_columns());
        for (column, array) in self.columns.iter().zip(batch.columns()) {
            arrays.push(match column.kind.tensor() {
                Some(tensor) => flatten(&tensor, array)?,
                None => array.clone(),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
    }
}

/// Flattens nested lists of fixed length to one list of all elements.
fn flatten(tensor: &TensorType, array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let mut values = array.clone();
    while let DataType::FixedSizeList(_, _) = values.data_type() {
        values = values.as_fixed_size_list().values().clone();
    }
    let width = i32::try_from(tensor.width()).unwrap_or(i32::MAX);
    let nulls = array.nulls().cloned();
    let list =
        FixedSizeListArray::try_new_with_length(tensor.item_field(), width, values, nulls, array.len())?;
    Ok(Arc::new(list))
}
