//! Tensors of objects with the buffer protocol, such as NumPy arrays.

use std::ffi::CStr;
use std::panic::AssertUnwindSafe;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow::buffer::Buffer;
use linal::{Code, DType, Shape, Tensor};
use num_complex::{Complex32, Complex64};
use pyo3::buffer::PyUntypedBuffer;
use pyo3::prelude::*;

use crate::error::{bug, mistake};

/// Keeps a buffer of Python until nobody uses its memory any more.
#[pyclass(frozen, module = "linal._linal")]
struct Lender {
    _buffer: PyUntypedBuffer,
}

/// Elements somewhere in memory, with strides in bytes.
pub struct Memory {
    /// The first element.
    pub first: *const u8,
    /// The axes.
    pub shape: Vec<usize>,
    /// For each axis.
    pub strides: Vec<isize>,
    /// What an element is.
    pub element: Element,
}

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// One that tensors have.
    Own(DType),
    I8,
    I16,
    I32,
    U8,
    U16,
    U32,
    U64,
    F16,
}

impl Element {
    fn of_format(format: &CStr) -> Option<Element> {
        let format = format.to_bytes();
        let format = match format {
            // All machines that this runs on are little-endian, or the mark says that of the machine.
            [b'@' | b'=', rest @ ..] => rest,
            [b'<', rest @ ..] if cfg!(target_endian = "little") => rest,
            [b'>' | b'!', rest @ ..] if cfg!(target_endian = "big") => rest,
            other => other,
        };
        Some(match format {
            b"?" => Element::Own(DType::Bool),
            b"b" | b"c" => Element::I8,
            b"B" => Element::U8,
            b"h" => Element::I16,
            b"H" => Element::U16,
            b"i" => Element::I32,
            b"I" => Element::U32,
            b"l" if size_of::<std::ffi::c_long>() == 4 => Element::I32,
            b"L" if size_of::<std::ffi::c_long>() == 4 => Element::U32,
            b"l" | b"q" | b"n" => Element::Own(DType::I64),
            b"L" | b"Q" | b"N" => Element::U64,
            b"e" => Element::F16,
            b"f" => Element::Own(DType::F32),
            b"d" => Element::Own(DType::F64),
            b"Zf" => Element::Own(DType::C64),
            b"Zd" => Element::Own(DType::C128),
            _ => return None,
        })
    }

    /// Bytes of an element.
    pub fn size(self) -> usize {
        match self {
            Element::Own(dtype) => dtype.size(),
            Element::I8 | Element::U8 => 1,
            Element::I16 | Element::U16 | Element::F16 => 2,
            Element::I32 | Element::U32 => 4,
            Element::U64 => 8,
        }
    }
}

/// Whether a value has the buffer protocol.
pub fn supports_buffer(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the pointer is that of a live object.
    unsafe { pyo3::ffi::PyObject_CheckBuffer(value.as_ptr()) == 1 }
}

/// The tensor of a value with the buffer protocol.
pub fn tensor(value: &Bound<'_, PyAny>, share: bool) -> PyResult<Tensor> {
    let py = value.py();
    let attribute = |name: &str| value.getattr(name).ok();
    if attribute("ndim").is_some_and(|ndim| ndim.extract::<usize>().is_ok_and(|ndim| ndim == 0))
        && attribute("reshape").is_some()
    {
        // The buffer of an array without axes has no shape, which PyO3 takes for a mistake.
        let one = tensor(&value.call_method1("reshape", (1,))?, share)?;
        return one.reshape(&Shape::scalar()).ok_or_else(|| bug("an element without axes"));
    }
    let buffer = PyUntypedBuffer::get(value).ok().filter(|buffer| buffer.suboffsets().is_none());
    // The size is what the exporter says; a format of another size would be read beyond its end.
    let element = buffer.as_ref().and_then(|buffer| {
        Element::of_format(buffer.format()).filter(|element| element.size() == buffer.item_size())
    });
    let (Some(buffer), Some(element)) = (buffer, element) else {
        if let Some(native) = native(value)? {
            return tensor(&native, true);
        }
        let what =
            attribute("dtype").map_or_else(|| "the memory".into(), |dtype| format!("an array of {dtype}"));
        return Err(mistake(py, Code::TypeMismatch, format!("{what} holds no numbers of a tensor")));
    };
    let memory = Memory {
        first: buffer.buf_ptr().cast_const().cast(),
        shape: buffer.shape().to_vec(),
        strides: buffer.strides().to_vec(),
        element,
    };
    if share || buffer.readonly() {
        let owner = || Ok(Py::new(py, Lender { _buffer: buffer })?.into_any());
        return shared(py, memory, owner);
    }
    copied(py, &memory)
}

/// A copy of a NumPy array of numbers in the order of bytes of another machine; `None` for any other value.
fn native<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Ok(dtype) = value.getattr("dtype") else { return Ok(None) };
    let kind: String = dtype.getattr("kind").and_then(|kind| kind.extract()).unwrap_or_default();
    let is_foreign =
        dtype.getattr("isnative").is_ok_and(|native| native.is_truthy().is_ok_and(|native| !native));
    if !is_foreign || !"biufc".contains(&kind) || kind.is_empty() {
        return Ok(None);
    }
    let native = dtype.call_method1("newbyteorder", ("=",))?;
    value.call_method1("astype", (native,)).map(Some)
}

/// A tensor over memory of Python, which `owner` keeps; a copy when no tensor can have it as it is.
pub fn shared(
    py: Python<'_>,
    memory: Memory,
    owner: impl FnOnce() -> PyResult<Py<PyAny>>,
) -> PyResult<Tensor> {
    let Element::Own(dtype) = memory.element else { return copied(py, &memory) };
    let size = dtype.size();
    let is_aligned = memory.first.align_offset(size) == 0
        && memory.strides.iter().all(|stride| stride % size as isize == 0);
    if !is_aligned || memory.shape.contains(&0) {
        return copied(py, &memory);
    }
    let (start, length) = reach(&memory);
    let strides: Vec<isize> = memory.strides.iter().map(|stride| stride / size as isize).collect();
    let first = NonNull::new(memory.first.wrapping_sub(start).cast_mut());
    let first = first.ok_or_else(|| bug("an array at address 0"))?;
    let owner: Arc<AssertUnwindSafe<Py<PyAny>>> = Arc::new(AssertUnwindSafe(owner()?));
    // SAFETY: the elements between the lowest and the highest one that shape and strides reach are memory of the
    // owner, which keeps it until it is dropped. It is not written: it is read-only, or its user has promised that.
    // The owner may be dropped on any thread; without the interpreter its reference is given back later.
    let buffer = unsafe { Buffer::from_custom_allocation(first, length, owner) };
    // The bytes between the elements of a field may be no Booleans; a copy has the elements alone.
    Tensor::from_strided_buffer(dtype, Shape::new(&memory.shape), &strides, start / size, buffer.clone())
        .or_else(|_| copied(py, &memory))
}

/// The bytes before the first element that strides reach, and the bytes of all that they reach.
fn reach(memory: &Memory) -> (usize, usize) {
    let (mut before, mut after) = (0, memory.element.size());
    for (&size, &stride) in memory.shape.iter().zip(&memory.strides) {
        let far = stride.unsigned_abs() * (size.max(1) - 1);
        if stride < 0 { before += far } else { after += far }
    }
    (before, before + after)
}

/// A tensor with a copy of the elements: in the order of the memory when that has no gaps, else in row-major order.
pub fn copied(py: Python<'_>, memory: &Memory) -> PyResult<Tensor> {
    let made = match memory.element {
        Element::Own(DType::Bool) => gathered(memory, |byte: u8| byte != 0),
        Element::Own(DType::I64) => gathered(memory, |x: i64| x),
        Element::Own(DType::F32) => gathered(memory, |x: f32| x),
        Element::Own(DType::F64) => gathered(memory, |x: f64| x),
        Element::Own(DType::C64) => gathered(memory, |x: [f32; 2]| Complex32::new(x[0], x[1])),
        Element::Own(DType::C128) => gathered(memory, |x: [f64; 2]| Complex64::new(x[0], x[1])),
        Element::I8 => gathered(memory, |x: i8| i64::from(x)),
        Element::I16 => gathered(memory, |x: i16| i64::from(x)),
        Element::I32 => gathered(memory, |x: i32| i64::from(x)),
        Element::U8 => gathered(memory, |x: u8| i64::from(x)),
        Element::U16 => gathered(memory, |x: u16| i64::from(x)),
        Element::U32 => gathered(memory, |x: u32| i64::from(x)),
        Element::F16 => gathered(memory, |x: u16| half::f16::from_bits(x).to_f32()),
        Element::U64 => {
            let wide = elements(memory, |x: u64| x);
            let narrow: Result<Vec<i64>, _> = wide.into_iter().map(i64::try_from).collect();
            let beyond =
                |_| mistake(py, Code::IntegerOverflow, "an integer does not fit 64 bits with a sign");
            Tensor::from_vec(narrow.map_err(beyond)?, Shape::new(&memory.shape))
        }
    };
    made.map_err(|error| mistake(py, Code::BadShape, error.to_string()))
}

fn gathered<T: Copy, U: linal_tensor::Element>(
    memory: &Memory,
    convert: impl Fn(T) -> U,
) -> Result<Tensor, linal_tensor::Error> {
    let shape = Shape::new(&memory.shape);
    let size = memory.element.size();
    let own = shape.contiguous_strides();
    let is_row_major = own
        .iter()
        .zip(&memory.strides)
        .zip(&memory.shape)
        .all(|((&own, &stride), &dim)| dim <= 1 || own * size as isize == stride);
    let (start, length) = reach(memory);
    let has_gaps =
        length != shape.len() * size || memory.strides.iter().any(|&stride| stride % size as isize != 0);
    if is_row_major || has_gaps {
        return Tensor::from_vec(elements(memory, convert), shape);
    }
    let block = Memory {
        first: memory.first.wrapping_sub(start),
        shape: vec![shape.len()],
        strides: vec![size as isize],
        element: memory.element,
    };
    let values = Tensor::from_vec(elements(&block, convert), [shape.len()])?;
    let strides: Vec<isize> = memory.strides.iter().map(|stride| stride / size as isize).collect();
    Tensor::from_strided_buffer(U::DTYPE, shape, &strides, start / size, values.arrow_buffer().clone())
}

/// The elements in row-major order.
fn elements<T: Copy, U>(memory: &Memory, convert: impl Fn(T) -> U) -> Vec<U> {
    let count: usize = memory.shape.iter().product();
    let mut all = Vec::with_capacity(count);
    if count == 0 {
        return all;
    }
    let (inner, step) = match (memory.shape.last(), memory.strides.last()) {
        (Some(&inner), Some(&step)) => (inner, step),
        _ => (1, 0),
    };
    let outer = memory.shape.len().saturating_sub(1);
    let mut index = vec![0; outer];
    let mut row = memory.first;
    loop {
        // SAFETY: the index is within the shape, whose elements are memory of a buffer that is held; `T` has the
        // size of the element and no invalid bits. NumPy allows elements that are not aligned.
        let element = |place: *const u8| convert(unsafe { place.cast::<T>().read_unaligned() });
        // With a step that the compiler knows, a row without gaps is copied as fast as memory is read.
        if step == size_of::<T>() as isize {
            all.extend((0..inner).map(|at| element(row.wrapping_add(at * size_of::<T>()))));
        } else {
            all.extend((0..inner).map(|at| element(row.wrapping_offset(step * at as isize))));
        }
        let Some(axis) = (0..outer).rev().find(|&axis| index[axis] + 1 < memory.shape[axis]) else {
            return all;
        };
        index[axis] += 1;
        row = row.wrapping_offset(memory.strides[axis]);
        for (at, stride) in index[..outer].iter_mut().zip(&memory.strides[..outer]).skip(axis + 1) {
            row = row.wrapping_offset(-stride * *at as isize);
            *at = 0;
        }
    }
}
