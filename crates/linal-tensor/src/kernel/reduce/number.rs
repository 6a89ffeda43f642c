//! What reductions need to know of the elements.

use num_complex::{Complex32, Complex64};

use crate::kernel::Register;

/// Elements with an order. Truth values count as 0 and 1.
pub(crate) trait Real: Register + PartialOrd {
    /// No element is less.
    const LEAST: Self;
    /// No element is greater.
    const GREATEST: Self;

    /// The element in double precision.
    fn real(self) -> f64;

    /// Whether the element is NaN.
    #[inline(always)]
    #[allow(clippy::eq_op, reason = "only NaN differs from itself")]
    fn is_nan(self) -> bool {
        self != self
    }
}

macro_rules! real {
    ($($type:ty, $least:expr, $greatest:expr, $real:expr);*) => {$(
        impl Real for $type {
            const LEAST: $type = $least;
            const GREATEST: $type = $greatest;

            #[inline(always)]
            fn real(self) -> f64 {
                let real: fn($type) -> f64 = $real;
                real(self)
            }
        }
    )*};
}

real!(
    bool, false, true, |x| f64::from(u8::from(x));
    i64, i64::MIN, i64::MAX, |x| x as f64;
    f32, f32::NEG_INFINITY, f32::INFINITY, f64::from;
    f64, f64::NEG_INFINITY, f64::INFINITY, |x| x
);

/// Complex elements.
pub(crate) trait Complexes: Register {
    /// The element in double precision.
    fn wide(self) -> Complex64;
}

impl Complexes for Complex32 {
    #[inline(always)]
    fn wide(self) -> Complex64 {
        Complex64::new(f64::from(self.re), f64::from(self.im))
    }
}

impl Complexes for Complex64 {
    #[inline(always)]
    fn wide(self) -> Complex64 {
        self
    }
}

/// Runs a block with a type alias bound to the Rust type of a dtype, real or complex.
macro_rules! by_kind {
    ($dtype:expr, $T:ident => real $real:expr, complex $complex:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $T = bool;
                $real
            }
            $crate::DType::I64 => {
                type $T = i64;
                $real
            }
            $crate::DType::F32 => {
                type $T = f32;
                $real
            }
            $crate::DType::F64 => {
                type $T = f64;
                $real
            }
            $crate::DType::C64 => {
                type $T = $crate::Complex32;
                $complex
            }
            $crate::DType::C128 => {
                type $T = $crate::Complex64;
                $complex
            }
        }
    };
}

pub(crate) use by_kind;
