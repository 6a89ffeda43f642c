//! `TYPEOF(x)`: the name of a type.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_store::{ColumnType, TensorType};

/// `TYPEOF`, and `PG_TYPEOF` in lower case.
pub(super) fn functions() -> [Arc<ScalarUDF>; 2] {
    [("typeof", false), ("pg_typeof", true)].map(|(name, is_lower)| {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(TypeOf { name, is_lower, signature }))
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TypeOf {
    name: &'static str,
    is_lower: bool,
    signature: Signature,
}

impl ScalarUDFImpl for TypeOf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let name = args.arg_fields.first().map(|field| type_name(field)).unwrap_or_default();
        let name = if self.is_lower { name.to_lowercase() } else { name };
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(Some(name))))
    }
}

/// The SQL name of a column's type.
pub(super) fn type_name(field: &Field) -> String {
    if TensorType::of(field).is_some() {
        let name = ColumnType::of(field).to_string();
        return match name.split_once('(') {
            Some((word, shape)) => format!("{}({shape}", word.to_uppercase()),
            None => name.to_uppercase(),
        };
    }
    match field.data_type() {
        DataType::Null => "\"NULL\"".to_string(),
        DataType::Boolean => "BOOLEAN".to_string(),
        DataType::Int8 => "TINYINT".to_string(),
        DataType::Int16 => "SMALLINT".to_string(),
        DataType::Int32 => "INTEGER".to_string(),
        DataType::Int64 => "BIGINT".to_string(),
        DataType::UInt8 => "UTINYINT".to_string(),
        DataType::UInt16 => "USMALLINT".to_string(),
        DataType::UInt32 => "UINTEGER".to_string(),
        DataType::UInt64 => "UBIGINT".to_string(),
        DataType::Float16 | DataType::Float32 => "FLOAT".to_string(),
        DataType::Float64 => "DOUBLE".to_string(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("DECIMAL({precision},{scale})"),
        kind if kind.is_string() => "VARCHAR".to_string(),
        kind if kind.is_binary() => "BLOB".to_string(),
        DataType::FixedSizeBinary(16) => "UUID".to_string(),
        DataType::FixedSizeBinary(_) => "BLOB".to_string(),
        DataType::Date32 | DataType::Date64 => "DATE".to_string(),
        DataType::Time32(_) | DataType::Time64(_) => "TIME".to_string(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE".to_string(),
        DataType::Timestamp(TimeUnit::Second, None) => "TIMESTAMP_S".to_string(),
        DataType::Timestamp(TimeUnit::Millisecond, None) => "TIMESTAMP_MS".to_string(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => "TIMESTAMP".to_string(),
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "TIMESTAMP_NS".to_string(),
        DataType::Interval(_) | DataType::Duration(_) => "INTERVAL".to_string(),
        DataType::List(item) | DataType::LargeList(item) => format!("{}[]", type_name(item)),
        DataType::FixedSizeList(item, length) => format!("{}[{length}]", type_name(item)),
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{} {}", quoted(field.name()), type_name(field))).collect();
            format!("STRUCT({})", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!("MAP({}, {})", type_name(&fields[0]), type_name(&fields[1]))
            }
            _ => "MAP".to_string(),
        },
        DataType::Dictionary(_, value) if value.is_string() => "VARCHAR".to_string(),
        _ => ColumnType::of(field).to_string().to_uppercase(),
    }
}

/// A name of a struct's field, in quotes where it is no plain name.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_plain { name.to_string() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
