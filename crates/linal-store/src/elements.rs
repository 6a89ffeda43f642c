//! Decodes binary elements of files to tensor dtypes.

use std::sync::Arc;

use half::f16;
use linal_tensor::{Complex32, Complex64, DType, Error as TensorError, MemoryPool, Shape, Tensor};

use crate::charged_vec::ChargedVec;

/// The encoding of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    F32,
    F64,
    C64,
    C128,
}

/// An encoding with its byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) kind: Encoding,
    pub(crate) big_endian: bool,
}

impl Format {
    /// Bytes per element in the file.
    pub(crate) fn size(self) -> usize {
        match self.kind {
            Encoding::Bool | Encoding::I8 | Encoding::U8 => 1,
            Encoding::I16 | Encoding::U16 | Encoding::F16 => 2,
            Encoding::I32 | Encoding::U32 | Encoding::F32 => 4,
            Encoding::I64 | Encoding::U64 | Encoding::F64 | Encoding::C64 => 8,
            Encoding::C128 => 16,
        }
    }

    /// The dtype of the decoded elements: all integers become `i64`, half precision becomes `f32`.
    pub(crate) fn dtype(self) -> DType {
        match self.kind {
            Encoding::Bool => DType::Bool,
            Encoding::I8 | Encoding::I16 | Encoding::I32 | Encoding::I64 => DType::I64,
            Encoding::U8 | Encoding::U16 | Encoding::U32 | Encoding::U64 => DType::I64,
            Encoding::F16 | Encoding::F32 => DType::F32,
            Encoding::F64 => DType::F64,
            Encoding::C64 => DType::C64,
            Encoding::C128 => DType::C128,
        }
    }
}

/// Why decoding failed.
pub(crate) enum ElementError {
    /// An unsigned integer beyond `i64`, and its index in file order.
    TooLarge { position: usize, value: u64 },
    /// A limit of the statement.
    Limit(TensorError),
}

impl From<TensorError> for ElementError {
    fn from(error: TensorError) -> ElementError {
        ElementError::Limit(error)
    }
}

/// Decoded elements of one dtype.
enum Values {
    Bool(ChargedVec<bool>),
    I64(ChargedVec<i64>),
    F32(ChargedVec<f32>),
    F64(ChargedVec<f64>),
    C64(ChargedVec<Complex32>),
    C128(ChargedVec<Complex64>),
}

/// Dispatches an expression over the dtype of the vector.
macro_rules! on_values {
    ($values:expr, $vector:ident => $body:expr) => {
        match $values {
            Values::Bool($vector) => $body,
            Values::I64($vector) => $body,
            Values::F32($vector) => $body,
            Values::F64($vector) => $body,
            Values::C64($vector) => $body,
            Values::C128($vector) => $body,
        }
    };
}

/// Decodes fixed-width numbers of a Rust type, in either byte order.
macro_rules! numbers {
    ($vector:expr, $bytes:expr, $big:expr, $raw:ty, $convert:expr) => {{
        let (elements, _) = $bytes.as_chunks::<{ size_of::<$raw>() }>();
        if $big {
            $vector.extend(elements.iter().map(|bytes| $convert(<$raw>::from_be_bytes(*bytes))))
        } else {
            $vector.extend(elements.iter().map(|bytes| $convert(<$raw>::from_le_bytes(*bytes))))
        }
    }};
}

/// Decodes pairs of floats to complex numbers, in either byte order.
macro_rules! pairs {
    ($vector:expr, $bytes:expr, $big:expr, $raw:ty, $complex:ident) => {{
        let (halves, _) = $bytes.as_chunks::<{ size_of::<$raw>() }>();
        let (elements, _) = halves.as_chunks::<2>();
        let number = |bytes: [u8; size_of::<$raw>()]| {
            if $big { <$raw>::from_be_bytes(bytes) } else { <$raw>::from_le_bytes(bytes) }
        };
        $vector.extend(elements.iter().map(|[re, im]| $complex::new(number(*re), number(*im))));
    }};
}

/// Decodes elements block by block to a tensor.
pub(crate) struct Elements {
    format: Format,
    values: Values,
    /// The declared number of elements.
    expected: usize,
}

impl Elements {
    /// A decoder. `expected` is the number that the file declares; memory grows towards it as bytes arrive.
    pub(crate) fn new(
        format: Format,
        expected: usize,
        operation: &'static str,
        pool: &Arc<MemoryPool>,
    ) -> Result<Elements, TensorError> {
        let values = match format.dtype() {
            DType::Bool => Values::Bool(ChargedVec::new(operation, pool)?),
            DType::I64 => Values::I64(ChargedVec::new(operation, pool)?),
            DType::F32 => Values::F32(ChargedVec::new(operation, pool)?),
            DType::F64 => Values::F64(ChargedVec::new(operation, pool)?),
            DType::C64 => Values::C64(ChargedVec::new(operation, pool)?),
            DType::C128 => Values::C128(ChargedVec::new(operation, pool)?),
        };
        Ok(Elements { format, values, expected })
    }

    /// Reserves the expected memory at once; correct when the file length confirms the number.
    pub(crate) fn reserve_all(&mut self) -> Result<(), TensorError> {
        let more = self.expected - self.len();
        on_values!(&mut self.values, vector => vector.reserve_exact(more))
    }

    /// Number of elements so far.
    pub(crate) fn len(&self) -> usize {
        on_values!(&self.values, vector => vector.len())
    }

    /// Decodes the elements in `bytes`; an incomplete last element is ignored.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), ElementError> {
        let count = bytes.len() / self.format.size();
        let expected = self.expected;
        on_values!(&mut self.values, vector => vector.reserve_towards(count, expected))?;
        let big = self.format.big_endian;
        match &mut self.values {
            Values::Bool(vector) => vector.extend(bytes.iter().map(|byte| *byte != 0)),
            Values::I64(vector) => push_integers(vector, self.format, bytes)?,
            Values::F32(vector) => match self.format.kind {
                Encoding::F16 => numbers!(vector, bytes, big, f16, f32::from),
                _ => numbers!(vector, bytes, big, f32, f32::from),
            },
            Values::F64(vector) => numbers!(vector, bytes, big, f64, f64::from),
            Values::C64(vector) => pairs!(vector, bytes, big, f32, Complex32),
            Values::C128(vector) => pairs!(vector, bytes, big, f64, Complex64),
        }
        Ok(())
    }

    /// The tensor of all elements.
    pub(crate) fn into_tensor(self, shape: Shape) -> Result<Tensor, TensorError> {
        on_values!(self.values, vector => vector.into_tensor(shape))
    }
}

fn push_integers(vector: &mut ChargedVec<i64>, format: Format, bytes: &[u8]) -> Result<(), ElementError> {
    let big = format.big_endian;
    match format.kind {
        Encoding::I8 => numbers!(vector, bytes, big, i8, i64::from),
        Encoding::I16 => numbers!(vector, bytes, big, i16, i64::from),
        Encoding::I32 => numbers!(vector, bytes, big, i32, i64::from),
        Encoding::U8 => numbers!(vector, bytes, big, u8, i64::from),
        Encoding::U16 => numbers!(vector, bytes, big, u16, i64::from),
        Encoding::U32 => numbers!(vector, bytes, big, u32, i64::from),
        Encoding::U64 => {
            let before = vector.len();
            // Integers beyond i64 wrap to negative numbers, which are detected here.
            numbers!(vector, bytes, big, u64, |value: u64| value as i64);
            if let Some(offset) = vector.as_slice()[before..].iter().position(|value| *value < 0) {
                let position = before + offset;
                return Err(ElementError::TooLarge { position, value: vector.as_slice()[position] as u64 });
            }
        }
        _ => numbers!(vector, bytes, big, i64, i64::from),
    }
    Ok(())
}

/// The multi-index of a row-major position: `[2, 3]`.
pub(crate) fn index_of(mut position: usize, dims: &[usize]) -> Vec<usize> {
    let mut index = vec![0; dims.len()];
    for (axis, &size) in dims.iter().enumerate().rev() {
        index[axis] = position % size.max(1);
        position /= size.max(1);
    }
    index
}
