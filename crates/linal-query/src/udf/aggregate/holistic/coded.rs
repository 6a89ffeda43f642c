//! Statistics of values of enum types, which are computed of the places of their labels.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::AggregateUDF;
use linal_dataset::{Error, Limit, Result, arrow_error};
use linal_error::Code;

use super::definition::{self, Group, Skips, Statistic};
use super::extremes::list_of;
use crate::udf::enums;

/// MIN and MAX of an enum type as window functions, which DataFusion's would compare as texts.
static EXTREMES: [Statistic; 2] = [
    Statistic {
        name: "__enum_min",
        aliases: &[],
        takes: "a value of an enum type",
        coerced: one,
        result: same,
        skips: Skips::NullFirst,
        compute: |group| extreme(group, false),
    },
    Statistic {
        name: "__enum_max",
        aliases: &[],
        takes: "a value of an enum type",
        coerced: one,
        result: same,
        skips: Skips::NullFirst,
        compute: |group| extreme(group, true),
    },
];

/// `LIST(x)` of an enum type: a list that keeps it.
static LISTED: Statistic = Statistic {
    name: "__enum_list",
    aliases: &[],
    takes: "a value of an enum type",
    coerced: one,
    result: |fields| {
        let item = fields.first().map_or(DataType::Null, |field| field.data_type().clone());
        Field::new("", DataType::List(Arc::new(Field::new_list_field(item, true))), true)
    },
    skips: Skips::Nothing,
    compute: |group| {
        if group.is_empty() {
            return group.null();
        }
        let rows: Vec<usize> = (0..group.args[0].len()).collect();
        list_of(group, &group.args[0], &rows)
    },
};

/// The aggregate that stands for one of these names when its argument is of an enum type.
pub(crate) fn of_enums(name: &str) -> Option<Arc<AggregateUDF>> {
    let [min, max] = &EXTREMES;
    Some(definition::aggregate(match name {
        "min" => min,
        "max" => max,
        "array_agg" => &LISTED,
        _ => return None,
    }))
}

fn one(types: &[DataType]) -> Option<Vec<DataType>> {
    (types.len() == 1).then(|| types.to_vec())
}

fn same(fields: &[FieldRef]) -> Field {
    fields.first().map_or_else(|| Field::new("", DataType::Null, true), |field| field.as_ref().clone())
}

fn extreme(group: &Group<'_>, greatest: bool) -> Result<ScalarValue> {
    let places = group.args[0].as_primitive::<Int64Type>();
    let place = if greatest { arrow::compute::max(places) } else { arrow::compute::min(places) };
    Ok(ScalarValue::Int64(place))
}

/// The enum type of the first argument, if the statistic sees the places of its labels. Bins of a histogram are texts.
pub(super) fn of_fields(fields: &[FieldRef]) -> Option<Limit> {
    let is_texts =
        |field: &FieldRef| matches!(field.data_type(), DataType::List(item) if item.data_type().is_string());
    let (first, others) = fields.split_first()?;
    if others.iter().any(is_texts) { None } else { Limit::of_field(first) }
}

/// The field of a result whose values are those of an enum type.
pub(super) fn marked(limit: &Limit, field: Field) -> Field {
    match element(field.data_type()) {
        Some(_) => limit.marked(field),
        None => field,
    }
}

/// The text type of a result or of its elements.
fn element(result: &DataType) -> Option<&DataType> {
    match result {
        DataType::List(item) => Some(item.data_type()),
        other => Some(other),
    }
    .filter(|kind| kind.is_string())
}

/// The statistic of the places of labels, as labels.
///
/// # Errors
/// Those of the statistic, and texts that are no labels.
pub(super) fn evaluate(
    statistic: &Statistic,
    limit: &Limit,
    args: &[ArrayRef],
    result: &FieldRef,
) -> Result<ScalarValue> {
    let mut args = args.to_vec();
    args[0] = Arc::new(enums::places(limit, &args[0]).map_err(failed)?);
    let kind = match (element(result.data_type()), result.data_type()) {
        (Some(_), DataType::List(_)) => {
            DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)))
        }
        (Some(_), _) => DataType::Int64,
        (None, other) => other.clone(),
    };
    let field: FieldRef = Arc::new(Field::new(result.name(), kind, true));
    let value = (statistic.compute)(&Group { args: &args, result: &field })?;
    labelled(limit, value, result.data_type())
}

fn labelled(limit: &Limit, value: ScalarValue, result: &DataType) -> Result<ScalarValue> {
    let array = value.to_array().map_err(failed)?;
    let labels = |places: &ArrayRef, kind: &DataType| {
        let places = cast(places, &DataType::Int64)?;
        cast(&enums::labels(limit, places.as_primitive::<Int64Type>()), kind)
    };
    let array: ArrayRef = match result {
        text if text.is_string() => labels(&array, text).map_err(arrow_error)?,
        DataType::List(item) if item.data_type().is_string() => {
            let lists = array.as_list::<i32>();
            let values = labels(lists.values(), item.data_type()).map_err(arrow_error)?;
            let offsets = lists.offsets().clone();
            let lists = ListArray::try_new(item.clone(), offsets, values, lists.nulls().cloned());
            Arc::new(lists.map_err(arrow_error)?)
        }
        DataType::Map(entries, sorted) if !value.is_null() => {
            let DataType::Struct(fields) = entries.data_type() else { return Ok(value) };
            let map = array.as_map();
            let keys = labels(map.keys(), fields[0].data_type()).map_err(arrow_error)?;
            let pairs = StructArray::try_new(fields.clone(), vec![keys, map.values().clone()], None);
            let map = MapArray::try_new(
                entries.clone(),
                map.offsets().clone(),
                pairs.map_err(arrow_error)?,
                map.nulls().cloned(),
                *sorted,
            );
            Arc::new(map.map_err(arrow_error)?)
        }
        _ => return Ok(value),
    };
    ScalarValue::try_from_array(&array, 0).map_err(failed)
}

fn failed(error: DataFusionError) -> Error {
    match crate::udf::linal_error(&error) {
        Some(error) => error.clone(),
        None => Error::new(Code::InternalError, error.to_string()),
    }
}
