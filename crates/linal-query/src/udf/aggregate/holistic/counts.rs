//! Statistics of how often values occur; of any type, tensors too.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, MapArray, StructArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, concat, take};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::ScalarValue;
use linal_dataset::{Error, Result, arrow_error};
use linal_error::Code;

use super::definition::{Group, Skips, Statistic};
use super::rows;

pub(super) static STATISTICS: &[Statistic] = &[
    Statistic {
        name: "mode",
        aliases: &[],
        takes: "one column",
        coerced: one,
        result: |fields| {
            fields.first().map_or_else(|| Field::new("", DataType::Null, true), |f| f.as_ref().clone())
        },
        skips: Skips::NullFirst,
        compute: |group| match most_frequent(group, 1)?.first() {
            Some(&row) => scalar(&group.args[0], row),
            None => group.null(),
        },
    },
    Statistic {
        name: "entropy",
        aliases: &[],
        takes: "one column",
        coerced: one,
        result: |_| Field::new("", DataType::Float64, true),
        skips: Skips::NullFirst,
        compute: |group| {
            let total = group.args.first().map_or(0, |column| column.len()) as f64;
            let parts = counted(group)?.into_iter().map(|(_, count)| count as f64 / total);
            Ok(ScalarValue::Float64(Some(parts.map(|part| -part * part.log2()).sum::<f64>() + 0.0)))
        },
    },
    Statistic {
        name: "approx_top_k",
        aliases: &[],
        takes: "one column and a number",
        coerced: |types| match types {
            [value, count] if count.is_integer() => Some(vec![value.clone(), DataType::Int64]),
            _ => None,
        },
        result: |fields| {
            let item = fields.first().map_or(DataType::Null, |field| field.data_type().clone());
            Field::new("", DataType::List(Arc::new(Field::new_list_field(item, true))), true)
        },
        skips: Skips::NullFirst,
        compute: |group| {
            if group.is_empty() {
                return group.null();
            }
            let rows = most_frequent(group, super::extremes::count_of(group, 1, "APPROX_TOP_K")?)?;
            super::extremes::list_of(group, &group.args[0], &rows)
        },
    },
    Statistic {
        name: "__histogram",
        aliases: &[],
        takes: "one column and the upper bounds of bins",
        coerced: |types| match types {
            [_] => Some(types.to_vec()),
            [value, bins] => Some(vec![value.clone(), bounds(value, bins)?]),
            _ => None,
        },
        result: |fields| {
            let key = fields.first().map_or(DataType::Null, |field| field.data_type().clone());
            let entries = Field::new("entries", DataType::Struct(entries(&key)), false);
            Field::new("", DataType::Map(Arc::new(entries), false), true)
        },
        skips: Skips::NullFirst,
        compute: |group| match group.args {
            [_] => histogram(group),
            [values, bins] => binned(group, values, bins),
            _ => group.null(),
        },
    },
];

fn one(types: &[DataType]) -> Option<Vec<DataType>> {
    (types.len() == 1).then(|| types.to_vec())
}

fn bounds(value: &DataType, bins: &DataType) -> Option<DataType> {
    match bins {
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            Some(DataType::List(Arc::new(Field::new_list_field(value.clone(), true))))
        }
        _ => None,
    }
}

fn entries(key: &DataType) -> Fields {
    vec![Field::new("key", key.clone(), false), Field::new("value", DataType::Int64, true)].into()
}

pub(super) fn scalar(values: &ArrayRef, row: usize) -> Result<ScalarValue> {
    ScalarValue::try_from_array(values, row).map_err(failed)
}

fn failed(error: datafusion::common::DataFusionError) -> Error {
    Error::new(Code::InternalError, error.to_string())
}

/// The first row of each different value, in order of appearance, and how often the value occurs.
fn counted(group: &Group<'_>) -> Result<Vec<(usize, u64)>> {
    if group.is_empty() {
        return Ok(Vec::new());
    }
    let keys = rows::keys(&group.args[..1]).map_err(failed)?;
    let mut places: HashMap<Box<[u8]>, usize> = HashMap::new();
    let mut counts: Vec<(usize, u64)> = Vec::new();
    for row in 0..keys.num_rows() {
        let key = keys.row(row);
        match places.get(key.as_ref()) {
            Some(&at) => counts[at].1 += 1,
            None => {
                places.insert(key.as_ref().into(), counts.len());
                counts.push((row, 1));
            }
        }
    }
    Ok(counts)
}

/// Rows of the most frequent values; of equally frequent ones, the first.
fn most_frequent(group: &Group<'_>, most: usize) -> Result<Vec<usize>> {
    let mut counts = counted(group)?;
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    Ok(counts.into_iter().take(most).map(|(row, _)| row).collect())
}

/// The different values in ascending order, with their numbers.
fn histogram(group: &Group<'_>) -> Result<ScalarValue> {
    if group.is_empty() {
        return group.null();
    }
    let mut counts = counted(group)?;
    let keys = rows::keys(&group.args[..1]).map_err(failed)?;
    counts.sort_by(|one, other| keys.row(one.0).cmp(&keys.row(other.0)));
    let rows = UInt64Array::from_iter_values(counts.iter().map(|(row, _)| *row as u64));
    let values = take(&group.args[0], &rows, None).map_err(arrow_error)?;
    map(values, counts.iter().map(|(_, count)| *count as i64))
}

fn map(keys: ArrayRef, counts: impl Iterator<Item = i64>) -> Result<ScalarValue> {
    let fields = entries(keys.data_type());
    let entries_field = Arc::new(Field::new("entries", DataType::Struct(fields.clone()), false));
    let offsets = OffsetBuffer::from_lengths([keys.len()]);
    let columns = vec![keys, Arc::new(Int64Array::from_iter_values(counts)) as ArrayRef];
    let entries = StructArray::try_new(fields, columns, None).map_err(arrow_error)?;
    let map = MapArray::try_new(entries_field, offsets, entries, None, false).map_err(arrow_error)?;
    Ok(ScalarValue::Map(Arc::new(map)))
}

/// How many values each bin has: those up to its bound that the bins before do not have. Values above the last bound
/// are counted under the greatest value of the type, if there are any.
fn binned(group: &Group<'_>, values: &ArrayRef, bins: &ArrayRef) -> Result<ScalarValue> {
    if group.is_empty() {
        return group.null();
    }
    let lists: &ListArray = bins.as_list();
    if lists.is_null(0) {
        return Err(Error::new(Code::WrongArguments, "the bins of a HISTOGRAM are a list, not NULL"));
    }
    let bounds = arrow::compute::sort(&lists.value(0), None).map_err(arrow_error)?;
    let (bounds_keys, value_keys) = joint_keys(&bounds, values)?;
    let mut counts = vec![0i64; bounds.len() + 1];
    for value in &value_keys {
        let bin = bounds_keys.partition_point(|bound| bound < value);
        counts[bin] += 1;
    }
    let mut keys = bounds;
    let above = counts.pop().unwrap_or(0);
    if above > 0 {
        let other = greatest(keys.data_type())?;
        keys = concat(&[&keys, &other]).map_err(arrow_error)?;
        counts.push(above);
    }
    map(keys, counts.into_iter())
}

type Keys = Vec<Box<[u8]>>;

fn joint_keys(bounds: &ArrayRef, values: &ArrayRef) -> Result<(Keys, Keys)> {
    let both = concat(&[bounds, values]).map_err(arrow_error)?;
    let keys = rows::keys(&[both]).map_err(failed)?;
    let all: Keys = (0..keys.num_rows()).map(|row| keys.row(row).as_ref().into()).collect();
    let (bounds, values) = all.split_at(bounds.len());
    Ok((bounds.to_vec(), values.to_vec()))
}

/// The greatest value of a type, under which values above all bins are counted.
fn greatest(kind: &DataType) -> Result<ArrayRef> {
    let one: ArrayRef = match kind {
        float if float.is_floating() => Arc::new(arrow::array::Float64Array::from(vec![f64::INFINITY])),
        integer if integer.is_integer() => {
            let most = match integer {
                DataType::Int8 => i64::from(i8::MAX),
                DataType::Int16 => i64::from(i16::MAX),
                DataType::Int32 => i64::from(i32::MAX),
                DataType::UInt8 => i64::from(u8::MAX),
                DataType::UInt16 => i64::from(u16::MAX),
                DataType::UInt32 => i64::from(u32::MAX),
                _ => i64::MAX,
            };
            Arc::new(Int64Array::from(vec![most]))
        }
        DataType::Date32 => {
            let days = Int64Array::from(vec![i64::from(i32::MAX)]);
            let days = cast(&(Arc::new(days) as ArrayRef), &DataType::Int32).map_err(arrow_error)?;
            return cast(&days, kind).map_err(arrow_error);
        }
        DataType::Timestamp(..) => {
            let micros = Int64Array::from(vec![i64::MAX]);
            Arc::new(micros.reinterpret_cast::<Int64Type>())
        }
        text if text.is_string() => Arc::new(arrow::array::StringArray::from(vec![""])),
        _ => {
            let message = "a HISTOGRAM with bins takes numbers, times and texts";
            return Err(Error::new(Code::WrongArguments, message));
        }
    };
    cast(&one, kind).map_err(arrow_error)
}
