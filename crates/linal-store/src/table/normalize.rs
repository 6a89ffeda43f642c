//! Converts the columns of foreign files to the types of the language.
//!
//! Integers become `i64`, half precision `f32`, text `Utf8View`, days `Date32`; dictionaries and run-end
//! encodings are decoded. Any other type stays as it is.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, RecordBatch, RecordBatchOptions, make_array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Date64Type, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
    UInt64Type,
};
use arrow::error::ArrowError;
use linal_tensor::Error as TensorError;

use super::budget::Budget;
use super::{TableOptions, names};
use crate::catch_panic::catch_panic;
use crate::column::{TensorType, has_permutation};
use crate::error::{ReadError, Result};

/// More rows than this are accepted only when a column has bytes for them.
const ROWS_WITHOUT_BYTES: usize = 1 << 24;

/// Calls a foreign decoder on untrusted bytes, and converts its errors and panics to an error at `place`.
pub(super) fn catch_failure<T, E: Into<ArrowError>>(
    place: &str,
    call: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    catch_panic(place, call)?.map_err(|error| translate(place, error.into()))
}

fn translate(place: &str, error: ArrowError) -> ReadError {
    match error {
        ArrowError::IoError(_, error) => ReadError::from_io(place, &error),
        ArrowError::NotYetImplemented(what) => {
            ReadError::unsupported(format!("{place} cannot be read: {what}"))
        }
        // Errors of the Parquet reader arrive as text.
        ArrowError::ParquetError(text) if text.starts_with("NYI: ") => {
            ReadError::unsupported(format!("{place} cannot be read: {}", text.trim_start_matches("NYI: ")))
        }
        ArrowError::ExternalError(error) => match error.downcast_ref::<TensorError>() {
            Some(limit) => ReadError::from(limit.clone()),
            None => ReadError::bad_format(format!("{place} is damaged: {error}")),
        },
        error => ReadError::bad_format(format!("{place} is damaged: {error}")),
    }
}

/// The selected fields, with distinct names and in the types of the language.
pub(super) fn normalize(
    place: &str,
    schema: &Schema,
    batches: Vec<RecordBatch>,
    options: &TableOptions,
    budget: &mut Budget,
    notices: &mut Vec<String>,
) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let names = schema.fields().iter().map(|field| field.name().clone()).collect();
    let names = names::distinct(place, names, notices);
    let places = names::select(place, &names, options.fields.as_deref())?;
    let bytes_are_there = schema.fields().iter().any(|field| *field.data_type() != DataType::Null);
    let rows: usize = batches.iter().map(RecordBatch::num_rows).fold(0, usize::saturating_add);
    if !bytes_are_there && rows > ROWS_WITHOUT_BYTES {
        return Err(ReadError::bad_format(format!("{place} declares {rows} rows of nothing")));
    }
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for at in places {
        let arrays: Vec<ArrayRef> = batches.iter().map(|batch| batch.column(at).clone()).collect();
        let (field, arrays) = column(place, &names[at], schema.field(at), arrays, budget, notices)?;
        fields.push(field);
        columns.push(arrays.into_iter());
    }
    let schema = Arc::new(Schema::new(fields));
    let mut normal = Vec::with_capacity(batches.len());
    for batch in &batches {
        let arrays = columns.iter_mut().filter_map(Iterator::next).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        normal.push(catch_failure(place, || {
            RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
        })?);
    }
    Ok((schema, normal))
}

/// One column in all batches.
fn column(
    place: &str,
    name: &str,
    field: &Field,
    arrays: Vec<ArrayRef>,
    budget: &mut Budget,
    notices: &mut Vec<String>,
) -> Result<(Field, Vec<ArrayRef>)> {
    let place = format!("{place}, column `{name}`");
    if has_permutation(field) {
        return Err(ReadError::unsupported(format!("{place} holds tensors whose axes are permuted")));
    }
    let mut losses = Losses::default();
    arrays.iter().for_each(|array| losses.inspect(array));
    let target = target_type(field.data_type(), losses);
    if losses.nanoseconds {
        notices.push(format!("{place} keeps its nanoseconds"));
    }
    let mut normal = Vec::with_capacity(arrays.len());
    for array in arrays {
        let array = if *array.data_type() == target { array } else { cast(&place, &array, &target, budget)? };
        normal.push(without_padding(array));
    }
    let nullable = normal.iter().any(|array| array.logical_null_count() > 0);
    let field = Field::new(name, target, nullable).with_metadata(tensor_metadata(field));
    Ok((field, normal))
}

fn cast(place: &str, array: &ArrayRef, target: &DataType, budget: &mut Budget) -> Result<ArrayRef> {
    budget.add(array.to_data().get_slice_memory_size().unwrap_or(0).saturating_mul(2))?;
    budget.add(array.len().saturating_mul(16))?;
    let options = CastOptions { safe: false, ..CastOptions::default() };
    catch_panic(place, || cast_with_options(array, target, &options))?
        .map_err(|error| ReadError::unsupported(format!("{place}: {error}")))
}

/// What the usual type of a column would lose.
#[derive(Clone, Copy, Debug, Default)]
struct Losses {
    /// Digits of seconds beyond the sixth.
    nanoseconds: bool,
    /// Unsigned integers that `i64` does not hold.
    large_unsigned: bool,
    /// Times of day in a date column.
    times_of_day: bool,
}

impl Losses {
    /// Checks an array and its children.
    fn inspect(&mut self, array: &ArrayRef) {
        match array.data_type() {
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                let values = array.as_primitive::<TimestampNanosecondType>();
                self.nanoseconds |= values.iter().flatten().any(|nanos| nanos % 1000 != 0);
            }
            DataType::UInt64 => {
                let values = array.as_primitive::<UInt64Type>();
                self.large_unsigned |= values.iter().flatten().any(|value| i64::try_from(value).is_err());
            }
            DataType::Date64 => {
                const DAY: i64 = 86_400_000;
                let values = array.as_primitive::<Date64Type>();
                self.times_of_day |= values.iter().flatten().any(|millis| millis % DAY != 0);
            }
            DataType::List(_) => self.inspect(array.as_list::<i32>().values()),
            DataType::LargeList(_) => self.inspect(array.as_list::<i64>().values()),
            DataType::FixedSizeList(_, _) => self.inspect(array.as_fixed_size_list().values()),
            DataType::Struct(_) => array.as_struct().columns().iter().for_each(|column| self.inspect(column)),
            DataType::Dictionary(_, _) => self.inspect(array.as_any_dictionary().values()),
            _ => {}
        }
    }
}

/// The target type of a column.
fn target_type(kind: &DataType, losses: Losses) -> DataType {
    let micros = |zone| DataType::Timestamp(TimeUnit::Microsecond, zone);
    match kind {
        DataType::UInt64 if losses.large_unsigned => DataType::Decimal128(38, 0),
        kind if kind.is_integer() => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Date64 if losses.times_of_day => micros(None),
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(TimeUnit::Nanosecond, zone) if losses.nanoseconds => {
            DataType::Timestamp(TimeUnit::Nanosecond, zone.clone().map(offset))
        }
        DataType::Timestamp(_, zone) => micros(zone.clone().map(offset)),
        DataType::Dictionary(_, values) => target_type(values, losses),
        DataType::RunEndEncoded(_, values) => target_type(values.data_type(), losses),
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(item_field(item, losses), *width),
        DataType::List(item) => DataType::List(item_field(item, losses)),
        DataType::LargeList(item) => DataType::LargeList(item_field(item, losses)),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| inner(field, losses)).collect::<Fields>())
        }
        other => other.clone(),
    }
}

fn inner(field: &FieldRef, losses: Losses) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(target_type(field.data_type(), losses)))
}

/// The field of the elements of lists and vectors, with a uniform name.
fn item_field(item: &FieldRef, losses: Losses) -> FieldRef {
    Arc::new(Field::new_list_field(target_type(item.data_type(), losses), true))
}

/// Names for UTC become an offset, the only notation that Arrow reads without a time zone database.
fn offset(zone: Arc<str>) -> Arc<str> {
    match zone.to_ascii_lowercase().as_str() {
        "utc" | "etc/utc" | "z" | "gmt" | "etc/gmt" | "zulu" => Arc::from("+00:00"),
        _ => zone,
    }
}

/// The metadata of tensor shapes; all other metadata of a file is dropped.
fn tensor_metadata(field: &Field) -> std::collections::HashMap<String, String> {
    TensorType::of(
        &Field::new("", target_type(field.data_type(), Losses::default()), true)
            .with_metadata(field.metadata().clone()),
    )
    .map(|tensor| tensor.metadata())
    .unwrap_or_default()
}

/// Vectors whose elements are NULL only where the whole vector is: the validity of the elements is dropped,
/// so that kernels see plain buffers.
pub(crate) fn without_padding(array: ArrayRef) -> ArrayRef {
    let Some(list) = array.as_fixed_size_list_opt() else { return array };
    let (values, width) = (list.values(), list.value_length() as usize);
    let Some(marks) = values.nulls().filter(|marks| marks.null_count() > 0) else { return array };
    let within = (0..list.len()).filter(|&row| list.is_null(row)).count() * width;
    let elsewhere =
        (0..list.len()).any(|row| list.is_valid(row) && marks.slice(row * width, width).null_count() > 0);
    if elsewhere || within == 0 {
        return array;
    }
    let DataType::FixedSizeList(item, size) = list.data_type() else { return array };
    let plain = values.to_data().into_builder().nulls(None).build();
    let Ok(plain) = plain else { return array };
    let list = FixedSizeListArray::try_new(item.clone(), *size, make_array(plain), list.nulls().cloned());
    list.map_or(array, |list| Arc::new(list) as ArrayRef)
}
