//! Converts computed columns to the types of a dataset. A value that would lose information is an error that
//! names its row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, ListArray, PrimitiveArray, new_null_array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Field, Float64Type, Int64Type, IntervalMonthDayNanoType,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
};
use linal_error::Code;
use linal_store::temporal::Zone;
use linal_store::{ColumnType, TensorType};
use linal_tensor::{DType, Shape};

use super::arrow_error;
use super::assignment;
use super::definition::ColumnDef;
use super::literal::{Misfit, abridged, date, instant, interval, real, time, timestamp, whole, written_form};
use super::nested_cast;
use super::wording::spoken;
use crate::error::{Error, Result};

/// The first value that does not fit, with its row in the array.
pub(super) struct At(pub usize, pub Misfit);

/// A converted array, or the first value that does not fit.
pub(super) type Fitted = std::result::Result<ArrayRef, At>;

/// Converts an array as values of a column of a type are: without a loss.
pub(super) fn stored(array: &ArrayRef, field: &Field, target: &ColumnType, zone: &Zone) -> Fitted {
    convert(array, field, &ColumnDef::new("", target.clone(), true), zone)
}

/// Converts an array to the type of a column. Timestamps with and without a zone are converted to each other
/// as local time in `zone`. `row` maps an array's row to the row of the dataset, from 0.
///
/// # Errors
/// The first value that does not fit, with row and column.
pub fn coerce(
    array: &ArrayRef,
    field: &Field,
    column: &ColumnDef,
    zone: &Zone,
    row: &dyn Fn(usize) -> usize,
) -> Result<ArrayRef> {
    // Without rows there is nothing to convert, and an error could name no row.
    if array.is_empty() {
        return Ok(new_null_array(&column.column_type.data_type(), 0));
    }
    let stored = convert(array, field, column, zone)
        .map_err(|At(at, misfit)| misfit.into_error(row(at), column, None))?;
    if !column.nullable && column.computed.is_none() && stored.logical_null_count() > 0 {
        let nulls = stored.logical_nulls();
        let first = nulls.and_then(|nulls| nulls.iter().position(|valid| !valid)).unwrap_or(0);
        return Err(Misfit::Null.into_error(row(first), column, None));
    }
    if let Some(at) = column.limit.as_ref().and_then(|limit| limit.first_beyond(stored.as_ref())) {
        return Err(Misfit::of_limit(text_of(&stored, at), column).into_error(row(at), column, None));
    }
    if let Some(at) = null_element(&stored) {
        let message = format!("row {}, column `{}`: an element is NULL", row(at) + 1, column.name);
        let error = Error::new(Code::NotNull, message);
        return Err(error.with_help("NULL is no element of a tensor; NaN is"));
    }
    Ok(stored)
}

/// The first non-NULL list with a NULL element.
fn null_element(array: &ArrayRef) -> Option<usize> {
    let list = array.as_fixed_size_list_opt()?;
    if list.values().null_count() == 0 {
        return None;
    }
    (0..list.len()).find(|&at| list.is_valid(at) && list.value(at).null_count() > 0)
}

fn convert(array: &ArrayRef, field: &Field, column: &ColumnDef, zone: &Zone) -> Fitted {
    let target = &column.column_type;
    let source = ColumnType::of(field);
    if array.data_type() == &DataType::Null {
        return Ok(new_null_array(&target.data_type(), array.len()));
    }
    if source == *target {
        return plain_cast(array, &target.data_type(), &source);
    }
    match (&source, target) {
        (ColumnType::Tensor(from), ColumnType::Tensor(to)) => tensor(array, from, to),
        (
            ColumnType::Other(DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)),
            ColumnType::Tensor(to),
        ) => list(array, to),
        (
            ColumnType::Tensor(_)
            | ColumnType::Other(DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)),
            ColumnType::Other(DataType::List(item)),
        ) => lists(array, field, item, zone),
        (ColumnType::Float | ColumnType::Real, ColumnType::Int) => whole_numbers(array),
        (ColumnType::Float, ColumnType::Real) => narrow(array),
        (ColumnType::Int | ColumnType::Real, ColumnType::Float) | (ColumnType::Int, ColumnType::Real) => {
            plain_cast(array, &target.data_type(), &source)
        }
        (ColumnType::String, target) if written_form(target).is_some() => moments(array, target, zone),
        (ColumnType::String, target) if assignment::reads(target) => from_texts(array, target),
        (source, ColumnType::String) if assignment::writes(source) => {
            let texts = assignment::write_all(array).unwrap_or_else(|| array.clone());
            plain_cast(&texts, &target.data_type(), source)
        }
        (ColumnType::Other(DataType::Timestamp(_, Some(_))), ColumnType::Timestamp) => local(array, zone),
        (
            ColumnType::Date | ColumnType::Timestamp | ColumnType::Other(DataType::Timestamp(_, None)),
            ColumnType::Other(DataType::Timestamp(TimeUnit::Microsecond, Some(_))),
        ) => instants(array, target, &source, zone),
        (
            ColumnType::Other(DataType::Timestamp(_, Some(_))),
            ColumnType::Other(DataType::Timestamp(_, Some(_))),
        )
        | (ColumnType::Other(DataType::Duration(_)), ColumnType::Other(DataType::Interval(_))) => {
            plain_cast(array, &target.data_type(), &source)
        }
        (ColumnType::Date, ColumnType::Timestamp) => plain_cast(array, &target.data_type(), &source),
        (ColumnType::Other(from), _) if from.is_numeric() && is_number(target) => {
            exact(array, target, &source)
        }
        (_, ColumnType::Other(to)) if to.is_numeric() && is_number(&source) => exact(array, target, &source),
        (ColumnType::Other(DataType::Timestamp(_, None)), ColumnType::Timestamp) => {
            exact(array, target, &source)
        }
        _ => {
            let leaf =
                |array: &ArrayRef, from: &Field, to: &Field| stored(array, from, &ColumnType::of(to), zone);
            let to = target.field("", true);
            // A value that is no text goes into text only by a cast.
            let nested = if target.data_type().is_string() {
                None
            } else {
                nested_cast::convert(array, field, &to, false, &leaf)
            };
            nested.unwrap_or_else(|| Err(first(array, |_| Misfit::Type(format!("a {}", spoken(&source))))))
        }
    }
}

fn is_number(column_type: &ColumnType) -> bool {
    match column_type {
        ColumnType::Int | ColumnType::Float | ColumnType::Real => true,
        ColumnType::Other(other) => other.is_numeric(),
        _ => false,
    }
}

/// The misfit of the first non-NULL value.
fn first(array: &ArrayRef, misfit: impl FnOnce(usize) -> Misfit) -> At {
    let at = (0..array.len()).find(|&at| array.is_valid(at)).unwrap_or(0);
    At(at, misfit(at))
}

/// A lossless conversion.
fn plain_cast(array: &ArrayRef, target: &DataType, source: &ColumnType) -> Fitted {
    if array.data_type() == target {
        Ok(array.clone())
    } else {
        cast(array, target).map_err(|_| first(array, |_| Misfit::Type(format!("a {}", spoken(source)))))
    }
}

fn whole_numbers(array: &ArrayRef) -> Fitted {
    let wide = plain_cast(array, &DataType::Float64, &ColumnType::Float)?;
    let numbers = wide.as_primitive::<Float64Type>();
    let misfit = (0..numbers.len()).find(|&at| numbers.is_valid(at) && whole(numbers.value(at)).is_none());
    match misfit {
        Some(at) => Err(At(at, Misfit::Type(format!("the number {:?}", numbers.value(at))))),
        None => Ok(Arc::new(numbers.unary::<_, Int64Type>(|x| whole(x).unwrap_or_default()))),
    }
}

fn narrow(array: &ArrayRef) -> Fitted {
    let numbers = array.as_primitive::<Float64Type>();
    match (0..numbers.len()).find(|&at| numbers.is_valid(at) && real(numbers.value(at)).is_none()) {
        Some(at) => Err(At(at, Misfit::Range(format!("{:?}", numbers.value(at))))),
        None => plain_cast(array, &DataType::Float32, &ColumnType::Float),
    }
}

/// Reads texts as numbers or Booleans.
fn from_texts(array: &ArrayRef, target: &ColumnType) -> Fitted {
    let texts = plain_cast(array, &DataType::Utf8View, &ColumnType::String)?;
    let texts = texts.as_string_view();
    assignment::read_all(texts, target)
        .map_err(|at| At(at, Misfit::Type(format!("the String '{}'", abridged(texts.value(at))))))
}

/// Parses texts as dates or times.
fn moments(array: &ArrayRef, target: &ColumnType, zone: &Zone) -> Fitted {
    Ok(match target {
        ColumnType::Date => Arc::new(parsed::<Date32Type>(array, target, date)?),
        ColumnType::Timestamp => Arc::new(parsed::<TimestampMicrosecondType>(array, target, timestamp)?),
        ColumnType::Other(DataType::Time64(_)) => {
            Arc::new(parsed::<Time64NanosecondType>(array, target, time)?)
        }
        ColumnType::Other(DataType::Interval(_)) => {
            Arc::new(parsed::<IntervalMonthDayNanoType>(array, target, interval)?)
        }
        _ => {
            let instants: ArrayRef =
                Arc::new(parsed::<TimestampMicrosecondType>(array, target, |text| instant(text, zone))?);
            let zoned = cast(&instants, &DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())));
            plain_cast(&zoned.unwrap_or(instants), &target.data_type(), &ColumnType::String)?
        }
    })
}

fn parsed<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    target: &ColumnType,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> std::result::Result<PrimitiveArray<T>, At> {
    let text = plain_cast(array, &DataType::Utf8View, &ColumnType::String)?;
    let text = text.as_string_view();
    let form = written_form(target).unwrap_or_default();
    let values = (0..text.len()).map(|at| {
        if text.is_null(at) {
            return Ok(None);
        }
        let value = parse(text.value(at)).map(Some);
        value.ok_or_else(|| At(at, Misfit::Form(text.value(at).to_string(), form)))
    });
    values.collect()
}

/// Converts local time in a zone to instants.
fn instants(array: &ArrayRef, target: &ColumnType, source: &ColumnType, zone: &Zone) -> Fitted {
    let local = match array.data_type() {
        DataType::Timestamp(..) => exact(array, &ColumnType::Timestamp, source)?,
        _ => plain_cast(array, &ColumnType::Timestamp.data_type(), source)?,
    };
    let instants = shifted(&local, |local| zone.to_utc(local))?;
    let DataType::Timestamp(_, label) = target.data_type() else { return Ok(Arc::new(instants)) };
    Ok(Arc::new(instants.with_timezone_opt(label)))
}

/// Converts instants to local time in a zone.
fn local(array: &ArrayRef, zone: &Zone) -> Fitted {
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some(Zone::utc().name().into()));
    let instants = plain_cast(array, &utc, &ColumnType::Timestamp)?;
    Ok(Arc::new(shifted(&instants, |utc| zone.to_local(utc))?))
}

/// Maps each timestamp and removes the zone; a result beyond the calendar is out of range.
fn shifted(
    moments: &ArrayRef,
    shift: impl Fn(i64) -> Option<i64>,
) -> std::result::Result<PrimitiveArray<TimestampMicrosecondType>, At> {
    let moments = moments.as_primitive::<TimestampMicrosecondType>();
    let values = (0..moments.len()).map(|at| {
        if moments.is_null(at) {
            return Ok(None);
        }
        let moved = shift(moments.value(at)).map(Some);
        moved.ok_or_else(|| At(at, Misfit::Range(text_of(&(Arc::new(moments.clone()) as ArrayRef), at))))
    });
    values.collect()
}

/// A numeric conversion that must round-trip.
fn exact(array: &ArrayRef, target: &ColumnType, source: &ColumnType) -> Fitted {
    let none = || first(array, |_| Misfit::Type(format!("a {}", spoken(source))));
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let there = cast_with_options(array, &target.data_type(), &options).map_err(|_| none())?;
    let back = cast_with_options(&there, array.data_type(), &options).map_err(|_| none())?;
    let differ = distinct(array, &back).map_err(|_| none())?;
    match (0..differ.len()).find(|&at| differ.value(at)) {
        Some(at) => Err(At(at, Misfit::Range(text_of(array, at)))),
        None => Ok(there),
    }
}

fn text_of(array: &ArrayRef, at: usize) -> String {
    arrow::util::display::array_value_to_string(array, at).unwrap_or_else(|_| "a value".to_string())
}

/// Lists of variable length.
fn list(array: &ArrayRef, to: &TensorType) -> Fitted {
    let wrong = match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            (0..lists.len())
                .find(|&at| lists.is_valid(at) && lists.value(at).len() != to.len())
                .map(|at| (at, lists.value(at).len()))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            (0..lists.len())
                .find(|&at| lists.is_valid(at) && lists.value(at).len() != to.len())
                .map(|at| (at, lists.value(at).len()))
        }
        _ => array.as_fixed_size_list_opt().and_then(|lists| {
            let width = usize::try_from(lists.value_length()).unwrap_or(0);
            (width != to.len() && !lists.is_empty()).then_some((0, width))
        }),
    };
    if let Some((at, length)) = wrong {
        return Err(At(at, Misfit::Shape(vec![length])));
    }
    if to.shape.rank() != 1 {
        return Err(first(array, |_| Misfit::Shape(vec![to.len()])));
    }
    // The elements are cast to f64 first, so that they are checked like those of any other vector.
    let wide = TensorType { shape: Shape::new(&[to.len()]), dtype: DType::F64 };
    let fixed = cast(array, &wide.data_type()).map_err(|_| {
        first(array, |_| Misfit::Type(format!("a {}", spoken(&ColumnType::Other(array.data_type().clone())))))
    })?;
    tensor(&fixed, &wide, to)
}

/// Converts lists to lists of another element type; each element is converted like a single value.
fn lists(array: &ArrayRef, field: &Field, item: &Arc<Field>, zone: &Zone) -> Fitted {
    let source = ColumnType::of(field);
    let none = || first(array, |_| Misfit::Type(format!("a {}", spoken(&source))));
    let own = match (field.data_type(), TensorType::of(field)) {
        (_, Some(tensor)) if tensor.shape.rank() != 1 => return Err(none()),
        (DataType::List(own) | DataType::LargeList(own) | DataType::FixedSizeList(own, _), _) => own.clone(),
        _ => return Err(none()),
    };
    let list = plain_cast(array, &DataType::List(own.clone()), &source)?;
    let list = list.as_list_opt::<i32>().ok_or_else(none)?;
    let element = ColumnDef::new("", ColumnType::of(item), true);
    let row_of = |at: usize| {
        let ends = list.value_offsets().get(1..).unwrap_or_default();
        ends.partition_point(|&end| usize::try_from(end).is_ok_and(|end| end <= at))
    };
    let values = convert(list.values(), &own, &element, zone)
        .map_err(|At(at, misfit)| At(row_of(at), self::element(misfit)))?;
    let values = plain_cast(&values, item.data_type(), &element.column_type)?;
    let nulls = list.nulls().cloned();
    let stored =
        ListArray::try_new(item.clone(), list.offsets().clone(), values, nulls).map_err(|_| none())?;
    Ok(Arc::new(stored))
}

/// Converts tensors of one shape to another dtype.
fn tensor(array: &ArrayRef, from: &TensorType, to: &TensorType) -> Fitted {
    if from.shape != to.shape {
        return Err(first(array, |_| Misfit::Shape(from.shape.dims().to_vec())));
    }
    let Some(list) = array.as_fixed_size_list_opt() else {
        return Err(first(array, |_| Misfit::Type(format!("a {from}"))));
    };
    let none = || first(array, |_| Misfit::Type(format!("a {from}")));
    let same_kind = (from.dtype == DType::Bool) == (to.dtype == DType::Bool);
    if !same_kind || (from.dtype.is_complex() && !to.dtype.is_complex()) {
        return Err(none());
    }
    let width = from.len().max(1) * if from.dtype.is_complex() { 2 } else { 1 };
    let in_row = |At(at, misfit): At| At(at / width, element(misfit));
    let values = list.values();
    let float = ColumnType::Float;
    let converted = match (from.dtype, to.dtype) {
        (DType::F64 | DType::F32, DType::I64) => whole_numbers(values).map_err(in_row)?,
        (DType::F64 | DType::C128, DType::F32 | DType::C64) => narrow(values).map_err(in_row)?,
        (_, DType::F32 | DType::C64) => plain_cast(values, &DataType::Float32, &float).map_err(in_row)?,
        (_, DType::F64 | DType::C128) => plain_cast(values, &DataType::Float64, &float).map_err(in_row)?,
        (_, DType::I64 | DType::Bool) => values.clone(),
    };
    let converted = if to.dtype.is_complex() && !from.dtype.is_complex() {
        with_imaginary(&converted).ok_or_else(none)?
    } else {
        converted
    };
    let width = i32::try_from(to.width()).unwrap_or(i32::MAX);
    let list = FixedSizeListArray::try_new_with_length(
        to.item_field(),
        width,
        converted,
        list.nulls().cloned(),
        list.len(),
    )
    .map_err(|_| none())?;
    Ok(Arc::new(list))
}

/// The misfit of an element of a list.
pub(super) fn element(misfit: Misfit) -> Misfit {
    match misfit {
        Misfit::Type(text) => Misfit::Type(text.replace("the number", "the element")),
        Misfit::Range(text) => Misfit::Range(format!("the element {text}")),
        other => other,
    }
}

/// Complex numbers with imaginary part zero.
fn with_imaginary(values: &ArrayRef) -> Option<ArrayRef> {
    use arrow::datatypes::Float32Type;
    if let Some(values) = values.as_primitive_opt::<Float32Type>() {
        let pairs: Vec<f32> = values.values().iter().flat_map(|&x| [x, 0.0]).collect();
        return Some(Arc::new(PrimitiveArray::<Float32Type>::from(pairs)));
    }
    let values = values.as_primitive_opt::<Float64Type>()?;
    let pairs: Vec<f64> = values.values().iter().flat_map(|&x| [x, 0.0]).collect();
    Some(Arc::new(PrimitiveArray::<Float64Type>::from(pairs)))
}

/// An array with the same value in every row.
pub fn repeated(one: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    let zeros = arrow::array::UInt32Array::from(vec![0u32; rows]);
    arrow::compute::take(one, &zeros, None).map_err(arrow_error)
}
