//! 96-bit timestamps in Parquet files of Spark, Hive and Impala: a day, and nanoseconds of that day.
//!
//! As microseconds they reach every year and lose digits; as nanoseconds they keep the digits and wrap
//! outside the years 1677 to 2262. So both are read, and a column that would lose digits becomes nanoseconds.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{
    DataType, FieldRef, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
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
    /// Whether a day is beyond nanoseconds.
    is_far: bool,
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
        roots.contains(root).then(|| Column { at, nanoseconds: Vec::new(), has_digits: false, is_far: false })
    };
    let columns = places.iter().enumerate().filter_map(column).collect();
    let mask = ProjectionMask::roots(schema, roots.iter().copied());
    Ok(Some((micros, Int96Columns { metadata: exact, mask, columns })))
}

/// The file with its 96-bit columns read in a unit.
pub(super) fn with_unit(
    metadata: &ArrowReaderMetadata,
    roots: &[usize],
    unit: TimeUnit,
) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let schema = in_unit(metadata.schema(), roots, unit);
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)
}

impl Int96Columns {
    /// Whether a selected column is one of them.
    pub(super) fn has(&self, at: usize) -> bool {
        self.columns.iter().any(|column| column.at == at)
    }

    /// Compares a batch of the selected columns with the same rows in nanoseconds.
    pub(super) fn compare(
        &mut self,
        micros: &RecordBatch,
        nanos: &RecordBatch,
    ) -> std::result::Result<(), ArrowError> {
        let all: Vec<usize> = (0..micros.num_columns()).collect();
        self.compare_within(&all, micros, nanos)
    }

    /// [`Int96Columns::compare`] with a batch of some of the selected columns.
    pub(super) fn compare_within(
        &mut self,
        selected: &[usize],
        micros: &RecordBatch,
        nanos: &RecordBatch,
    ) -> std::result::Result<(), ArrowError> {
        let differ = || ArrowError::ParquetError("columns differ in their number of rows".to_string());
        for (column, nanos) in self.columns.iter_mut().zip(nanos.columns()) {
            let at = selected.iter().position(|&at| at == column.at).ok_or_else(differ)?;
            let micros = micros.column(at).as_primitive_opt::<TimestampMicrosecondType>();
            let values = nanos.as_primitive_opt::<TimestampNanosecondType>();
            let (Some(micros), Some(values)) = (micros, values) else { return Err(differ()) };
            if micros.len() != values.len() {
                return Err(differ());
            }
            // Both wrap alike, so their difference is what microseconds truncate.
            let digits = |(micros, nanos): (i64, i64)| nanos != micros.wrapping_mul(1000);
            let pairs = micros.iter().zip(values).filter_map(|(micros, nanos)| Some((micros?, nanos?)));
            column.has_digits |= pairs.into_iter().any(digits);
            column.is_far |= micros.iter().flatten().any(|micros| micros.checked_mul(1000).is_none());
        }
        Ok(())
    }

    /// Keeps the values in nanoseconds, for [`Int96Columns::restore`].
    pub(super) fn keep(&mut self, nanos: &RecordBatch) {
        for (column, nanos) in self.columns.iter_mut().zip(nanos.columns()) {
            column.nanoseconds.push(nanos.clone());
        }
    }

    /// The indices, among the selected columns, of those that microseconds would cut.
    ///
    /// # Errors
    /// When such a column also has days that nanoseconds cannot represent.
    pub(super) fn exact(&self, place: &str, schema: &Schema) -> Result<Vec<usize>> {
        let cut = |column: &&Column| column.has_digits;
        if let Some(column) = self.columns.iter().filter(cut).find(|column| column.is_far) {
            return Err(ReadError::unsupported(format!(
                "{place}, column `{}` has nanoseconds beside days outside of the years 1677 to 2262, and no type holds both",
                schema.field(column.at).name()
            )));
        }
        Ok(self.columns.iter().filter(cut).map(|column| column.at).collect())
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
        let exact = self.exact(place, schema)?;
        if exact.is_empty() {
            return Ok(());
        }
        *schema = Arc::new(in_unit(schema, &exact, TimeUnit::Nanosecond));
        for column in self.columns.into_iter().filter(|column| exact.contains(&column.at)) {
            for (batch, nanos) in batches.iter_mut().zip(column.nanoseconds) {
                let mut arrays = batch.columns().to_vec();
                arrays[column.at] = nanos;
                let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
                let fields = column_types(schema, &arrays);
                *batch = RecordBatch::try_new_with_options(fields, arrays, &options)
                    .map_err(|error| ReadError::bad_format(format!("{place} is damaged: {error}")))?;
            }
        }
        Ok(())
    }
}

/// The schema with some timestamps in a unit.
fn in_unit(schema: &Schema, columns: &[usize], unit: TimeUnit) -> Schema {
    let field = |(at, field): (usize, &FieldRef)| match field.data_type() {
        DataType::Timestamp(_, zone) if columns.contains(&at) => {
            let kind = DataType::Timestamp(unit, zone.clone());
            Arc::new(field.as_ref().clone().with_data_type(kind))
        }
        _ => field.clone(),
    };
    let fields: Vec<FieldRef> = schema.fields().iter().enumerate().map(field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

/// The schema with the types of the arrays, of which some may still be microseconds.
fn column_types(schema: &Schema, arrays: &[ArrayRef]) -> SchemaRef {
    let field = |(field, array): (&FieldRef, &ArrayRef)| {
        Arc::new(field.as_ref().clone().with_data_type(array.data_type().clone()))
    };
    Arc::new(Schema::new(schema.fields().iter().zip(arrays).map(field).collect::<Vec<_>>()))
}
