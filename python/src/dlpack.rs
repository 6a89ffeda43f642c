//! DLPack: the memory of tensors between libraries, as `torch.from_dlpack` takes it.
//!
//! The structures are those of DLPack 1.0, <https://dmlc.github.io/dlpack/latest/c_api.html>.

use std::ffi::{CStr, c_void};

use linal::{Code, DType, Tensor};
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyDict};

use crate::error::mistake;
use crate::import::{Element, Memory, copied, shared};
use crate::tensor::address;

/// The device of all memory here: its type and its number.
pub const CPU: (i32, i32) = (1, 0);

const UNVERSIONED: &CStr = c"dltensor";
const VERSIONED: &CStr = c"dltensor_versioned";
const USED: &CStr = c"used_dltensor";
const USED_VERSIONED: &CStr = c"used_dltensor_versioned";

const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

#[repr(C)]
struct Version {
    major: u32,
    minor: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct DataType {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct DlTensor {
    data: *mut c_void,
    device_type: i32,
    device_id: i32,
    ndim: i32,
    dtype: DataType,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

#[repr(C)]
struct Managed {
    tensor: DlTensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Managed)>,
}

#[repr(C)]
struct ManagedVersioned {
    version: Version,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut ManagedVersioned)>,
    flags: u64,
    tensor: DlTensor,
}

/// What an exported structure keeps.
struct Kept {
    _tensor: Tensor,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

fn dtype_of(dtype: DType) -> DataType {
    let (code, bits) = match dtype {
        DType::Bool => (6, 8),
        DType::I64 => (0, 64),
        DType::F32 => (2, 32),
        DType::F64 => (2, 64),
        DType::C64 => (5, 64),
        DType::C128 => (5, 128),
    };
    DataType { code, bits, lanes: 1 }
}

fn element_of(dtype: DataType) -> Option<Element> {
    Some(match (dtype.code, dtype.bits, dtype.lanes) {
        (6, 8, 1) => Element::Own(DType::Bool),
        (0, 8, 1) => Element::I8,
        (0, 16, 1) => Element::I16,
        (0, 32, 1) => Element::I32,
        (0, 64, 1) => Element::Own(DType::I64),
        (1, 8, 1) => Element::U8,
        (1, 16, 1) => Element::U16,
        (1, 32, 1) => Element::U32,
        (1, 64, 1) => Element::U64,
        (2, 16, 1) => Element::F16,
        (2, 32, 1) => Element::Own(DType::F32),
        (2, 64, 1) => Element::Own(DType::F64),
        (5, 64, 1) => Element::Own(DType::C64),
        (5, 128, 1) => Element::Own(DType::C128),
        _ => return None,
    })
}

/// A capsule over the memory of a tensor.
pub fn export<'py>(
    py: Python<'py>,
    tensor: Tensor,
    versioned: bool,
    is_copy: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let mut kept = Box::new(Kept {
        shape: tensor.shape().dims().iter().map(|&dim| dim as i64).collect(),
        strides: tensor.layout().strides().iter().map(|&stride| stride as i64).collect(),
        _tensor: tensor.clone(),
    });
    let described = DlTensor {
        data: address(&tensor).cast::<c_void>().cast_mut(),
        device_type: CPU.0,
        device_id: CPU.1,
        ndim: kept.shape.len() as i32,
        dtype: dtype_of(tensor.dtype()),
        shape: kept.shape.as_mut_ptr(),
        strides: kept.strides.as_mut_ptr(),
        byte_offset: 0,
    };
    let context = Box::into_raw(kept).cast::<c_void>();
    let (pointer, name) = if versioned {
        let flags = if is_copy { IS_COPIED } else { READ_ONLY };
        let version = Version { major: 1, minor: 0 };
        let managed =
            ManagedVersioned { version, context, deleter: Some(delete_versioned), flags, tensor: described };
        (Box::into_raw(Box::new(managed)).cast::<c_void>(), VERSIONED)
    } else {
        let managed = Managed { tensor: described, context, deleter: Some(delete) };
        (Box::into_raw(Box::new(managed)).cast::<c_void>(), UNVERSIONED)
    };
    // SAFETY: the pointer is that of a structure which the capsule owns until a consumer renames it, as DLPack has it.
    unsafe {
        let capsule = ffi::PyCapsule_New(pointer, name.as_ptr(), Some(destroy));
        Bound::from_owned_ptr_or_err(py, capsule)
    }
}

/// # Safety
/// A structure of [`export`], once.
unsafe extern "C" fn delete(managed: *mut Managed) {
    // SAFETY: both boxes were leaked by `export`.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context.cast::<Kept>()));
    }
}

/// # Safety
/// As [`delete`].
unsafe extern "C" fn delete_versioned(managed: *mut ManagedVersioned) {
    // SAFETY: as in `delete`.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context.cast::<Kept>()));
    }
}

/// # Safety
/// The destructor of a capsule of [`export`], which the interpreter calls.
unsafe extern "C" fn destroy(capsule: *mut ffi::PyObject) {
    // SAFETY: a capsule that still has its first name was not consumed, and owns its structure.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, UNVERSIONED.as_ptr()) == 1 {
            delete(ffi::PyCapsule_GetPointer(capsule, UNVERSIONED.as_ptr()).cast());
        } else if ffi::PyCapsule_IsValid(capsule, VERSIONED.as_ptr()) == 1 {
            delete_versioned(ffi::PyCapsule_GetPointer(capsule, VERSIONED.as_ptr()).cast());
        }
    }
}

/// A consumed structure, which its producer frees.
enum Owned {
    Unversioned(*mut Managed),
    Versioned(*mut ManagedVersioned),
}

// SAFETY: DLPack lets any thread call the deleter; one that needs the interpreter attaches to it.
unsafe impl Send for Owned {}
// SAFETY: it is only dropped.
unsafe impl Sync for Owned {}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the structure was consumed from its capsule, and is freed once.
        unsafe {
            match *self {
                Owned::Unversioned(managed) => {
                    if let Some(deleter) = (*managed).deleter {
                        deleter(managed);
                    }
                }
                Owned::Versioned(managed) => {
                    if let Some(deleter) = (*managed).deleter {
                        deleter(managed);
                    }
                }
            }
        }
    }
}

/// Keeps a consumed structure as an object of Python, so that it is freed with the interpreter attached.
#[pyclass(frozen, module = "linal._linal")]
struct Producer {
    _owned: Owned,
}

/// The tensor of an object with `__dlpack__`. Memory that may be written is copied unless `share` is set.
pub fn import(value: &Bound<'_, PyAny>, share: bool) -> PyResult<Tensor> {
    let py = value.py();
    let device: (i32, i32) = value.call_method0(intern!(py, "__dlpack_device__"))?.extract()?;
    if device.0 != CPU.0 {
        return Err(PyBufferError::new_err("the array is not in the memory of the CPU"));
    }
    let method = value.getattr(intern!(py, "__dlpack__"))?;
    let options = PyDict::new(py);
    options.set_item("max_version", (1, 0))?;
    // Producers of before DLPack 1.0 do not know the option.
    let capsule = method.call((), Some(&options)).or_else(|_| method.call0())?;
    let capsule = capsule.cast_into::<PyCapsule>()?;
    let (owned, described, is_read_only) = consume(&capsule)?;
    let rank = usize::try_from(described.ndim).unwrap_or(0);
    let no_numbers = || mistake(py, Code::TypeMismatch, "the array holds no numbers of a tensor");
    let element = element_of(described.dtype).ok_or_else(no_numbers)?;
    // SAFETY: DLPack says that shape and strides, unless they are null, have `ndim` numbers.
    let axes = |pointer: *mut i64| unsafe { std::slice::from_raw_parts(pointer, rank) };
    let shape: Vec<usize> = match rank {
        0 => Vec::new(),
        _ => axes(described.shape).iter().map(|&dim| usize::try_from(dim).unwrap_or(0)).collect(),
    };
    let size = element.size() as isize;
    let strides: Vec<isize> = if described.strides.is_null() || rank == 0 {
        linal::Shape::new(&shape).contiguous_strides().iter().map(|stride| stride * size).collect()
    } else {
        axes(described.strides).iter().map(|&stride| stride as isize * size).collect()
    };
    let first = described.data.cast::<u8>().cast_const().wrapping_add(described.byte_offset as usize);
    let memory = Memory { first, shape, strides, element };
    if share || is_read_only {
        return shared(py, memory, || Ok(Py::new(py, Producer { _owned: owned })?.into_any()));
    }
    let tensor = copied(py, &memory);
    drop(owned);
    tensor
}

/// Takes the structure out of a capsule, which is renamed.
fn consume<'c>(capsule: &'c Bound<'_, PyCapsule>) -> PyResult<(Owned, &'c DlTensor, bool)> {
    let is_versioned = capsule.is_valid_checked(Some(VERSIONED));
    let (name, used) = if is_versioned { (VERSIONED, USED_VERSIONED) } else { (UNVERSIONED, USED) };
    let pointer = capsule.pointer_checked(Some(name))?.as_ptr();
    // SAFETY: the capsule has the name of DLPack, so it holds such a structure; it is renamed, so that nobody else
    // frees it, and the structure lives as long as `Owned`.
    unsafe {
        if ffi::PyCapsule_SetName(capsule.as_ptr(), used.as_ptr()) != 0 {
            return Err(PyErr::fetch(capsule.py()));
        }
        if is_versioned {
            let managed = pointer.cast::<ManagedVersioned>();
            let flags = (*managed).flags;
            return Ok((Owned::Versioned(managed), &(*managed).tensor, flags & READ_ONLY != 0));
        }
        let managed = pointer.cast::<Managed>();
        Ok((Owned::Unversioned(managed), &(*managed).tensor, false))
    }
}
