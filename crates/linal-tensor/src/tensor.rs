//! The tensor: a dtype and a layout over a shared buffer.

use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::uninit;
use crate::{DType, Element, Error, Layout, Result, Scalar, Shape, Take};
use num_complex::{Complex32, Complex64};

/// An immutable N-d array: a dtype and a [`Layout`] over a shared Arrow buffer.
///
/// Cloning and every view share the buffer. Rank is free; a scalar has the shape `[]`.
///
/// ```
/// use linal_tensor::Tensor;
/// let m = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3])?;
/// let t = m.transpose();
/// assert_eq!(t.shape().dims(), [3, 2]);
/// assert_eq!(t.to_vec::<f64>(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// assert!(t.shares_memory_with(&m));
/// # Ok::<(), linal_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tensor {
    dtype: DType,
    /// Shared, since a statement that runs again returns a tensor of the same layout, and a small struct is
    /// fast to move.
    layout: Arc<Layout>,
    buffer: Buffer,
}

/// A buffer as elements of their Rust type.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    /// Booleans.
    Bool(&'a [bool]),
    /// 64-bit integers.
    I64(&'a [i64]),
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
    /// Complex of two `f32`.
    C64(&'a [Complex32]),
    /// Complex of two `f64`.
    C128(&'a [Complex64]),
}

/// The elements of a tensor, borrowed, for kernels to read.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The whole buffer, of which `layout` selects elements.
    pub data: Data<'a>,
    /// Shape, strides and offset.
    pub layout: Layout,
}

/// A Rust type whose slices [`Data`] can hold.
pub trait FromData: Element {
    /// The slice, when the dtype is this type's.
    fn slice<'a>(data: &Data<'a>) -> Option<&'a [Self]>;

    /// The data that holds a slice.
    fn wrap(slice: &[Self]) -> Data<'_>;
}

macro_rules! from_data {
    ($($type:ty => $variant:ident),*) => {$(
        impl FromData for $type {
            #[inline]
            fn slice<'a>(data: &Data<'a>) -> Option<&'a [$type]> {
                match data {
                    Data::$variant(slice) => Some(slice),
                    _ => None,
                }
            }

            #[inline]
            fn wrap(slice: &[$type]) -> Data<'_> {
                Data::$variant(slice)
            }
        }
    )*};
}

from_data!(bool => Bool, i64 => I64, f32 => F32, f64 => F64, Complex32 => C64, Complex64 => C128);

/// Runs a block with a type alias bound to the Rust type of a dtype.
///
/// `dispatch!(dtype, T => body)` over all dtypes.
#[macro_export]
macro_rules! dispatch {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $T = bool;
                $body
            }
            $crate::DType::I64 => {
                type $T = i64;
                $body
            }
            $crate::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::DType::F64 => {
                type $T = f64;
                $body
            }
            $crate::DType::C64 => {
                type $T = $crate::Complex32;
                $body
            }
            $crate::DType::C128 => {
                type $T = $crate::Complex64;
                $body
            }
        }
    };
}

impl<'a> Data<'a> {
    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        match self {
            Data::Bool(_) => DType::Bool,
            Data::I64(_) => DType::I64,
            Data::F32(_) => DType::F32,
            Data::F64(_) => DType::F64,
            Data::C64(_) => DType::C64,
            Data::C128(_) => DType::C128,
        }
    }
}

impl<'a> View<'a> {
    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        self.data.dtype()
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        self.layout.shape()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.layout.is_empty()
    }

    /// The whole buffer as elements of `T`.
    ///
    /// # Panics
    /// When `T` is not the dtype of the view. Callers dispatch on the dtype first.
    #[inline]
    pub fn buffer<T: FromData>(&self) -> &'a [T] {
        T::slice(&self.data).unwrap_or_else(|| panic!("{} data read as {}", self.dtype(), T::DTYPE))
    }

    /// The elements in logical order, if they are contiguous.
    #[inline]
    pub fn contiguous<T: FromData>(&self) -> Option<&'a [T]> {
        let start = self.layout.offset;
        self.layout.is_contiguous().then(|| &self.buffer::<T>()[start..start + self.len()])
    }

    /// The first element; `None` when there is none.
    pub fn first<T: FromData>(&self) -> Option<T> {
        (!self.is_empty()).then(|| self.buffer::<T>()[self.layout.offset])
    }

    /// The same data with another layout.
    pub fn with_layout(&self, layout: Layout) -> View<'a> {
        View { data: self.data, layout }
    }
}

impl Tensor {
    /// A tensor over the memory of a vector in row-major order; nothing is copied, and no pool is charged.
    ///
    /// # Errors
    /// When the number of values is not the product of the axes.
    pub fn from_vec<T: Element>(values: Vec<T>, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        if shape.checked_len() != Some(values.len()) {
            return Err(Error::argument("tensor", format!("{} values for shape {shape}", values.len())));
        }
        Ok(Tensor::from_buffer(T::DTYPE, shape, uninit::buffer_from_vec(values, None)))
    }

    /// As [`Tensor::from_vec`], with the memory charged to a pool until it is freed.
    ///
    /// # Errors
    /// As [`Tensor::from_vec`], and [`Error::MemoryLimit`].
    pub fn from_vec_in<T: Element>(
        values: Vec<T>,
        shape: impl Into<Shape>,
        pool: &std::sync::Arc<crate::MemoryPool>,
        operation: &'static str,
    ) -> Result<Tensor> {
        let shape = shape.into();
        let reservation = pool.reserve(operation, values.capacity() * size_of::<T>())?;
        if shape.checked_len() != Some(values.len()) {
            return Err(Error::argument("tensor", format!("{} values for shape {shape}", values.len())));
        }
        Ok(Tensor::from_buffer(T::DTYPE, shape, uninit::buffer_from_vec(values, Some(reservation))))
    }

    /// A tensor of shape `[]`.
    pub fn scalar(value: Scalar) -> Tensor {
        let buffer = match value {
            Scalar::Bool(x) => uninit::buffer_from_vec(vec![x], None),
            Scalar::I64(x) => uninit::buffer_from_vec(vec![x], None),
            Scalar::F32(x) => uninit::buffer_from_vec(vec![x], None),
            Scalar::F64(x) => uninit::buffer_from_vec(vec![x], None),
            Scalar::C64(x) => uninit::buffer_from_vec(vec![x], None),
            Scalar::C128(x) => uninit::buffer_from_vec(vec![x], None),
        };
        Tensor::from_buffer(value.dtype(), Shape::scalar(), buffer)
    }

    /// A row-major tensor over a buffer that this crate wrote.
    pub(crate) fn from_buffer(dtype: DType, shape: Shape, buffer: Buffer) -> Tensor {
        Tensor::from_parts(dtype, Arc::new(Layout::contiguous(shape)), buffer)
    }

    /// A tensor over a buffer that this crate wrote, whose length is that of the layout.
    #[inline]
    pub(crate) fn from_parts(dtype: DType, layout: Arc<Layout>, buffer: Buffer) -> Tensor {
        debug_assert_eq!(buffer.len(), layout.len() * dtype.size());
        Tensor { dtype, layout, buffer }
    }

    /// A tensor whose layout lies inside of the buffer.
    pub(crate) fn of_layout(dtype: DType, layout: Arc<Layout>, buffer: Buffer) -> Tensor {
        Tensor { dtype, layout, buffer }
    }

    /// A row-major tensor over a buffer from outside: an Arrow array, a mapped file.
    ///
    /// The buffer is shared, or copied once when it is not aligned for the dtype.
    ///
    /// # Errors
    /// When the length of the buffer does not match the shape, or a Boolean is neither 0 nor 1.
    pub fn from_arrow_buffer(dtype: DType, shape: impl Into<Shape>, buffer: Buffer) -> Result<Tensor> {
        let shape = shape.into();
        let expected = shape.checked_len().and_then(|n| n.checked_mul(dtype.size()));
        if expected != Some(buffer.len()) {
            return Err(Error::argument(
                "tensor",
                format!("{} bytes for shape {shape} of {dtype}", buffer.len()),
            ));
        }
        if dtype == DType::Bool && buffer.as_slice().iter().any(|&byte| byte > 1) {
            return Err(Error::argument("tensor", "a Boolean is a byte 0 or 1"));
        }
        let aligned = buffer.as_ptr().align_offset(dtype.size()) == 0;
        let buffer = if aligned { buffer } else { Buffer::from_slice_ref(buffer.as_slice()) };
        Ok(Tensor::from_buffer(dtype, shape, buffer))
    }

    /// The dtype of the elements.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    #[inline]
    pub fn shape(&self) -> &Shape {
        &self.layout.shape
    }

    /// Shape, strides and offset.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.layout.is_empty()
    }

    /// Bytes of the logical elements; a view may keep a larger buffer alive.
    pub fn bytes(&self) -> usize {
        self.len() * self.dtype.size()
    }

    /// The shared buffer.
    pub fn arrow_buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Whether two tensors share an allocation.
    pub fn shares_memory_with(&self, other: &Tensor) -> bool {
        self.buffer.data_ptr() == other.buffer.data_ptr()
    }

    /// The elements, borrowed, for a kernel to read.
    pub fn view(&self) -> View<'_> {
        View { data: self.data(), layout: Layout::clone(&self.layout) }
    }

    /// The elements and their layout, for a kernel to read.
    #[inline]
    pub fn source(&self) -> crate::kernel::Source<'_> {
        crate::kernel::Source { data: self.data(), layout: &self.layout }
    }

    /// The whole buffer as elements of its Rust type.
    #[inline]
    pub fn data(&self) -> Data<'_> {
        match self.dtype {
            DType::Bool => Data::Bool(uninit::elements(&self.buffer)),
            DType::I64 => Data::I64(uninit::elements(&self.buffer)),
            DType::F32 => Data::F32(uninit::elements(&self.buffer)),
            DType::F64 => Data::F64(uninit::elements(&self.buffer)),
            DType::C64 => Data::C64(uninit::elements(&self.buffer)),
            DType::C128 => Data::C128(uninit::elements(&self.buffer)),
        }
    }

    /// The elements in logical order when the tensor is contiguous and of this type.
    #[inline]
    pub fn as_slice<T: FromData>(&self) -> Option<&[T]> {
        if self.dtype != T::DTYPE || !self.layout.is_contiguous() {
            return None;
        }
        let start = self.layout.offset;
        Some(&uninit::elements(&self.buffer)[start..start + self.len()])
    }

    /// A copy of the elements in logical order.
    ///
    /// # Panics
    /// When `T` is not the tensor's dtype.
    pub fn to_vec<T: FromData>(&self) -> Vec<T> {
        crate::kernel::copy::to_vec(&self.view())
    }

    /// The single element of a tensor of length 1.
    pub fn item(&self) -> Option<Scalar> {
        if self.len() != 1 {
            return None;
        }
        dispatch!(self.dtype, T => self.view().first::<T>().map(Element::to_scalar))
    }

    /// The same buffer with another layout, which must lie inside of it.
    pub(crate) fn with_layout(&self, layout: impl Into<Arc<Layout>>) -> Tensor {
        Tensor { dtype: self.dtype, layout: layout.into(), buffer: self.buffer.clone() }
    }

    /// The axes in reverse order; a view.
    pub fn transpose(&self) -> Tensor {
        self.with_layout(self.layout.transpose())
    }

    /// Basic indexing; a view.
    ///
    /// # Errors
    /// When an index or a bound lies outside of its axis, or there are more entries than axes.
    pub fn index(&self, takes: &[Take]) -> Result<Tensor> {
        Ok(self.with_layout(self.layout.index(takes)?))
    }

    /// The same elements in another shape: a view if the strides allow it, else `None`.
    pub fn reshape(&self, shape: &Shape) -> Option<Tensor> {
        if shape.checked_len() != Some(self.len()) {
            return None;
        }
        Some(self.with_layout(self.layout.reshape(shape)?))
    }

    /// The tensor broadcast to a shape; a view.
    ///
    /// # Errors
    /// When the shapes do not broadcast to `shape`.
    pub fn broadcast_to(&self, shape: &Shape) -> Result<Tensor> {
        match self.shape().broadcast(shape) {
            Some(s) if s == *shape => Ok(self.with_layout(self.layout.broadcast_to(shape))),
            _ => Err(Error::ShapeMismatch {
                operation: "broadcast",
                left: self.shape().clone(),
                right: shape.clone(),
                rule: "the first does not stretch to the second",
            }),
        }
    }
}
