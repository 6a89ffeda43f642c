//! Tensors as Python sees them: the buffer protocol over their memory, and expressions over them.

use std::ffi::{CStr, c_int, c_void};
use std::sync::{Arc, OnceLock};

use linal::render::{Format, RenderOptions, render};
use linal::{DType, LazyTensor, Outcome, Scalar, Tensor};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::dlpack;
use crate::error::{bug, mistake};
use crate::import::numpy_name;
use crate::shared::Shared;

/// Shape and strides.
type Lengths = (Box<[isize]>, Box<[isize]>);

/// The compiled part of `linal.Tensor`: a tensor, or an expression that is evaluated when its elements are needed.
#[pyclass(frozen, module = "linal._linal")]
pub struct Array {
    /// The tensor.
    pub lazy: LazyTensor,
    shared: Arc<Shared>,
    /// Shape and strides in bytes, which outlive the views that point to them.
    layout: OnceLock<Lengths>,
}

impl Array {
    /// A tensor whose expressions the connection evaluates.
    pub fn new(lazy: LazyTensor, shared: Arc<Shared>) -> Array {
        Array { lazy, shared, layout: OnceLock::new() }
    }

    /// The value, computed at the first call.
    ///
    /// # Errors
    /// Those of the expression.
    pub fn value(&self, py: Python<'_>) -> PyResult<Tensor> {
        self.shared.force(py, &self.lazy)
    }

    fn layout(&self, tensor: &Tensor) -> (&[isize], &[isize]) {
        let (shape, strides) = self.layout.get_or_init(|| {
            let size = tensor.dtype().size() as isize;
            let shape = tensor.shape().dims().iter().map(|&dim| dim as isize).collect();
            (shape, tensor.layout().strides().iter().map(|stride| stride * size).collect())
        });
        (shape, strides)
    }
}

/// The address of the first element.
pub fn address(tensor: &Tensor) -> *const u8 {
    let start = tensor.layout().offset() * tensor.dtype().size();
    tensor.arrow_buffer().as_ptr().wrapping_add(start)
}

fn format(dtype: DType) -> &'static CStr {
    match dtype {
        DType::Bool => c"?",
        DType::I64 => c"q",
        DType::F32 => c"f",
        DType::F64 => c"d",
        DType::C64 => c"Zf",
        DType::C128 => c"Zd",
    }
}

/// Whether the axes, in the order of the memory from the fastest one, have no gaps.
fn has_no_gaps<'a>(axes: impl Iterator<Item = (&'a isize, &'a isize)>, size: isize) -> bool {
    let mut step = size;
    for (&dim, &stride) in axes {
        if dim == 0 {
            return true;
        }
        if dim != 1 && stride != step {
            return false;
        }
        step *= dim;
    }
    true
}

#[pymethods]
impl Array {
    /// The axes.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.lazy.shape().dims())
    }

    /// The dtype, by NumPy's name.
    #[getter]
    fn dtype(&self) -> &'static str {
        numpy_name(self.lazy.dtype())
    }

    /// Bytes from an element to the next one, for each axis.
    #[getter]
    fn strides<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let tensor = self.value(py)?;
        PyTuple::new(py, self.layout(&tensor).1)
    }

    /// The address of the first element.
    #[getter]
    fn address(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(address(&self.value(py)?) as usize)
    }

    /// Whether it has been computed.
    #[getter]
    fn is_computed(&self) -> bool {
        self.lazy.value().is_some()
    }

    /// What NumPy's array interface says of it; the memory is read-only.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tensor = self.value(py)?;
        let kind = match tensor.dtype() {
            DType::Bool => "|b1",
            DType::I64 => "<i8",
            DType::F32 => "<f4",
            DType::F64 => "<f8",
            DType::C64 => "<c8",
            DType::C128 => "<c16",
        };
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("typestr", kind)?;
        interface.set_item("shape", self.shape(py)?)?;
        interface.set_item("strides", self.strides(py)?)?;
        interface.set_item("data", (address(&tensor) as usize, true))?;
        Ok(interface)
    }

    /// The only element as a number of Python.
    fn item<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let tensor = self.value(py)?;
        match tensor.item() {
            Some(Scalar::Bool(value)) => value.into_bound_py_any(py),
            Some(Scalar::I64(value)) => value.into_bound_py_any(py),
            Some(Scalar::F32(value)) => value.into_bound_py_any(py),
            Some(Scalar::F64(value)) => value.into_bound_py_any(py),
            Some(Scalar::C64(z)) => complex(py, z.re.into(), z.im.into()),
            Some(Scalar::C128(z)) => complex(py, z.re, z.im),
            None => {
                let message = format!("a tensor of shape {} is no single number", tensor.shape());
                Err(mistake(py, linal::Code::BadShape, message))
            }
        }
    }

    /// An expression of the language over this tensor as `a` and others as `b`, `c`, `d`; it is not evaluated yet.
    #[pyo3(signature = (expression, *operands))]
    fn apply(&self, py: Python<'_>, expression: String, operands: Vec<PyRef<'_, Array>>) -> PyResult<Array> {
        let mut all = vec![self.lazy.clone()];
        all.extend(operands.iter().map(|operand| operand.lazy.clone()));
        let bound = self.shared.expression(py, expression, all)?;
        Ok(Array::new(bound, self.shared.clone()))
    }

    /// An Array of a value, for operands.
    #[pyo3(signature = (value, share=false))]
    fn array(&self, value: &Bound<'_, PyAny>, share: bool) -> PyResult<Array> {
        Ok(Array::new(crate::import::tensor_of(value, share)?.into(), self.shared.clone()))
    }

    /// The elements as text, abridged in the middle.
    fn text(&self, py: Python<'_>) -> PyResult<String> {
        let tensor = Box::new(self.value(py)?);
        let head = format!(": {} {}", tensor.dtype(), tensor.shape());
        let mut text = Vec::new();
        let outcome = Outcome::Tensor { name: String::new(), tensor };
        render(&outcome, Format::Table, &RenderOptions::default(), &mut text).map_err(bug)?;
        let text = String::from_utf8(text).map_err(bug)?;
        Ok(text.strip_prefix(&head).unwrap_or(&text).trim_start_matches('\n').to_owned())
    }

    /// The memory as a DLPack capsule.
    #[pyo3(signature = (*, stream=None, max_version=None, dl_device=None, copy=None))]
    fn __dlpack__<'py>(
        slf: &Bound<'py, Self>,
        stream: Option<Bound<'py, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = stream;
        let py = slf.py();
        if dl_device.is_some_and(|device| device != dlpack::CPU) {
            return Err(PyBufferError::new_err("the memory of linal is that of the CPU"));
        }
        let mut tensor = slf.get().value(py)?;
        if copy == Some(true) {
            tensor = crate::import::row_major(py, &tensor)?;
        }
        dlpack::export(py, tensor, max_version.is_some_and(|version| version.0 >= 1), copy == Some(true))
    }

    /// The CPU.
    fn __dlpack_device__(&self) -> (i32, i32) {
        dlpack::CPU
    }

    /// # Safety
    /// `view` is a structure of the interpreter, to be filled in.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let py = slf.py();
        if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            return Err(PyBufferError::new_err("the memory of a tensor is read-only"));
        }
        let array = slf.get();
        let tensor = array.value(py)?;
        let (shape, strides) = array.layout(&tensor);
        let size = tensor.dtype().size() as isize;
        let is_c = has_no_gaps(shape.iter().zip(strides).rev(), size);
        let is_fortran = has_no_gaps(shape.iter().zip(strides), size);
        let wants = |flag: c_int| flags & flag == flag;
        let refused = (wants(ffi::PyBUF_C_CONTIGUOUS) && !is_c)
            || (wants(ffi::PyBUF_F_CONTIGUOUS) && !is_fortran)
            || (wants(ffi::PyBUF_ANY_CONTIGUOUS) && !is_c && !is_fortran)
            || (!wants(ffi::PyBUF_STRIDES) && !is_c);
        if refused {
            return Err(PyBufferError::new_err("the tensor is a view with strides; copy it first"));
        }
        let optional = |flag: c_int, axes: &[isize]| {
            if wants(flag) { axes.as_ptr().cast_mut() } else { std::ptr::null_mut() }
        };
        // SAFETY: `view` is to be filled in. It holds a reference to this object, which has the tensor, and so its
        // memory, and the arrays of shape and strides, until the view is released. The memory is never written.
        unsafe {
            (*view).buf = address(&tensor).cast::<c_void>().cast_mut();
            (*view).len = tensor.bytes() as isize;
            (*view).itemsize = size;
            (*view).readonly = 1;
            (*view).ndim = shape.len() as c_int;
            (*view).format = if wants(ffi::PyBUF_FORMAT) {
                format(tensor.dtype()).as_ptr().cast_mut()
            } else {
                std::ptr::null_mut()
            };
            (*view).shape = optional(ffi::PyBUF_ND, shape);
            (*view).strides = optional(ffi::PyBUF_STRIDES, strides);
            (*view).suboffsets = std::ptr::null_mut();
            (*view).internal = std::ptr::null_mut();
            (*view).obj = slf.into_any().into_ptr();
        }
        Ok(())
    }
}

fn complex(py: Python<'_>, real: f64, imaginary: f64) -> PyResult<Bound<'_, PyAny>> {
    Ok(pyo3::types::PyComplex::from_doubles(py, real, imaginary).into_any())
}
