//! Lists of a batch as one array of elements, and elements as keys that are compared as bytes.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, ListArray, UInt64Array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{SortOptions, cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Float32Type, Float64Type};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result as DfResult;

/// The type of a list's elements; `None` for other types.
pub(super) fn item_of(data_type: &DataType) -> Option<FieldRef> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(item.clone())
        }
        DataType::Null => Some(Arc::new(Field::new_list_field(DataType::Null, true))),
        _ => None,
    }
}

/// The list type with elements of a type.
pub(super) fn list_type(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

/// Any array of lists as one of lists with 32-bit offsets.
pub(super) fn lists(array: &ArrayRef) -> DfResult<ListArray> {
    let item = item_of(array.data_type());
    let item = item.unwrap_or_else(|| Arc::new(Field::new_list_field(array.data_type().clone(), true)));
    let lists = match array.data_type() {
        DataType::Null => new_null_array(&DataType::List(item), array.len()),
        _ => cast(array, &DataType::List(item))?,
    };
    Ok(lists.as_list::<i32>().clone())
}

/// The places of a row's elements among those of all rows; empty for NULL.
pub(super) fn range(lists: &ListArray, row: usize) -> Range<usize> {
    if lists.is_null(row) {
        return 0..0;
    }
    let offsets = lists.value_offsets();
    let place = |at: usize| offsets.get(at).map_or(0, |&offset| usize::try_from(offset).unwrap_or(0));
    place(row)..place(row + 1)
}

/// Lists of chosen elements: `choose` gives the places of a row's elements, `None` for NULL.
pub(super) fn chosen(
    lists: &ListArray,
    mut choose: impl FnMut(usize, Range<usize>) -> Option<Vec<u64>>,
) -> DfResult<ArrayRef> {
    let mut places: Vec<u64> = Vec::new();
    let mut lengths = Vec::with_capacity(lists.len());
    let mut valid = Vec::with_capacity(lists.len());
    for row in 0..lists.len() {
        let chosen = if lists.is_null(row) { None } else { choose(row, range(lists, row)) };
        valid.push(chosen.is_some());
        let before = places.len();
        places.extend(chosen.into_iter().flatten());
        lengths.push(places.len() - before);
    }
    let values = taken(lists.values(), &UInt64Array::from(places))?;
    let DataType::List(item) = lists.data_type() else {
        return datafusion::common::internal_err!("no lists");
    };
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, values, nulls)?))
}

/// Elements by their places.
pub(super) fn taken(values: &ArrayRef, places: &UInt64Array) -> DfResult<ArrayRef> {
    Ok(take(values, places, None)?)
}

/// The values as keys: equal values have equal bytes, and the order of the bytes is that of the values, with NULL last.
pub(super) fn keys(values: &ArrayRef, descending: bool) -> DfResult<Rows> {
    let values = normal(values);
    let options = SortOptions { descending, nulls_first: false };
    let field = SortField::new_with_options(values.data_type().clone(), options);
    Ok(RowConverter::new(vec![field])?.convert_columns(&[values])?)
}

/// Floats with one zero and one NaN.
fn normal(values: &ArrayRef) -> ArrayRef {
    if let Some(floats) = values.as_primitive_opt::<Float64Type>() {
        let normal: Float64Array = floats.unary(|x| if x.is_nan() { f64::NAN } else { x + 0.0 });
        return Arc::new(normal);
    }
    if let Some(floats) = values.as_primitive_opt::<Float32Type>() {
        let normal: Float32Array = floats.unary(|x| if x.is_nan() { f32::NAN } else { x + 0.0 });
        return Arc::new(normal);
    }
    values.clone()
}

/// Two arrays with the wider of their types.
pub(super) fn alike(left: &ArrayRef, right: &ArrayRef) -> DfResult<(ArrayRef, ArrayRef)> {
    let Some(common) = common_type(&[left.data_type().clone(), right.data_type().clone()]) else {
        return Ok((left.clone(), right.clone()));
    };
    Ok((cast(left, &common)?, cast(right, &common)?))
}

/// The type that values of all these types are converted to.
pub(super) fn common_type(types: &[DataType]) -> Option<DataType> {
    let known: Vec<DataType> = types.iter().filter(|data_type| !data_type.is_null()).cloned().collect();
    match known.split_first() {
        None => Some(DataType::Null),
        Some((first, rest)) if rest.iter().all(|other| other == first) => Some(first.clone()),
        Some(_) => datafusion::logical_expr::type_coercion::binary::type_union_resolution(&known),
    }
}
