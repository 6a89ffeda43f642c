//! Cells of columns as values of Python.

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Field, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalUnit, TimeUnit, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::temporal_conversions as temporal;
use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use linal::{TensorType, column_to_tensor};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::error::bug;
use crate::shared::Shared;
use crate::tensor::Array as Memory;

static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static VIEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Reads the cells of a column.
pub enum Reader<'py> {
    /// A column of tensors: a NumPy array over all of them, and which cells are NULL.
    Tensors(Bound<'py, PyAny>, ArrayRef),
    /// Any other column.
    Cells(ArrayRef),
}

impl<'py> Reader<'py> {
    /// A reader of a column.
    ///
    /// # Errors
    /// When NumPy is needed and not installed.
    pub fn new(py: Python<'py>, field: &Field, array: &ArrayRef) -> PyResult<Reader<'py>> {
        let tensors = TensorType::of(field).and(array.as_fixed_size_list_opt());
        let Some(list) = tensors else { return Ok(Reader::Cells(array.clone())) };
        let DataType::FixedSizeList(item, width) = list.data_type() else {
            return Ok(Reader::Cells(array.clone()));
        };
        // The elements below a NULL cell are there, and not read.
        let (values, rows) = (list.values().clone(), list.len());
        let plain = FixedSizeListArray::try_new_with_length(item.clone(), *width, values, None, rows);
        let tensor = plain.ok().and_then(|plain| column_to_tensor(field, &plain).ok());
        let Some(tensor) = tensor else { return Ok(Reader::Cells(array.clone())) };
        let memory = Py::new(py, Memory::new(tensor.into(), Shared::fallback()))?;
        let view = VIEW.import(py, "linal._numpy", "view")?.call1((memory,))?;
        Ok(Reader::Tensors(view, array.clone()))
    }

    /// The value of a row; None for NULL.
    ///
    /// # Errors
    /// A value that Python has no type for, such as a date after the year 9999.
    pub fn value(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Reader::Tensors(_, array) if array.is_null(row) => Ok(py.None().into_bound(py)),
            Reader::Tensors(view, _) => view.get_item(row),
            Reader::Cells(array) => cell(py, array, row),
        }
    }
}

/// The value of a row.
fn cell<'py>(py: Python<'py>, array: &ArrayRef, row: usize) -> PyResult<Bound<'py, PyAny>> {
    use DataType::*;
    if array.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    macro_rules! number {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row).into_bound_py_any(py)
        };
    }
    match array.data_type() {
        Null => Ok(py.None().into_bound(py)),
        Boolean => array.as_boolean().value(row).into_bound_py_any(py),
        Int8 => number!(Int8Type),
        Int16 => number!(Int16Type),
        Int32 => number!(Int32Type),
        Int64 => number!(Int64Type),
        UInt8 => number!(UInt8Type),
        UInt16 => number!(UInt16Type),
        UInt32 => number!(UInt32Type),
        UInt64 => number!(UInt64Type),
        Float16 => array.as_primitive::<Float16Type>().value(row).to_f64().into_bound_py_any(py),
        Float32 => number!(Float32Type),
        Float64 => number!(Float64Type),
        Utf8 => array.as_string::<i32>().value(row).into_bound_py_any(py),
        LargeUtf8 => array.as_string::<i64>().value(row).into_bound_py_any(py),
        Utf8View => array.as_string_view().value(row).into_bound_py_any(py),
        Binary => Ok(PyBytes::new(py, array.as_binary::<i32>().value(row)).into_any()),
        LargeBinary => Ok(PyBytes::new(py, array.as_binary::<i64>().value(row)).into_any()),
        BinaryView => Ok(PyBytes::new(py, array.as_binary_view().value(row)).into_any()),
        FixedSizeBinary(16) => {
            let bytes = PyDict::new(py);
            bytes.set_item("bytes", PyBytes::new(py, array.as_fixed_size_binary().value(row)))?;
            py.import("uuid")?.getattr("UUID")?.call((), Some(&bytes))
        }
        FixedSizeBinary(_) => Ok(PyBytes::new(py, array.as_fixed_size_binary().value(row)).into_any()),
        Date32 => date(py, array.as_primitive::<Date32Type>().value(row)),
        Date64 => {
            let time = temporal::date64_to_datetime(array.as_primitive::<Date64Type>().value(row));
            moment(py, time.map(|time| time.date()))
        }
        Timestamp(_, None) => moment(py, timestamp(array, row)),
        Timestamp(_, Some(_)) => {
            let time = timestamp(array, row).map(|time| time.and_utc());
            moment(py, time)
        }
        Time32(_) | Time64(_) => moment(py, time_of_day(array, row)),
        Duration(_) => moment(py, duration(array, row)),
        Interval(unit) => interval(py, array, *unit, row),
        Decimal128(..) => decimal(py, array.as_primitive::<Decimal128Type>().value_as_string(row)),
        Decimal256(..) => decimal(py, array.as_primitive::<Decimal256Type>().value_as_string(row)),
        List(_) => items(py, &array.as_list::<i32>().value(row)),
        LargeList(_) => items(py, &array.as_list::<i64>().value(row)),
        FixedSizeList(..) => items(py, &array.as_fixed_size_list().value(row)),
        Struct(fields) => {
            let dict = PyDict::new(py);
            for (field, column) in fields.iter().zip(array.as_struct().columns()) {
                dict.set_item(field.name(), cell(py, column, row)?)?;
            }
            Ok(dict.into_any())
        }
        Map(..) => {
            let entries = array.as_map().value(row);
            let dict = PyDict::new(py);
            for at in 0..entries.len() {
                dict.set_item(cell(py, entries.column(0), at)?, cell(py, entries.column(1), at)?)?;
            }
            Ok(dict.into_any())
        }
        Dictionary(..) => {
            let one = array.slice(row, 1);
            let dictionary = one.as_any_dictionary();
            let key = dictionary.normalized_keys().first().copied().unwrap_or_default();
            cell(py, dictionary.values(), key)
        }
        other => {
            text(array, row)?.into_bound_py_any(py).map_err(|_: PyErr| bug(format!("a value of {other}")))
        }
    }
}

fn items<'py>(py: Python<'py>, values: &ArrayRef) -> PyResult<Bound<'py, PyAny>> {
    let list = PyList::empty(py);
    for at in 0..values.len() {
        list.append(cell(py, values, at)?)?;
    }
    Ok(list.into_any())
}

/// The date of days since 1970.
///
/// # Errors
/// One that Python has none for, such as one after the year 9999.
pub fn date(py: Python<'_>, days: i32) -> PyResult<Bound<'_, PyAny>> {
    moment(py, temporal::date32_to_datetime(days).map(|time| time.date()))
}

/// A value of time, unless it is beyond those of Python.
fn moment<'py, T>(py: Python<'py>, time: Option<T>) -> PyResult<Bound<'py, PyAny>>
where
    T: IntoPyObject<'py>,
{
    match time {
        Some(time) => time.into_bound_py_any(py),
        None => Err(bug("a time out of range")),
    }
}

fn text(array: &ArrayRef, row: usize) -> PyResult<String> {
    arrow::util::display::array_value_to_string(array, row).map_err(bug)
}

fn ticks(array: &ArrayRef, row: usize) -> Option<i64> {
    let data = array.to_data();
    match array.data_type().primitive_width()? {
        4 => data.buffer::<i32>(0).get(row).map(|&ticks| ticks.into()),
        _ => data.buffer::<i64>(0).get(row).copied(),
    }
}

fn unit(data_type: &DataType) -> Option<TimeUnit> {
    match data_type {
        DataType::Timestamp(unit, _)
        | DataType::Time32(unit)
        | DataType::Time64(unit)
        | DataType::Duration(unit) => Some(*unit),
        _ => None,
    }
}

fn timestamp(array: &ArrayRef, row: usize) -> Option<NaiveDateTime> {
    let ticks = ticks(array, row)?;
    match unit(array.data_type())? {
        TimeUnit::Second => temporal::timestamp_s_to_datetime(ticks),
        TimeUnit::Millisecond => temporal::timestamp_ms_to_datetime(ticks),
        TimeUnit::Microsecond => temporal::timestamp_us_to_datetime(ticks),
        TimeUnit::Nanosecond => temporal::timestamp_ns_to_datetime(ticks),
    }
}

fn time_of_day(array: &ArrayRef, row: usize) -> Option<NaiveTime> {
    Some(NaiveTime::MIN.overflowing_add_signed(duration(array, row)?).0)
}

fn duration(array: &ArrayRef, row: usize) -> Option<TimeDelta> {
    let ticks = ticks(array, row)?;
    match unit(array.data_type())? {
        TimeUnit::Second => TimeDelta::try_seconds(ticks),
        TimeUnit::Millisecond => TimeDelta::try_milliseconds(ticks),
        TimeUnit::Microsecond => Some(TimeDelta::microseconds(ticks)),
        TimeUnit::Nanosecond => Some(TimeDelta::nanoseconds(ticks)),
    }
}

/// An interval as a timedelta; one with months, which have no length, as text.
fn interval<'py>(
    py: Python<'py>,
    array: &ArrayRef,
    unit: IntervalUnit,
    row: usize,
) -> PyResult<Bound<'py, PyAny>> {
    if unit == IntervalUnit::MonthDayNano {
        let value = array.as_primitive::<arrow::datatypes::IntervalMonthDayNanoType>().value(row);
        if value.months == 0 {
            let length = TimeDelta::days(value.days.into()) + TimeDelta::nanoseconds(value.nanoseconds);
            return length.into_bound_py_any(py);
        }
    }
    text(array, row)?.into_bound_py_any(py)
}

fn decimal(py: Python<'_>, text: String) -> PyResult<Bound<'_, PyAny>> {
    DECIMAL.import(py, "decimal", "Decimal")?.call1((text,))
}
