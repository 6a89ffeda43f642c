//! The Rust types of the dtypes.

use num_complex::{Complex32, Complex64};

use crate::DType;

mod sealed {
    pub trait Sealed {}
    impl Sealed for bool {}
    impl Sealed for i64 {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for num_complex::Complex32 {}
    impl Sealed for num_complex::Complex64 {}
}

/// A Rust type of tensor elements. The trait is sealed: there is one type for each [`DType`].
pub trait Element:
    sealed::Sealed + Copy + Default + PartialEq + Send + Sync + std::fmt::Debug + 'static
{
    /// The dtype of tensors with this element.
    const DTYPE: DType;

    /// The scalar that holds this element.
    fn to_scalar(self) -> Scalar;
}

macro_rules! element {
    ($($type:ty => $dtype:ident),*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;

            #[inline]
            fn to_scalar(self) -> Scalar {
                Scalar::$dtype(self)
            }
        }
    )*};
}

element!(bool => Bool, i64 => I64, f32 => F32, f64 => F64, Complex32 => C64, Complex64 => C128);

/// One element with its dtype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// A Boolean.
    Bool(bool),
    /// A 64-bit integer.
    I64(i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// A complex number of two `f32`.
    C64(Complex32),
    /// A complex number of two `f64`.
    C128(Complex64),
}

impl Scalar {
    /// The dtype of the value.
    pub fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::I64(_) => DType::I64,
            Scalar::F32(_) => DType::F32,
            Scalar::F64(_) => DType::F64,
            Scalar::C64(_) => DType::C64,
            Scalar::C128(_) => DType::C128,
        }
    }

    /// The value as a real number; the imaginary part of a complex value is dropped.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(x) => f64::from(u8::from(x)),
            Scalar::I64(x) => x as f64,
            Scalar::F32(x) => f64::from(x),
            Scalar::F64(x) => x,
            Scalar::C64(x) => f64::from(x.re),
            Scalar::C128(x) => x.re,
        }
    }

    /// The value as a complex number.
    pub fn to_c128(self) -> Complex64 {
        match self {
            Scalar::C64(x) => Complex64::new(f64::from(x.re), f64::from(x.im)),
            Scalar::C128(x) => x,
            other => Complex64::new(other.to_f64(), 0.0),
        }
    }

    /// The value as an integer, if it is one: an `i64`, a Boolean, or a float without a fraction.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Scalar::Bool(x) => Some(i64::from(x)),
            Scalar::I64(x) => Some(x),
            Scalar::F32(_) | Scalar::F64(_) => {
                let x = self.to_f64();
                // Both bounds are exact in f64, and the upper one is out of range.
                let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x);
                (in_range && x.fract() == 0.0).then_some(x as i64)
            }
            Scalar::C64(_) | Scalar::C128(_) => None,
        }
    }

    /// The value in another dtype, as a weakly typed literal takes the dtype of the other operand.
    ///
    /// Returns `None` when the dtype cannot represent the value: a fraction or too large a number in `i64`,
    /// an imaginary part in a real dtype.
    pub fn convert(self, dtype: DType) -> Option<Scalar> {
        if self.dtype() == dtype {
            return Some(self);
        }
        if self.dtype().is_complex() && !dtype.is_complex() {
            return None;
        }
        Some(match dtype {
            DType::Bool => Scalar::Bool(self.to_f64() != 0.0),
            DType::I64 => Scalar::I64(self.to_i64()?),
            DType::F32 => Scalar::F32(self.to_f64() as f32),
            DType::F64 => Scalar::F64(self.to_f64()),
            DType::C64 => {
                let z = self.to_c128();
                Scalar::C64(Complex32::new(z.re as f32, z.im as f32))
            }
            DType::C128 => Scalar::C128(self.to_c128()),
        })
    }
}
