//! Statistics of numbers; of tensors element by element.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::ScalarValue;
use linal_dataset::{Result, arrow_error};
use linal_store::TensorType;
use linal_tensor::DType;

use super::definition::{Group, Skips, Statistic};
use super::quantile;

macro_rules! of_numbers {
    ($name:literal, $aliases:expr, $compute:expr) => {
        Statistic {
            name: $name,
            aliases: $aliases,
            takes: "numbers",
            coerced: floats,
            result: float,
            skips: Skips::NullFirst,
            compute: |group| of_elements(group, $compute),
        }
    };
}

pub(super) static STATISTICS: &[Statistic] = &[
    of_numbers!("product", &[], |x| (!x.is_empty()).then(|| x.iter().product())),
    of_numbers!("kurtosis", &[], kurtosis),
    of_numbers!("kurtosis_pop", &[], kurtosis_pop),
    of_numbers!("skewness", &[], skewness),
    of_numbers!("sem", &[], |x| {
        let n = x.len() as f64;
        (!x.is_empty()).then(|| (moment(x, mean(x), 2) / n).sqrt() / n.sqrt())
    }),
    of_numbers!("geomean", &["geometric_mean"], |x| {
        let logarithms = x.iter().map(|x| x.ln()).sum::<f64>();
        (!x.is_empty()).then(|| (logarithms / x.len() as f64).exp())
    }),
    of_numbers!("fsum", &["kahan_sum", "sumkahan"], |x| (!x.is_empty()).then(|| exact_sum(x))),
    of_numbers!("favg", &[], |x| (!x.is_empty()).then(|| exact_sum(x) / x.len() as f64)),
    of_numbers!("mad", &[], |x| {
        let middle = quantile::interpolated(x, 0.5)?;
        let distances: Vec<f64> = x.iter().map(|x| (x - middle).abs()).collect();
        quantile::interpolated(&distances, 0.5)
    }),
    Statistic {
        name: "weighted_avg",
        aliases: &["wavg"],
        takes: "numbers and their weights",
        coerced: |types| match types {
            [value, weight] if is_number(value) && is_number(weight) => {
                Some(vec![DataType::Float64, DataType::Float64])
            }
            _ => None,
        },
        result: |_| Field::new("", DataType::Float64, true),
        skips: Skips::AnyNull,
        compute: |group| {
            let [values, weights] = group.args else { return group.null() };
            let (values, weights) = (numbers_of(values)?, numbers_of(weights)?);
            let total: f64 = weights.iter().sum();
            let sum: f64 = values.iter().zip(&weights).map(|(x, w)| x * w).sum();
            Ok(ScalarValue::Float64((!values.is_empty() && total != 0.0).then(|| sum / total)))
        },
    },
];

pub(super) fn is_number(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_null()
}

/// One column of numbers as f64, or of tensors as they are.
fn floats(types: &[DataType]) -> Option<Vec<DataType>> {
    match types {
        [kind] if is_number(kind) => Some(vec![DataType::Float64]),
        [DataType::FixedSizeList(item, _)] if item.data_type().is_numeric() => Some(types.to_vec()),
        _ => None,
    }
}

/// An f64, or a tensor of f64 of the same shape.
pub(super) fn float(fields: &[FieldRef]) -> Field {
    match fields.first().and_then(|field| TensorType::of(field)) {
        Some(tensor) => TensorType { shape: tensor.shape, dtype: DType::F64 }.field("", true),
        None => Field::new("", DataType::Float64, true),
    }
}

/// The numbers of a column.
pub(super) fn numbers_of(array: &ArrayRef) -> Result<Vec<f64>> {
    let floats = cast(array, &DataType::Float64).map_err(arrow_error)?;
    Ok(floats.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// A statistic of numbers, or of each element of tensors.
pub(super) fn of_elements(group: &Group<'_>, compute: impl Fn(&[f64]) -> Option<f64>) -> Result<ScalarValue> {
    let Some(values) = group.args.first() else { return group.null() };
    let Some(list) = values.as_fixed_size_list_opt() else {
        return Ok(ScalarValue::Float64(compute(&numbers_of(values)?)));
    };
    let width = usize::try_from(list.value_length()).unwrap_or(0);
    if list.is_empty() {
        return group.null();
    }
    let start = usize::try_from(list.value_offset(0)).unwrap_or(0);
    let elements = numbers_of(&list.values().slice(start, list.len() * width))?;
    let results = (0..width).map(|at| {
        let of_one: Vec<f64> = elements.iter().skip(at).step_by(width.max(1)).copied().collect();
        compute(&of_one).unwrap_or(f64::NAN)
    });
    let results = Float64Array::from_iter_values(results);
    let item = match group.result.data_type() {
        DataType::FixedSizeList(item, _) => item.clone(),
        _ => Arc::new(Field::new_list_field(DataType::Float64, false)),
    };
    let list = FixedSizeListArray::try_new(item, list.value_length(), Arc::new(results), None);
    Ok(ScalarValue::FixedSizeList(Arc::new(list.map_err(arrow_error)?)))
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The sum of powers of distances from the mean.
fn moment(x: &[f64], mean: f64, power: i32) -> f64 {
    x.iter().map(|x| (x - mean).powi(power)).sum()
}

/// The excess kurtosis of a sample; NULL below four values and for equal ones.
fn kurtosis(x: &[f64]) -> Option<f64> {
    let n = x.len() as f64;
    if x.len() <= 3 {
        return None;
    }
    let middle = mean(x);
    let (second, fourth) = (moment(x, middle, 2), moment(x, middle, 4));
    if second == 0.0 {
        return None;
    }
    let scaled = fourth / (second * second) * n * (n + 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0));
    Some(scaled - 3.0 * (n - 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)))
}

fn kurtosis_pop(x: &[f64]) -> Option<f64> {
    if x.len() <= 1 {
        return None;
    }
    let (n, middle) = (x.len() as f64, mean(x));
    let (second, fourth) = (moment(x, middle, 2), moment(x, middle, 4));
    (second != 0.0).then(|| n * fourth / (second * second) - 3.0)
}

/// The skewness of a sample; NULL below three values.
fn skewness(x: &[f64]) -> Option<f64> {
    if x.len() <= 2 {
        return None;
    }
    let (n, middle) = (x.len() as f64, mean(x));
    let (second, third) = (moment(x, middle, 2) / n, moment(x, middle, 3) / n);
    Some((n * (n - 1.0)).sqrt() / (n - 2.0) * third / second.powf(1.5))
}

/// A sum that corrects the error of each addition (Neumaier's variant of Kahan's).
fn exact_sum(x: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for &x in x {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    if lost.is_finite() { sum + lost } else { sum }
}
