//! Creates a dataset from the rows of a query or a file.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampNanosecondType};
use linal_error::Code;
use linal_store::ColumnType;
use linal_tensor::MemoryPool;

use super::chunk::{Chunk, with_columns};
use super::definition::{check_distinct, schema_of};
use super::{ColumnDef, Limit, Snapshot, arrow_error};
use crate::error::{Error, Result};

/// The columns of a dataset that is made of rows. Columns are converted to the types of the language: integers of
/// every width to Int, text to String, half-precision floats to Real.
#[derive(Clone, Debug)]
pub struct RowConversion {
    columns: Vec<ColumnDef>,
    schema: SchemaRef,
}

impl RowConversion {
    /// The conversion of rows of a schema; `batches` are all rows, which decide what becomes of nanoseconds.
    ///
    /// # Errors
    /// Duplicate column names, or a type that datasets do not support.
    pub fn new(schema: &Schema, batches: &[RecordBatch]) -> Result<RowConversion> {
        let columns: Vec<ColumnDef> =
            (0..schema.fields().len()).map(|at| column_of(schema, batches, at)).collect::<Result<_>>()?;
        check_distinct(&columns)
            .map_err(|(_, error)| error.with_help("give one of them another name with AS"))?;
        Ok(RowConversion { schema: schema_of(&columns), columns })
    }

    /// The conversion of rows that are not known yet; `None` when the types depend on them.
    ///
    /// # Errors
    /// Those of [`RowConversion::new`].
    pub fn of_schema(schema: &Schema) -> Result<Option<RowConversion>> {
        let is_open =
            |field: &Arc<Field>| matches!(field.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _));
        if schema.fields().iter().any(is_open) {
            return Ok(None);
        }
        RowConversion::new(schema, &[]).map(Some)
    }

    /// A dataset with these columns and no rows.
    pub fn empty(&self, name: &str, pool: &Arc<MemoryPool>) -> Snapshot {
        Snapshot::empty(name, self.columns.clone(), pool)
    }

    /// The rows in the types of the columns. Buffers that have them already are shared.
    ///
    /// # Errors
    /// A value that does not fit.
    pub fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let convert = |(array, field): (&ArrayRef, &Arc<Field>)| {
            if array.data_type() == field.data_type() {
                return Ok(array.clone());
            }
            // A value that does not fit is an error rather than NULL.
            let options = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array, field.data_type(), &options).map_err(arrow_error)
        };
        let arrays = batch.columns().iter().zip(self.schema.fields()).map(convert);
        with_columns(&self.schema, arrays.collect::<Result<_>>()?, batch.num_rows())
    }
}

impl Snapshot {
    /// A dataset of these rows, by [`RowConversion`].
    ///
    /// # Errors
    /// Those of the conversion, or the memory limit.
    pub fn from_rows(
        name: &str,
        schema: &SchemaRef,
        batches: &[RecordBatch],
        pool: &Arc<MemoryPool>,
    ) -> Result<Snapshot> {
        let conversion = RowConversion::new(schema, batches)?;
        let chunks = batches
            .iter()
            .filter(|batch| batch.num_rows() > 0)
            .map(|batch| Chunk::new(conversion.convert(batch)?, pool))
            .collect::<Result<Vec<_>>>()?;
        Ok(conversion.empty(name, pool).with_chunks(chunks))
    }
}

fn column_of(schema: &Schema, batches: &[RecordBatch], at: usize) -> Result<ColumnDef> {
    let field = schema.field(at);
    let column_type = match ColumnType::of(field) {
        // A conversion to microseconds would lose digits silently.
        ColumnType::Other(data_type) if batches.iter().any(|batch| has_nanoseconds(batch.column(at))) => {
            ColumnType::Other(data_type)
        }
        ColumnType::Other(data_type) => stored_type(&data_type).ok_or_else(|| {
            let message = format!("the column `{}` is {data_type}, which no dataset holds", field.name());
            Error::new(Code::TypeMismatch, message).with_help("CAST it to a type of the language")
        })?,
        known => known,
    };
    // The column is nullable, since later rows may have NULL.
    Ok(ColumnDef::new(field.name().as_str(), column_type, true).with_limit(Limit::of_field(field)))
}

/// Whether a timestamp has more fractional digits than microseconds can hold.
fn has_nanoseconds(array: &ArrayRef) -> bool {
    let timestamps = array.as_primitive_opt::<TimestampNanosecondType>();
    timestamps.is_some_and(|values| values.iter().flatten().any(|nanos| nanos % 1000 != 0))
}

/// The stored type of a result's column.
fn stored_type(data_type: &DataType) -> Option<ColumnType> {
    use DataType::*;
    Some(match data_type {
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | UInt64 => ColumnType::Int,
        Float16 => ColumnType::Real,
        Timestamp(_, None) => ColumnType::Timestamp,
        Date64 => ColumnType::Date,
        // A column of NULLs only becomes text, which any later value can be converted to.
        Null => ColumnType::String,
        Dictionary(_, value) => ColumnType::of(&Field::new("", value.as_ref().clone(), true)),
        Decimal128(..) | Timestamp(..) | Time64(_) | Time32(_) | Interval(_) | Duration(_) | Binary
        | LargeBinary | BinaryView | Decimal256(..) => ColumnType::Other(data_type.clone()),
        List(_) | LargeList(_) | FixedSizeList(..) | Struct(_) => ColumnType::Other(data_type.clone()),
        _ => return None,
    })
}
