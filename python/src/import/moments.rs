//! Columns of NumPy's points in time, whose NaT are NULL.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{Field, FieldRef};
use linal::Code;
use pyo3::prelude::*;

use super::tensor_of;
use crate::error::{bug, mistake};

/// The least integer is how NumPy writes a missing time.
const NAT: i64 = i64::MIN;

/// The column of an array of `datetime64`: dates for days and what is longer, else timestamps; `None` for any other array.
///
/// # Errors
/// An array of several axes; a date that is too far away.
pub fn column(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Option<(FieldRef, ArrayRef)>> {
    let py = values.py();
    let Ok(dtype) = values.getattr("dtype") else { return Ok(None) };
    if !dtype.getattr("kind").is_ok_and(|kind| kind.eq("M").unwrap_or(false)) {
        return Ok(None);
    }
    let (unit, count): (String, i64) =
        py.import("numpy")?.call_method1("datetime_data", (dtype,))?.extract()?;
    let unit = match (unit.as_str(), count) {
        ("D" | "W" | "M" | "Y", _) => "D",
        ("s", 1) => "s",
        ("ms", 1) => "ms",
        ("ns", 1) => "ns",
        _ => "us",
    };
    // `astype` has made a copy, which nobody else has.
    let ticks =
        values.call_method1("astype", (format!("datetime64[{unit}]"),))?.call_method1("view", ("int64",))?;
    let ticks = tensor_of(&ticks, true)?;
    if ticks.shape().rank() != 1 {
        let message = format!("the column `{name}` is no list of times: its shape is {}", ticks.shape());
        return Err(mistake(py, Code::RowCount, message));
    }
    let ticks = ScalarBuffer::from(ticks.to_vec::<i64>());
    let there = BooleanBuffer::collect_bool(ticks.len(), |row| ticks[row] != NAT);
    let nulls = Some(NullBuffer::new(there)).filter(|nulls| nulls.null_count() > 0);
    let array: ArrayRef = match unit {
        "D" => {
            let far = |_| {
                mistake(py, Code::ValueOutOfRange, format!("the column `{name}` has a date too far away"))
            };
            let days = ticks.iter().map(|&day| if day == NAT { Ok(0) } else { i32::try_from(day) });
            let days: Vec<i32> = days.collect::<Result<_, _>>().map_err(far)?;
            Arc::new(Date32Array::new(days.into(), nulls))
        }
        "s" => Arc::new(TimestampSecondArray::new(zeroed(ticks, nulls.as_ref()), nulls)),
        "ms" => Arc::new(TimestampMillisecondArray::new(zeroed(ticks, nulls.as_ref()), nulls)),
        "us" => Arc::new(TimestampMicrosecondArray::new(zeroed(ticks, nulls.as_ref()), nulls)),
        "ns" => Arc::new(TimestampNanosecondArray::new(zeroed(ticks, nulls.as_ref()), nulls)),
        _ => return Err(bug("another unit of time")),
    };
    Ok(Some((Arc::new(Field::new(name, array.data_type().clone(), true)), array)))
}

/// The ticks with zero where there is no time, so that a change of the unit overflows nowhere.
fn zeroed(ticks: ScalarBuffer<i64>, nulls: Option<&NullBuffer>) -> ScalarBuffer<i64> {
    match nulls {
        None => ticks,
        Some(_) => ticks.iter().map(|&tick| if tick == NAT { 0 } else { tick }).collect::<Vec<_>>().into(),
    }
}
