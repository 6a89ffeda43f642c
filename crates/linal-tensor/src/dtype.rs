//! Element types of tensors and how they promote.

use std::fmt;
use std::str::FromStr;

/// The element type of a tensor.
///
/// `F64` is the default; complex types exist for the signal functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// One byte an element, 0 or 1.
    Bool,
    /// 64-bit signed integer.
    I64,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Complex number of two `f32`: 64 bits.
    C64,
    /// Complex number of two `f64`: 128 bits.
    C128,
}

/// Every dtype, in promotion order.
pub const DTYPES: [DType; 6] = [DType::Bool, DType::I64, DType::F32, DType::F64, DType::C64, DType::C128];

impl DType {
    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool => 1,
            DType::F32 => 4,
            DType::I64 | DType::F64 | DType::C64 => 8,
            DType::C128 => 16,
        }
    }

    /// The name that the language uses: `f64`, `bool`, ...
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I64 => "i64",
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::C64 => "c64",
            DType::C128 => "c128",
        }
    }

    /// Whether elements are complex numbers.
    pub const fn is_complex(self) -> bool {
        matches!(self, DType::C64 | DType::C128)
    }

    /// Whether elements are real floating-point numbers.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F32 | DType::F64)
    }

    /// Whether elements are integers or Booleans.
    pub const fn is_exact(self) -> bool {
        matches!(self, DType::Bool | DType::I64)
    }

    /// The common dtype of two arrays, as NumPy promotes them: `i64` with `f32` is `f64`.
    pub const fn promote(self, other: DType) -> DType {
        use DType::*;
        match (self, other) {
            (Bool, x) | (x, Bool) => x,
            (I64, I64) => I64,
            (F32, F32) => F32,
            (C64, C64) | (C64, F32) | (F32, C64) => C64,
            (C64 | C128, _) | (_, C64 | C128) => C128,
            (F64, _) | (_, F64) | (I64, F32) | (F32, I64) => F64,
        }
    }

    /// The dtype of a true division or of a function such as `SQRT`: integers become `f64`.
    pub const fn to_inexact(self) -> DType {
        match self {
            DType::Bool | DType::I64 => DType::F64,
            other => other,
        }
    }

    /// The dtype of arithmetic: Booleans count as 0 and 1.
    pub const fn to_number(self) -> DType {
        match self {
            DType::Bool => DType::I64,
            other => other,
        }
    }

    /// The real dtype of the same precision: `c64` gives `f32`.
    pub const fn to_real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            other => other,
        }
    }

    /// The complex dtype of the same precision: `f32` gives `c64`.
    pub const fn to_complex(self) -> DType {
        match self {
            DType::F32 | DType::C64 => DType::C64,
            _ => DType::C128,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of a name that is not one of `f32 f64 i64 bool c64 c128`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDType;

impl FromStr for DType {
    type Err = UnknownDType;

    fn from_str(text: &str) -> Result<DType, UnknownDType> {
        DTYPES.into_iter().find(|d| d.name().eq_ignore_ascii_case(text)).ok_or(UnknownDType)
    }
}
