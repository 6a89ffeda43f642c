//! Quantiles: of values, or interpolated between them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::compute::{SortOptions, cast, sort, take};
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit, TimestampMicrosecondType};
use datafusion::common::ScalarValue;
use linal_dataset::{Error, Result, arrow_error};
use linal_error::Code;

use super::definition::{Group, Skips, Statistic};
use super::numbers::{self, is_number, numbers_of};

pub(super) static STATISTICS: &[Statistic] = &[
    Statistic {
        name: "quantile_disc",
        aliases: &["quantile", "reservoir_quantile"],
        takes: "values that have an order, and a fraction or a list of fractions",
        coerced: |types| match types {
            // The size of a reservoir has no meaning for an exact quantile.
            [value, fraction] if is_tensor(value) && is_number(fraction) => {
                Some(vec![value.clone(), DataType::Float64])
            }
            [value, fraction] | [value, fraction, _] if !value.is_nested() => {
                let size = types.get(2).map(|_| DataType::Int64);
                Some([value.clone(), fractions(fraction)?].into_iter().chain(size).collect())
            }
            _ => None,
        },
        result: |fields| listed(fields, fields.first().map_or(DataType::Null, |f| f.data_type().clone())),
        skips: Skips::NullFirst,
        compute: discrete,
    },
    Statistic {
        name: "quantile_cont",
        aliases: &[],
        takes: "numbers or times, and a fraction or a list of fractions",
        coerced: |types| match types {
            [value, fraction] if is_tensor(value) && is_number(fraction) => {
                Some(vec![value.clone(), DataType::Float64])
            }
            [value, fraction] => Some(vec![continuous_type(value)?, fractions(fraction)?]),
            _ => None,
        },
        result: |fields| listed(fields, fields.first().map_or(DataType::Null, |f| f.data_type().clone())),
        skips: Skips::NullFirst,
        compute: continuous,
    },
    Statistic {
        name: "approx_quantile",
        aliases: &[],
        takes: "numbers or times, and a fraction or a list of fractions",
        coerced: |types| match types {
            [value, fraction] if !value.is_nested() && !value.is_string() => {
                Some(vec![value.clone(), fractions(fraction)?])
            }
            _ => None,
        },
        result: |fields| listed(fields, fields.first().map_or(DataType::Null, |f| f.data_type().clone())),
        skips: Skips::NullFirst,
        compute: discrete,
    },
];

/// The median of times, texts and tensors.
pub(super) static MEDIAN: Statistic = Statistic {
    name: "median",
    aliases: &[],
    takes: "values that have an order",
    coerced: |types| match types {
        [value] if is_tensor(value) => Some(types.to_vec()),
        [value] if !value.is_nested() => Some(vec![continuous_type(value).unwrap_or(value.clone())]),
        _ => None,
    },
    result: |fields| listed(fields, fields.first().map_or(DataType::Null, |f| f.data_type().clone())),
    skips: Skips::NullFirst,
    compute: |group| {
        if group.is_empty() {
            return group.null();
        }
        let kind = group.args[0].data_type();
        if is_tensor(kind) {
            return numbers::of_elements(group, |x| interpolated(x, 0.5));
        }
        if matches!(kind, DataType::Timestamp(..)) { middle_time(group) } else { middle_value(group) }
    },
};

/// The time between the two in the middle.
fn middle_time(group: &Group<'_>) -> Result<ScalarValue> {
    let values = sorted(&group.args[0])?;
    let micros: Vec<i64> = values.as_primitive::<TimestampMicrosecondType>().values().to_vec();
    let found = arrow::array::TimestampMicrosecondArray::from_value(between(&micros, 0.5), 1);
    result(group, cast(&(Arc::new(found) as ArrayRef), values.data_type()).map_err(arrow_error)?)
}

/// The lower of the two values in the middle.
fn middle_value(group: &Group<'_>) -> Result<ScalarValue> {
    let values = sorted(&group.args[0])?;
    result(group, values.slice(discrete_place(values.len(), 0.5), 1))
}

/// A fraction, or a list of fractions.
fn fractions(given: &DataType) -> Option<DataType> {
    match given {
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            Some(DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true))))
        }
        number if number.is_numeric() || number.is_null() => Some(DataType::Float64),
        _ => None,
    }
}

/// What is interpolated: floats, and timestamps.
fn continuous_type(given: &DataType) -> Option<DataType> {
    Some(match given {
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        number if number.is_numeric() || number.is_null() => DataType::Float64,
        _ => return None,
    })
}

/// A tensor of numbers, of which each element has a quantile.
fn is_tensor(kind: &DataType) -> bool {
    matches!(kind, DataType::FixedSizeList(item, _) if item.data_type().is_numeric())
}

/// The field of a quantile: a list for a list of fractions.
fn listed(fields: &[FieldRef], value: DataType) -> Field {
    if is_tensor(&value) {
        return numbers::float(fields);
    }
    match fields.get(1).map(|field| field.data_type()) {
        Some(DataType::List(_)) => {
            Field::new("", DataType::List(Arc::new(Field::new_list_field(value, true))), true)
        }
        _ => Field::new("", value, true),
    }
}

/// The fractions of a group, which are those of its first row. One below 0 counts from the end.
fn fractions_of(group: &Group<'_>) -> Result<Vec<f64>> {
    let Some(column) = group.args.get(1).filter(|column| !column.is_empty()) else { return Ok(Vec::new()) };
    let values = match column.as_list_opt::<i32>() {
        Some(lists) if lists.is_valid(0) => lists.value(0),
        Some(_) => return Err(not_a_fraction("NULL")),
        None => column.slice(0, 1),
    };
    if values.null_count() > 0 {
        return Err(not_a_fraction("NULL"));
    }
    let fractions = numbers_of(&values)?;
    match fractions.iter().find(|fraction| !(-1.0..=1.0).contains(*fraction)) {
        None => Ok(fractions),
        Some(other) => Err(not_a_fraction(&other.to_string())),
    }
}

fn not_a_fraction(found: &str) -> Error {
    Error::new(Code::ValueOutOfRange, format!("a quantile takes fractions from -1 to 1, not {found}"))
}

/// One value, or a list of them.
fn result(group: &Group<'_>, values: ArrayRef) -> Result<ScalarValue> {
    let failed =
        |error: datafusion::common::DataFusionError| Error::new(Code::InternalError, error.to_string());
    match group.result.data_type() {
        DataType::List(item) => {
            let offsets = arrow::buffer::OffsetBuffer::from_lengths([values.len()]);
            let list = arrow::array::ListArray::try_new(item.clone(), offsets, values, None);
            Ok(ScalarValue::List(Arc::new(list.map_err(arrow_error)?)))
        }
        _ if values.is_empty() => group.null(),
        _ => ScalarValue::try_from_array(&values, 0).map_err(failed),
    }
}

fn sorted(values: &ArrayRef) -> Result<ArrayRef> {
    sort(values, Some(SortOptions { descending: false, nulls_first: false })).map_err(arrow_error)
}

/// The least value that at least the fraction of all values does not exceed.
fn discrete(group: &Group<'_>) -> Result<ScalarValue> {
    if group.is_empty() {
        return group.null();
    }
    let fractions = fractions_of(group)?;
    if is_tensor(group.args[0].data_type()) {
        let fraction = fractions.first().copied().unwrap_or(0.0);
        return numbers::of_elements(group, |x| Some(ordered(x)[discrete_place(x.len(), fraction)]));
    }
    let values = sorted(&group.args[0])?;
    let places = fractions.iter().map(|fraction| discrete_place(values.len(), *fraction) as u64);
    let places = arrow::array::UInt64Array::from_iter_values(places);
    result(group, take(&values, &places, None).map_err(arrow_error)?)
}

/// The place of a quantile among ordered values. A negative fraction is one of the descending order.
fn discrete_place(count: usize, fraction: f64) -> usize {
    let rows = ((count as f64 * fraction.abs()).ceil() as usize).clamp(1, count.max(1));
    if fraction.is_sign_negative() { count - rows } else { rows - 1 }
}

/// The value at a fraction of the way from the least to the greatest.
fn continuous(group: &Group<'_>) -> Result<ScalarValue> {
    if group.is_empty() {
        return group.null();
    }
    let fractions = fractions_of(group)?;
    let kind = group.args[0].data_type().clone();
    if is_tensor(&kind) {
        let fraction = fractions.first().copied().unwrap_or(0.0);
        return numbers::of_elements(group, |x| interpolated(x, fraction));
    }
    if let DataType::Timestamp(..) = kind {
        let values = sorted(&group.args[0])?;
        let micros: Vec<i64> = values.as_primitive::<TimestampMicrosecondType>().values().to_vec();
        let found = fractions.iter().map(|fraction| between(&micros, *fraction));
        let found = arrow::array::TimestampMicrosecondArray::from_iter_values(found);
        let found = cast(&(Arc::new(found) as ArrayRef), &kind).map_err(arrow_error)?;
        return result(group, found);
    }
    let values = numbers_of(&group.args[0])?;
    let ordered = ordered(&values);
    let found = fractions.iter().map(|fraction| at_fraction(&ordered, *fraction));
    result(group, Arc::new(Float64Array::from_iter_values(found)))
}

/// NaN is above all numbers.
fn ordered(values: &[f64]) -> Vec<f64> {
    let mut ordered: Vec<f64> = values.iter().map(|x| if x.is_nan() { f64::NAN } else { *x }).collect();
    ordered.sort_by(f64::total_cmp);
    ordered
}

fn place(count: usize, fraction: f64) -> (usize, usize, f64) {
    let fraction = if fraction < 0.0 { 1.0 + fraction } else { fraction };
    let place = fraction * (count - 1) as f64;
    (place.floor() as usize, place.ceil() as usize, place - place.floor())
}

fn at_fraction(ordered: &[f64], fraction: f64) -> f64 {
    let (below, above, part) = place(ordered.len(), fraction);
    if below == above {
        return ordered[below];
    }
    let (low, high) = (ordered[below], ordered[above]);
    if low == high { low } else { low + (high - low) * part }
}

fn between(ordered: &[i64], fraction: f64) -> i64 {
    let (below, above, part) = place(ordered.len(), fraction);
    let (low, high) = (ordered[below], ordered[above]);
    low.saturating_add((high.saturating_sub(low) as f64 * part) as i64)
}

/// The quantile of numbers, interpolated; `None` without numbers.
pub(super) fn interpolated(values: &[f64], fraction: f64) -> Option<f64> {
    (!values.is_empty()).then(|| at_fraction(&ordered(values), fraction))
}
