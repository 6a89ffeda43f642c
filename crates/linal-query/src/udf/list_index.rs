//! `x[i]` of lists, whose elements may be NULL or not numeric. Any other indexed value is a tensor.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::key_and_value;
use linal_tensor::Take;

use super::error::external;
use super::index;
use super::nested::map_values_at;
use super::over_rows::over_rows;

/// The index of lists; other values are passed to the index of tensors.
pub(super) fn list_index(tensors: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(ListIndex { tensors, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ListIndex {
    tensors: Arc<ScalarUDF>,
    signature: Signature,
}

/// The element type, if a value is nested at least as deep as there are integers.
fn element_type(types: &[DataType]) -> Option<DataType> {
    let (list, places) = types.split_first()?;
    if places.is_empty() || !places.iter().all(DataType::is_integer) {
        return None;
    }
    places.iter().try_fold(list.clone(), |list, _| match list {
        // Stacks of tensors keep the shape of their cells.
        DataType::List(item) if !matches!(item.data_type(), DataType::FixedSizeList(..)) => {
            Some(item.data_type().clone())
        }
        _ => None,
    })
}

/// The indices of the elements at some positions, counted from 0, or from the end if negative.
fn elements(lists: &ListArray, places: &Int64Array) -> Result<UInt64Array> {
    let place = |row: usize| {
        if lists.is_null(row) || places.is_null(row) {
            return Ok(None);
        }
        let (length, place) = (i64::from(lists.value_length(row)), places.value(row));
        let from_start = if place < 0 { place + length } else { place };
        if !(0..length).contains(&from_start) {
            let message = format!("the index {place} is out of range: the list has {length} elements");
            return Err(Error::new(Code::IndexOutOfRange, message));
        }
        let start = lists.value_offsets().get(row).map_or(0, |&start| i64::from(start));
        Ok(u64::try_from(start + from_start).ok())
    };
    (0..lists.len()).map(place).collect()
}

/// The type of a map's values, if a value is a map and one key is given.
fn value_type(types: &[DataType]) -> Option<DataType> {
    match types {
        [DataType::Map(entries, _), _] => key_and_value(entries).map(|(_, value)| value.data_type().clone()),
        _ => None,
    }
}

/// The range of `l[1:3]`, if the list's elements are no numbers and no tensors.
fn slice_of(fields: &[FieldRef]) -> Option<(Option<i64>, Option<i64>, i64)> {
    let [list, mark] = fields else { return None };
    if !is_other_list(list.data_type()) {
        return None;
    }
    match index::range_of(mark)? {
        Take::All => Some((None, None, 1)),
        Take::Range { start, stop, step } => Some((start, stop, step)),
        Take::At(_) => None,
    }
}

fn is_other_list(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) => {
            let item = item.data_type();
            !(item.is_numeric() || *item == DataType::Boolean || matches!(item, DataType::FixedSizeList(..)))
        }
        _ => false,
    }
}

/// The elements of each list within a half-open range; bounds beyond a list are its ends.
fn sliced(array: &ArrayRef, (start, stop, step): (Option<i64>, Option<i64>, i64)) -> DfResult<ArrayRef> {
    let lists = array.as_list::<i32>();
    if step == 0 {
        return Err(external(Error::new(Code::BadIndex, "the step of a range is not 0")));
    }
    let (mut places, mut lengths) = (Vec::new(), Vec::with_capacity(lists.len()));
    for row in 0..lists.len() {
        let length = if lists.is_null(row) { 0 } else { i64::from(lists.value_length(row)) };
        let first = i64::from(lists.value_offsets()[row]);
        let bound = |bound: Option<i64>, default: i64, low: i64, high: i64| match bound {
            None => default,
            Some(at) => (if at < 0 { at + length } else { at }).clamp(low, high),
        };
        let before = places.len();
        if step > 0 {
            let (start, stop) = (bound(start, 0, 0, length), bound(stop, length, 0, length));
            places.extend((start..stop).step_by(step as usize).map(|at| (first + at) as u64));
        } else {
            let (start, stop) = (bound(start, length - 1, -1, length - 1), bound(stop, -1, -1, length - 1));
            let down = (stop + 1..=start).rev().step_by(step.unsigned_abs() as usize);
            places.extend(down.map(|at| (first + at) as u64));
        }
        lengths.push(places.len() - before);
    }
    let DataType::List(item) = lists.data_type() else { return datafusion::common::internal_err!("no list") };
    let values = take(lists.values(), &UInt64Array::from(places), None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, values, lists.nulls().cloned())?))
}

fn at_places(arrays: &[ArrayRef]) -> DfResult<ArrayRef> {
    let Some((lists, places)) = arrays.split_first() else {
        return datafusion::common::internal_err!("an index of nothing");
    };
    places.iter().try_fold(lists.clone(), |lists, places| {
        let places = cast(places, &DataType::Int64)?;
        let lists = lists.as_list::<i32>();
        let elements = elements(lists, places.as_primitive::<Int64Type>()).map_err(external)?;
        Ok(take(lists.values(), &elements, None)?)
    })
}

impl ScalarUDFImpl for ListIndex {
    fn name(&self) -> &str {
        self.tensors.name()
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        self.tensors.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        self.tensors.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        if slice_of(args.arg_fields).is_some() {
            return Ok(Arc::new(Field::clone(&args.arg_fields[0]).with_name(self.name())));
        }
        match element_type(&types).or_else(|| value_type(&types)) {
            Some(element) => Ok(Arc::new(Field::new(self.name(), element, true))),
            None => self.tensors.return_field_from_args(args),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if element_type(types).is_some()
            || value_type(types).is_some()
            || types.first().is_some_and(is_other_list)
        {
            return Ok(types.to_vec());
        }
        let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.tensors.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        if value_type(&types).is_some() {
            return over_rows(&args, |arrays| map_values_at(arrays[0].as_map(), &arrays[1]));
        }
        if let Some(slice) = slice_of(&args.arg_fields) {
            return over_rows(&args, |arrays| sliced(&arrays[0], slice));
        }
        match element_type(&types) {
            Some(_) => over_rows(&args, at_places),
            None => self.tensors.invoke_with_args(args),
        }
    }
}
