//! The n least and greatest values, and the values of the n best rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::ScalarValue;
use linal_dataset::{Error, Result, arrow_error};
use linal_error::Code;

use super::definition::{Group, Skips, Statistic, shown};

macro_rules! of_values {
    ($name:literal, $descending:literal) => {
        Statistic {
            name: $name,
            aliases: &[],
            takes: "values that have an order, and a number",
            coerced: |types| match types {
                [value, count] if !value.is_nested() && (count.is_integer() || count.is_null()) => {
                    Some(vec![value.clone(), DataType::Int64])
                }
                _ => None,
            },
            result: list_field,
            skips: Skips::NullFirst,
            compute: |group| best(group, 0, 1, $name, $descending),
        }
    };
}

macro_rules! of_rows {
    ($name:literal, $descending:literal) => {
        Statistic {
            name: $name,
            aliases: &[],
            takes: "a column, values that have an order, and a number",
            coerced: |types| match types {
                [value, key, count] if !key.is_nested() && (count.is_integer() || count.is_null()) => {
                    Some(vec![value.clone(), key.clone(), DataType::Int64])
                }
                _ => None,
            },
            result: list_field,
            skips: Skips::AnyNull,
            compute: |group| best(group, 1, 2, $name, $descending),
        }
    };
}

pub(super) static STATISTICS: &[Statistic] = &[
    of_values!("__max_n", true),
    of_values!("__min_n", false),
    of_rows!("__arg_max_n", true),
    of_rows!("__arg_min_n", false),
];

fn list_field(fields: &[FieldRef]) -> Field {
    let item = fields.first().map_or(DataType::Null, |field| field.data_type().clone());
    Field::new("", DataType::List(Arc::new(Field::new_list_field(item, true))), true)
}

/// Values of the longest list.
const MOST: i64 = 1_000_000;

/// The number of values that a group asks for, which is that of its first row.
pub(super) fn count_of(group: &Group<'_>, at: usize, name: &str) -> Result<usize> {
    let column = group.args.get(at).filter(|column| !column.is_empty() && column.is_valid(0));
    let count = column.map(|column| column.as_primitive::<Int64Type>().value(0));
    match count {
        Some(count @ 1..=MOST) => Ok(usize::try_from(count).unwrap_or(1)),
        other => {
            let found = other.map_or("NULL".to_string(), |count| count.to_string());
            let message = format!("{} takes a number of values from 1 to {MOST}, not {found}", shown(name));
            Err(Error::new(Code::ValueOutOfRange, message))
        }
    }
}

/// The values of the first rows in the order of a key.
fn best(group: &Group<'_>, key: usize, count: usize, name: &str, descending: bool) -> Result<ScalarValue> {
    if group.is_empty() {
        return group.null();
    }
    let count = count_of(group, count, name)?;
    let places = UInt64Array::from_iter_values(0..group.args[0].len() as u64);
    let options = SortOptions { descending, nulls_first: false };
    let order = lexsort_to_indices(
        &[
            SortColumn { values: group.args[key].clone(), options: Some(options) },
            SortColumn { values: Arc::new(places), options: None },
        ],
        Some(count),
    )
    .map_err(arrow_error)?;
    let rows: Vec<usize> = order.values().iter().map(|row| *row as usize).collect();
    list_of(group, &group.args[0], &rows)
}

/// The values of some rows as a list.
pub(super) fn list_of(group: &Group<'_>, values: &ArrayRef, rows: &[usize]) -> Result<ScalarValue> {
    let DataType::List(item) = group.result.data_type() else { return group.null() };
    let rows = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
    let values = take(values, &rows, None).map_err(arrow_error)?;
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let list = ListArray::try_new(item.clone(), offsets, values, None).map_err(arrow_error)?;
    Ok(ScalarValue::List(Arc::new(list)))
}
