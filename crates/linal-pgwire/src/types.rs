//! The types of columns, as PostgreSQL names them.

use arrow::datatypes::{DataType, Field, TimeUnit};
use linal::{ColumnType, DType};
use pgwire::api::Type;
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldFormat, FieldInfo};

/// How the cells of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `int2`
    Int2,
    /// `int4`
    Int4,
    /// `int8`
    Int8,
    /// `float4`
    Float4,
    /// `float8`
    Float8,
    /// `text`
    Text,
    /// `bytea`
    Bytea,
    /// `date`
    Date,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`
    TimestampTz,
    /// `numeric`
    Numeric,
    /// An array, with the lengths of the axes of a cell if all have the same.
    Array(Box<Kind>, Vec<usize>),
    /// `text`, as the language writes the value.
    Other,
}

impl Kind {
    /// The kind of a column.
    pub fn of(field: &Field) -> Kind {
        if let ColumnType::Tensor(tensor) = ColumnType::of(field) {
            let element = match tensor.dtype {
                DType::Bool => Kind::Bool,
                DType::I64 => Kind::Int8,
                DType::F32 => Kind::Float4,
                DType::F64 => Kind::Float8,
                DType::C64 | DType::C128 => return Kind::Other,
            };
            return Kind::Array(Box::new(element), tensor.shape.dims().to_vec());
        }
        Kind::of_type(field.data_type())
    }

    fn of_type(kind: &DataType) -> Kind {
        match kind {
            DataType::Boolean => Kind::Bool,
            DataType::Int8 | DataType::Int16 | DataType::UInt8 => Kind::Int2,
            DataType::Int32 | DataType::UInt16 => Kind::Int4,
            DataType::Int64 | DataType::UInt32 => Kind::Int8,
            DataType::Float16 | DataType::Float32 => Kind::Float4,
            DataType::Float64 => Kind::Float8,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Kind::Text,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Kind::Bytea,
            DataType::Date32 => Kind::Date,
            DataType::Timestamp(_, None) => Kind::Timestamp,
            DataType::Timestamp(_, Some(_)) => Kind::TimestampTz,
            DataType::UInt64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Kind::Numeric,
            DataType::List(item) | DataType::LargeList(item) => match Kind::of_type(item.data_type()) {
                Kind::Array(..) | Kind::Other => Kind::Other,
                element => Kind::Array(Box::new(element), Vec::new()),
            },
            _ => Kind::Other,
        }
    }

    /// The type that clients are told.
    pub fn pg(&self) -> Type {
        match self {
            Kind::Bool => Type::BOOL,
            Kind::Int2 => Type::INT2,
            Kind::Int4 => Type::INT4,
            Kind::Int8 => Type::INT8,
            Kind::Float4 => Type::FLOAT4,
            Kind::Float8 => Type::FLOAT8,
            Kind::Text | Kind::Other => Type::TEXT,
            Kind::Bytea => Type::BYTEA,
            Kind::Date => Type::DATE,
            Kind::Timestamp => Type::TIMESTAMP,
            Kind::TimestampTz => Type::TIMESTAMPTZ,
            Kind::Numeric => Type::NUMERIC,
            Kind::Array(element, _) => match **element {
                Kind::Bool => Type::BOOL_ARRAY,
                Kind::Int2 => Type::INT2_ARRAY,
                Kind::Int4 => Type::INT4_ARRAY,
                Kind::Int8 => Type::INT8_ARRAY,
                Kind::Float4 => Type::FLOAT4_ARRAY,
                Kind::Float8 => Type::FLOAT8_ARRAY,
                Kind::Bytea => Type::BYTEA_ARRAY,
                Kind::Date => Type::DATE_ARRAY,
                Kind::Timestamp => Type::TIMESTAMP_ARRAY,
                Kind::TimestampTz => Type::TIMESTAMPTZ_ARRAY,
                Kind::Numeric => Type::NUMERIC_ARRAY,
                _ => Type::TEXT_ARRAY,
            },
        }
    }

    /// The type that the cells of a column are converted to before they are written; `None` for all that stay.
    pub fn canonical(&self) -> Option<DataType> {
        match self {
            Kind::Bool => Some(DataType::Boolean),
            Kind::Int2 => Some(DataType::Int16),
            Kind::Int4 => Some(DataType::Int32),
            Kind::Int8 => Some(DataType::Int64),
            Kind::Float4 => Some(DataType::Float32),
            Kind::Float8 => Some(DataType::Float64),
            Kind::Text | Kind::Numeric => Some(DataType::Utf8),
            Kind::Bytea => Some(DataType::Binary),
            Kind::Date => Some(DataType::Date32),
            Kind::Timestamp | Kind::TimestampTz => Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
            Kind::Array(..) | Kind::Other => None,
        }
    }

    /// The bytes of a value of the type, or -1.
    pub fn size(&self) -> i16 {
        match self {
            Kind::Bool => 1,
            Kind::Int2 => 2,
            Kind::Int4 | Kind::Float4 | Kind::Date => 4,
            Kind::Int8 | Kind::Float8 | Kind::Timestamp | Kind::TimestampTz => 8,
            _ => -1,
        }
    }

    /// The description of a column in a format.
    pub fn field(&self, name: &str, format: FieldFormat) -> FieldInfo {
        FieldInfo::new(name.to_owned(), None, None, self.pg(), format).with_type_size(self.size())
    }
}

/// The format of a column. A client may send fewer formats than there are columns.
pub fn format_of(formats: &Format, column: usize) -> FieldFormat {
    match formats {
        Format::UnifiedText => FieldFormat::Text,
        Format::UnifiedBinary => FieldFormat::Binary,
        Format::Individual(codes) => {
            codes.get(column).map_or(FieldFormat::Text, |code| FieldFormat::from(*code))
        }
    }
}
