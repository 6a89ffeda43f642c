//! Formats that declare the types of their columns: Parquet, Arrow, NumPy, HDF5, Zarr.

use std::path::Path;

use arrow::datatypes::{DataType, Field, TimeUnit};

use super::columns::{ColumnFacts, Columns};
use super::reader::{FileReader, Surveyed};
use crate::column::ColumnType;
use crate::error::Result;
use crate::progress::ReadContext;
use crate::table::stream::{TableStream, open_file};
use crate::table::{TableFormat, TableOptions};

/// The reader of files of a format.
pub(super) struct ArrowFiles(pub(super) TableFormat);

/// The column of a file.
pub(super) struct DeclaredColumn {
    field: Field,
    /// Whether the file declares no type, for all rows are NULL.
    untyped: bool,
}

impl FileReader for ArrowFiles {
    type Facts = DeclaredColumn;
    type Layout = ();

    fn survey(
        &self,
        path: &Path,
        options: &TableOptions,
        context: &ReadContext<'_>,
    ) -> Result<Surveyed<DeclaredColumn, ()>> {
        let stream = open_file(path, self.0, options, context)?;
        let fields = stream.schema().fields().iter().enumerate();
        let columns = fields.map(|(at, field)| {
            let column = DeclaredColumn { field: field.as_ref().clone(), untyped: stream.is_untyped(at) };
            (field.name().clone(), column)
        });
        let (columns, notices) = (columns.collect(), stream.notices().to_vec());
        Ok(Surveyed { columns, layout: (), rows: 0, is_blank: false, notices })
    }

    fn open<'a>(
        &self,
        path: &Path,
        _: (&(), usize),
        _: &Columns<DeclaredColumn>,
        options: &TableOptions,
        context: &ReadContext<'a>,
    ) -> Result<TableStream<'a>> {
        open_file(path, self.0, options, context)
    }
}

impl ColumnFacts for DeclaredColumn {
    fn merge(&self, other: &DeclaredColumn) -> Option<DeclaredColumn> {
        let nullable = self.field.is_nullable() || other.field.is_nullable();
        let untyped = self.untyped && other.untyped;
        let field = if self.untyped {
            other.field.clone()
        } else if other.untyped || self.describe() == other.describe() {
            self.field.clone()
        } else {
            self.field.clone().with_data_type(common_type(self.field.data_type(), other.field.data_type())?)
        };
        Some(DeclaredColumn { field: field.with_nullable(nullable), untyped })
    }

    fn describe(&self) -> String {
        ColumnType::of(&self.field).to_string()
    }

    fn field(&self, name: &str) -> Field {
        self.field.clone().with_name(name)
    }
}

/// The type that holds both of two different types. Beside integers among floats these are the types that
/// depend on the rows of a file: nanoseconds, large unsigned integers, times of day in dates.
fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Date32, Decimal128, Float64, Int64, Timestamp};
    let common = match (a, b) {
        (Int64, Float64) | (Float64, Int64) => Float64,
        (Int64, Decimal128(38, 0)) | (Decimal128(38, 0), Int64) => Decimal128(38, 0),
        (Date32, Timestamp(TimeUnit::Microsecond, None)) => b.clone(),
        (Timestamp(TimeUnit::Microsecond, None), Date32) => a.clone(),
        (Timestamp(TimeUnit::Microsecond, zone), Timestamp(TimeUnit::Nanosecond, other))
        | (Timestamp(TimeUnit::Nanosecond, other), Timestamp(TimeUnit::Microsecond, zone))
            if zone == other =>
        {
            Timestamp(TimeUnit::Nanosecond, zone.clone())
        }
        _ => return None,
    };
    Some(common)
}
