//! Blocks of elements of their Rust type, which element-wise kernels read and write.

use std::mem::MaybeUninit;

use num_complex::{Complex32, Complex64};

use crate::{DType, FromData, Scalar};

/// An operand of an element-wise kernel: a block, or one value for all elements.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a, T> {
    /// A block of elements.
    Slice(&'a [T]),
    /// One value for all elements.
    Splat(T),
}

/// A block to be written.
pub enum BlockMut<'o> {
    /// Booleans.
    Bool(&'o mut [MaybeUninit<bool>]),
    /// 64-bit integers.
    I64(&'o mut [MaybeUninit<i64>]),
    /// Single precision.
    F32(&'o mut [MaybeUninit<f32>]),
    /// Double precision.
    F64(&'o mut [MaybeUninit<f64>]),
    /// Complex of two `f32`.
    C64(&'o mut [MaybeUninit<Complex32>]),
    /// Complex of two `f64`.
    C128(&'o mut [MaybeUninit<Complex64>]),
}

/// A written block.
pub enum Block<'o> {
    /// Booleans.
    Bool(&'o mut [bool]),
    /// 64-bit integers.
    I64(&'o mut [i64]),
    /// Single precision.
    F32(&'o mut [f32]),
    /// Double precision.
    F64(&'o mut [f64]),
    /// Complex of two `f32`.
    C64(&'o mut [Complex32]),
    /// Complex of two `f64`.
    C128(&'o mut [Complex64]),
}

/// The registers of each dtype, which are reused by all blocks.
#[derive(Default)]
pub struct RegisterFile {
    bool: Vec<Vec<bool>>,
    i64: Vec<Vec<i64>>,
    f32: Vec<Vec<f32>>,
    f64: Vec<Vec<f64>>,
    c64: Vec<Vec<Complex32>>,
    c128: Vec<Vec<Complex64>>,
}

/// A Rust type that blocks and registers hold.
pub trait Register: FromData {
    /// The block as this type.
    fn take(block: BlockMut<'_>) -> Option<&mut [MaybeUninit<Self>]>;

    /// The block that holds a slice.
    fn block(slice: &mut [MaybeUninit<Self>]) -> BlockMut<'_>;

    /// The written block that holds a slice.
    fn written(slice: &mut [Self]) -> Block<'_>;

    /// The slice of a written block.
    fn unwrap(block: Block<'_>) -> Option<&mut [Self]>;

    /// The registers of this type.
    fn registers(file: &mut RegisterFile) -> &mut Vec<Vec<Self>>;

    /// The registers of this type, to read.
    fn registers_ref(file: &RegisterFile) -> &Vec<Vec<Self>>;

    /// The element in a scalar of this dtype.
    fn from_scalar(scalar: Scalar) -> Option<Self>;
}

macro_rules! register {
    ($($type:ty => $variant:ident $field:ident),*) => {$(
        impl Register for $type {
            #[inline]
            fn take(block: BlockMut<'_>) -> Option<&mut [MaybeUninit<$type>]> {
                match block {
                    BlockMut::$variant(slice) => Some(slice),
                    _ => None,
                }
            }

            #[inline]
            fn block(slice: &mut [MaybeUninit<$type>]) -> BlockMut<'_> {
                BlockMut::$variant(slice)
            }

            #[inline]
            fn written(slice: &mut [$type]) -> Block<'_> {
                Block::$variant(slice)
            }

            #[inline]
            fn unwrap(block: Block<'_>) -> Option<&mut [$type]> {
                match block {
                    Block::$variant(slice) => Some(slice),
                    _ => None,
                }
            }

            #[inline]
            fn registers(file: &mut RegisterFile) -> &mut Vec<Vec<$type>> {
                &mut file.$field
            }

            #[inline]
            fn registers_ref(file: &RegisterFile) -> &Vec<Vec<$type>> {
                &file.$field
            }

            #[inline]
            fn from_scalar(scalar: Scalar) -> Option<$type> {
                match scalar {
                    Scalar::$variant(x) => Some(x),
                    _ => None,
                }
            }
        }
    )*};
}

register!(
    bool => Bool bool, i64 => I64 i64, f32 => F32 f32, f64 => F64 f64,
    Complex32 => C64 c64, Complex64 => C128 c128
);

impl<'o> BlockMut<'o> {
    /// The dtype of the block.
    pub fn dtype(&self) -> DType {
        match self {
            BlockMut::Bool(_) => DType::Bool,
            BlockMut::I64(_) => DType::I64,
            BlockMut::F32(_) => DType::F32,
            BlockMut::F64(_) => DType::F64,
            BlockMut::C64(_) => DType::C64,
            BlockMut::C128(_) => DType::C128,
        }
    }

    /// The block as a slice of `T`.
    ///
    /// # Panics
    /// When `T` is not the dtype of the block, which is a bug in lowering.
    #[inline]
    pub fn of<T: Register>(self) -> &'o mut [MaybeUninit<T>] {
        let dtype = self.dtype();
        T::take(self).unwrap_or_else(|| panic!("a block of {dtype} written as {}", T::DTYPE))
    }
}

/// The register file of a kernel without registers.
pub static NO_REGISTERS: RegisterFile = RegisterFile {
    bool: Vec::new(),
    i64: Vec::new(),
    f32: Vec::new(),
    f64: Vec::new(),
    c64: Vec::new(),
    c128: Vec::new(),
};

impl RegisterFile {
    /// Grows the registers `0 .. count` of a dtype to at least `len` elements.
    pub fn ensure<T: Register>(&mut self, count: usize, len: usize) {
        let registers = T::registers(self);
        if registers.len() < count {
            registers.resize_with(count, Vec::new);
        }
        for register in registers.iter_mut().take(count).filter(|r| r.len() < len) {
            register.resize(len, T::default());
        }
    }

    /// Takes a register, so that it can be written while others are read.
    pub fn take<T: Register>(&mut self, index: usize) -> Vec<T> {
        std::mem::take(&mut T::registers(self)[index])
    }

    /// Puts a register back.
    pub fn put<T: Register>(&mut self, index: usize, register: Vec<T>) {
        T::registers(self)[index] = register;
    }

    /// The elements `start .. start + len` of a register.
    pub fn read<T: Register>(&self, index: usize, start: usize, len: usize) -> &[T] {
        &T::registers_ref(self)[index][start..start + len]
    }
}
