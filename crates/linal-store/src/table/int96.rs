//! 96-bit timestamps in Parquet files of Spark, Hive and Impala: a day, and nanoseconds of that day.
//!
//! As microseconds they reach every year and lose digits; as nanoseconds they keep the digits and wrap
//! outside the years 1677 to 2262. So both are read, and a column that would lose digits becomes nanoseconds.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{
    DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;

use crate::error::{ReadError, Result};

/// The 96-bit columns among the selected ones.
pub(super) struct Int96Columns {
    /// The file read as nanoseconds, and its 96-bit columns.
    pub(super) metadata: ArrowReaderMetadata,
    pub(super) mask: ProjectionMask,
    columns: Vec<Column>,
}

struct Column {
    /// The index among the selected columns.
    at: usize,
    /// The values as nanoseconds, one array per batch.
    nanoseconds: Vec<ArrayRef>,
    /// Whether microseconds lose digits.
    has_digits: bool,
}

/// The 96-bit columns among the root columns at `places`, and the file with them as microseconds.
pub(super) fn find(
    metadata: &ArrowReaderMetadata,
    places: &[usize],
) -> std::result::Result<Option<(ArrowReaderMetadata, Int96Columns)>, ArrowError> {
    let schema = metadata.parquet_schema();
    let mut roots = Vec::new();
    for (leaf, column) in schema.columns().iter().enumerate() {
        let root = schema.get_column_root_idx(leaf);
        if column.physical_type() != PhysicalType::INT96 || !places.contains(&root) {
            continue;
        }
        if column.path().parts().len() > 1 {
            let name = column.path().string();
            return Err(ArrowError::NotYetImplemented(format!(
                "column `{name}` nests timestamps of 96 bits"
            )));
        }
        roots.push(root);
    }
    if roots.is_empty() {
        return Ok(None);
    }
    let micros = with_unit(metadata, &roots, TimeUnit::Microsecond)?;
    let exact = with_unit(metadata, &roots, TimeUnit::Nanosecond)?;
    let column = |(at, root): (usize, &usize)| {
        roots.contains(root).then(|| Column { at, nanoseconds: Vec::new(), has_digits: false })
    };
    let columns = places.iter().enumerate().filter_map(column).collect();
    let mask = ProjectionMask::roots(schema, roots.iter().copied());
    Ok(Some((micros, Int96Columns { metadata: exact, mask, columns })))
}

/// The file with its 96-bit columns read in a unit.
fn with_unit(
    metadata: &ArrowReaderMetadata,
    roots: &[usize],
    unit: TimeUnit,
) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let fields = metadata.schema().fields().iter().enumerate().map(|(at, field)| match field.data_type() {
        DataType::Timestamp(_, zone) if roots.contains(&at) => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Timestamp(unit, zone.clone())))
        }
        _ => field.clone(),
    });
    let schema = Schema::new_with_metadata(fields.collect::<Vec<_>>(), metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)
}

impl Int96Columns {
    /// Compares a batch with the same rows in nanoseconds.
    pub(super) fn compare(
        &mut self,
        micros: &RecordBatch,
        nanos: &RecordBatch,
    ) -> std::result::Result<(), ArrowError> {
        let differ = || ArrowError::ParquetError("columns differ in their number of rows".to_string());
        for (column, nanos) in self.columns.iter_mut().zip(nanos.columns()) {
            let micros = micros.column(column.at).as_primitive_opt::<TimestampMicrosecondType>();
            let values = nanos.as_primitive_opt::<TimestampNanosecondType>();
            let (Some(micros), Some(values)) = (micros, values) else { return Err(differ()) };
            if micros.len() != values.len() {
                return Err(differ());
            }
            // Both wrap alike, so their difference is what microseconds truncate.
            let digits = |(micros, nanos): (i64, i64)| nanos != micros.wrapping_mul(1000);
            let pairs = micros.iter().zip(values).filter_map(|(micros, nanos)| Some((micros?, nanos?)));
            column.has_digits |= pairs.into_iter().any(digits);
            column.nanoseconds.push(nanos.clone());
        }
        Ok(())
    }

    /// Replaces microseconds by nanoseconds where those lose digits.
    ///
    /// # Errors
    /// When such a column also has days that nanoseconds cannot represent.
    pub(super) fn restore(
        self,
        place: &str,
        schema: &mut SchemaRef,
        batches: &mut [RecordBatch],
    ) -> Result<()> {
        for column in self.columns.into_iter().filter(|column| column.has_digits) {
            let field = schema.field(column.at);
            let reach = |batch: &RecordBatch| {
                let micros = batch.column(column.at).as_primitive_opt::<TimestampMicrosecondType>();
                micros.is_some_and(|micros| micros.iter().flatten().all(|x| x.checked_mul(1000).is_some()))
            };
            if !batches.iter().all(reach) {
                return Err(ReadError::unsupported(format!(
                    "{place}, column `{}` has nanoseconds beside days outside of the years 1677 to 2262, and no type holds both",
                    field.name()
                )));
            }
            let zone = match field.data_type() {
                DataType::Timestamp(_, zone) => zone.clone(),
                _ => None,
            };
            let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
            fields[column.at] =
                fields[column.at].clone().with_data_type(DataType::Timestamp(TimeUnit::Nanosecond, zone));
            *schema = Arc::new(Schema::new(fields));
            for (batch, nanos) in batches.iter_mut().zip(column.nanoseconds) {
                let mut arrays = batch.columns().to_vec();
                arrays[column.at] = nanos;
                let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
                *batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
                    .map_err(|error| ReadError::bad_format(format!("{place} is damaged: {error}")))?;
            }
        }
        Ok(())
    }
}
