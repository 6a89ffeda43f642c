//! The values of columns as objects of Python, many rows at a time.
//!
//! A million rows of ten columns are ten million objects, and a fetch takes as long as they do. So a column of a common type is
//! read by a loop of its own, which calls the constructor of the object and nothing else, and a text or a date that comes again is
//! the same object. Columns of other types go through [`crate::cell`], value by value.

use std::ops::Range;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int32Array, Int64Array,
    LargeStringArray, RecordBatch, StringArray, StringViewArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Date32Type, Field, Float32Type, Float64Type, Int32Type, Int64Type};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::cell::{Reader, date};

/// Rows that are made at a time: few enough that their tuples stay in the cache of a core while the columns fill them.
const BLOCK: usize = 512;

/// Adds some rows of a batch, as tuples.
///
/// # Errors
/// Those of [`Reader`]; no memory.
pub fn add_rows<'py>(
    py: Python<'py>,
    batch: &RecordBatch,
    rows: Range<usize>,
    made: &mut Vec<Bound<'py, PyTuple>>,
) -> PyResult<()> {
    let fields = batch.schema_ref().fields();
    let columns = fields.iter().zip(batch.columns());
    let mut columns: Vec<Column<'_, 'py>> =
        columns.map(|(field, array)| Column::new(py, field, array, rows.len())).collect::<PyResult<_>>()?;
    made.reserve(rows.len());
    let mut start = rows.start;
    while start < rows.end {
        let end = rows.end.min(start + BLOCK);
        add_block(py, &mut columns, start..end, made)?;
        start = end;
    }
    Ok(())
}

fn add_block<'py>(
    py: Python<'py>,
    columns: &mut [Column<'_, 'py>],
    rows: Range<usize>,
    made: &mut Vec<Bound<'py, PyTuple>>,
) -> PyResult<()> {
    // These may run code of Python, which must not see tuples that are not filled.
    let others: Vec<Vec<Bound<'py, PyAny>>> =
        columns.iter().map(|column| column.others(py, rows.clone())).collect::<PyResult<_>>()?;
    let is_plain = columns.iter().all(|column| !matches!(column, Column::Other(_)));
    let width = columns.len() as ffi::Py_ssize_t;
    let paused = PausedCollector::new(py);
    let first = made.len();
    for _ in rows.clone() {
        // SAFETY: a new tuple, or null with an exception. Its places are filled below; one that stays empty because of an
        // error is freed as it is.
        made.push(unsafe {
            Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(width))?.cast_into_unchecked::<PyTuple>()
        });
    }
    let tuples = &made[first..];
    for ((at, column), others) in (0..).zip(columns).zip(others) {
        let mut next = tuples.iter();
        // SAFETY: the tuples are new and nobody else has them; a tuple takes over the reference, which is that of a live object.
        let mut set = |object| match next.next() {
            Some(tuple) => unsafe {
                ffi::PyTuple_SetItem(tuple.as_ptr(), at, object);
            },
            None => unsafe { ffi::Py_DECREF(object) },
        };
        match column {
            Column::Other(_) => others.into_iter().for_each(|value| set(value.into_ptr())),
            column => column.each(py, rows.clone(), &mut set)?,
        }
    }
    if is_plain && width > 0 {
        for tuple in tuples {
            // SAFETY: a live tuple. It holds numbers, texts and dates only, so that it is in no cycle; the collector of CPython
            // gives up such tuples itself, after it has looked at each.
            unsafe { ffi::PyObject_GC_UnTrack(tuple.as_ptr().cast()) };
        }
    }
    drop(paused);
    Ok(())
}

/// The values of a column, as a list.
///
/// # Errors
/// As [`add_rows`].
pub fn list<'py>(py: Python<'py>, field: &Field, array: &ArrayRef) -> PyResult<Bound<'py, PyList>> {
    let mut column = Column::new(py, field, array, array.len())?;
    if let Column::Other(_) = column {
        return PyList::new(py, column.others(py, 0..array.len())?);
    }
    // SAFETY: a new list, or null with an exception; its places are filled below.
    let list = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyList_New(array.len() as ffi::Py_ssize_t))? };
    let mut at = 0;
    // SAFETY: the list is new and nobody else has it; it takes over the reference, which is that of a live object.
    let mut set = |object| {
        unsafe { ffi::PyList_SetItem(list.as_ptr(), at, object) };
        at += 1;
    };
    column.each(py, 0..array.len(), &mut set)?;
    list.cast_into::<PyList>().map_err(Into::into)
}

/// A column whose values are made.
enum Column<'a, 'py> {
    Bool(&'a BooleanArray),
    Int(&'a Int64Array),
    Int32(&'a Int32Array),
    Float(&'a Float64Array),
    Real(&'a Float32Array),
    View(&'a StringViewArray, Seen<'py, u128>),
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    Date(&'a Date32Array, Seen<'py, i32>),
    /// Any other type.
    Other(Reader<'py>),
}

impl<'a, 'py> Column<'a, 'py> {
    /// A column of which so many rows are made.
    fn new(py: Python<'py>, field: &Field, array: &'a ArrayRef, rows: usize) -> PyResult<Column<'a, 'py>> {
        Ok(match array.data_type() {
            DataType::Boolean => Column::Bool(array.as_boolean()),
            DataType::Int64 => Column::Int(array.as_primitive::<Int64Type>()),
            DataType::Int32 => Column::Int32(array.as_primitive::<Int32Type>()),
            DataType::Float64 => Column::Float(array.as_primitive::<Float64Type>()),
            DataType::Float32 => Column::Real(array.as_primitive::<Float32Type>()),
            DataType::Utf8View => Column::View(array.as_string_view(), Seen::of(rows)),
            DataType::Utf8 => Column::Text(array.as_string::<i32>()),
            DataType::LargeUtf8 => Column::LargeText(array.as_string::<i64>()),
            DataType::Date32 => Column::Date(array.as_primitive::<Date32Type>(), Seen::of(rows)),
            _ => Column::Other(Reader::new(py, field, array)?),
        })
    }

    /// The values of a column of another type; none for the others.
    fn others(&self, py: Python<'py>, rows: Range<usize>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        match self {
            Column::Other(reader) => rows.map(|row| reader.value(py, row)).collect(),
            _ => Ok(Vec::new()),
        }
    }

    /// Gives the objects of some rows to `set`, which takes over the references; nothing for a column of another type.
    fn each(
        &mut self,
        py: Python<'py>,
        rows: Range<usize>,
        set: &mut impl FnMut(*mut ffi::PyObject),
    ) -> PyResult<()> {
        // SAFETY: constructors of objects, called with the interpreter attached.
        unsafe {
            match self {
                Column::Bool(array) => {
                    let make = |row| bool_object(array.value(row));
                    fill(py, rows, array.nulls(), make, set)
                }
                Column::Int(array) => {
                    let values = array.values();
                    fill(py, rows, array.nulls(), |row| ffi::PyLong_FromLongLong(values[row]), set)
                }
                Column::Int32(array) => {
                    let make = |row| ffi::PyLong_FromLongLong(array.value(row).into());
                    fill(py, rows, array.nulls(), make, set)
                }
                Column::Float(array) => {
                    let values = array.values();
                    fill(py, rows, array.nulls(), |row| ffi::PyFloat_FromDouble(values[row]), set)
                }
                Column::Real(array) => {
                    let make = |row| ffi::PyFloat_FromDouble(array.value(row).into());
                    fill(py, rows, array.nulls(), make, set)
                }
                Column::View(array, seen) => {
                    let views = array.views();
                    // Equal views of one array are equal texts: they hold the text, or where it lies.
                    let make = |row: usize| seen.get(py, views[row], || text_object(array.value(row)));
                    fill(py, rows, array.nulls(), make, set)
                }
                Column::Text(array) => {
                    fill(py, rows, array.nulls(), |row| text_object(array.value(row)), set)
                }
                Column::LargeText(array) => {
                    fill(py, rows, array.nulls(), |row| text_object(array.value(row)), set)
                }
                Column::Date(array, seen) => {
                    let make = |row: usize| {
                        let days = array.value(row);
                        seen.get(py, days, || match date(py, days) {
                            Ok(date) => date.into_ptr(),
                            Err(error) => {
                                error.restore(py);
                                std::ptr::null_mut()
                            }
                        })
                    };
                    fill(py, rows, array.nulls(), make, set)
                }
                Column::Other(_) => Ok(()),
            }
        }
    }
}

/// Gives an object for each row to `set`. `make` gives a new reference, or null when it has set an exception.
#[inline]
fn fill(
    py: Python<'_>,
    rows: Range<usize>,
    nulls: Option<&NullBuffer>,
    mut make: impl FnMut(usize) -> *mut ffi::PyObject,
    set: &mut impl FnMut(*mut ffi::PyObject),
) -> PyResult<()> {
    for row in rows {
        let object = match nulls {
            // SAFETY: None lives as long as the interpreter.
            Some(nulls) if nulls.is_null(row) => unsafe { new_reference(ffi::Py_None()) },
            _ => make(row),
        };
        if object.is_null() {
            return Err(PyErr::fetch(py));
        }
        set(object);
    }
    Ok(())
}

/// # Safety
/// The interpreter is attached, and the object is alive.
#[inline]
unsafe fn new_reference(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as above.
    unsafe { ffi::Py_INCREF(object) };
    object
}

/// # Safety
/// The interpreter is attached.
unsafe fn bool_object(value: bool) -> *mut ffi::PyObject {
    // SAFETY: as above; both live as long as the interpreter.
    unsafe { new_reference(if value { ffi::Py_True() } else { ffi::Py_False() }) }
}

/// # Safety
/// The interpreter is attached.
unsafe fn text_object(text: &str) -> *mut ffi::PyObject {
    // SAFETY: as above; the pointer and the length are those of UTF-8.
    unsafe { ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as ffi::Py_ssize_t) }
}

/// Objects that were made of a column, by their values, as far as no other value has the same place.
struct Seen<'py, K> {
    places: Vec<Option<(K, Bound<'py, PyAny>)>>,
    is_kept: bool,
}

/// A power of two.
const PLACES: usize = 256;
/// Fewer rows are made sooner than the places.
const ROWS_WORTH_PLACES: usize = 32;

impl<'py, K: Copy + Eq + Key> Seen<'py, K> {
    /// None so far, of a column of which so many rows are made.
    fn of(rows: usize) -> Self {
        Seen { places: Vec::new(), is_kept: rows >= ROWS_WORTH_PLACES }
    }

    /// A new reference to the object of a value, which is made when it is not there.
    #[inline]
    fn get(
        &mut self,
        py: Python<'py>,
        key: K,
        make: impl FnOnce() -> *mut ffi::PyObject,
    ) -> *mut ffi::PyObject {
        if !self.is_kept {
            return make();
        }
        if self.places.is_empty() {
            self.places.resize_with(PLACES, || None);
        }
        let place = &mut self.places[key.place()];
        if let Some((known, object)) = place
            && *known == key
        {
            return object.clone().into_ptr();
        }
        let made = make();
        // SAFETY: a new reference, or null.
        if let Some(object) = unsafe { Bound::from_owned_ptr_or_opt(py, made) } {
            *place = Some((key, object.clone()));
            return object.into_ptr();
        }
        made
    }
}

/// A value that has a place.
trait Key {
    fn place(&self) -> usize;
}

impl Key for u128 {
    fn place(&self) -> usize {
        let folded = (*self as u64) ^ ((*self >> 64) as u64).rotate_left(29);
        (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
    }
}

impl Key for i32 {
    fn place(&self) -> usize {
        *self as usize % PLACES
    }
}

/// Keeps the collector of cycles from looking at tuples that are being filled, once for each few hundred of them.
struct PausedCollector<'py> {
    was_enabled: bool,
    _attached: Python<'py>,
}

impl<'py> PausedCollector<'py> {
    fn new(py: Python<'py>) -> PausedCollector<'py> {
        // SAFETY: the interpreter is attached.
        PausedCollector { was_enabled: unsafe { ffi::PyGC_Disable() } == 1, _attached: py }
    }
}

impl Drop for PausedCollector<'_> {
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: the interpreter is attached.
            unsafe { ffi::PyGC_Enable() };
        }
    }
}
