//! Traits of the elements of reductions.

use num_complex::{Complex32, Complex64};

use crate::kernel::Register;

/// Real elements. Booleans count as 0 and 1.
pub(crate) trait RealNumber: Register + PartialOrd {
    /// The minimum of the type.
    const MIN_VALUE: Self;
    /// The maximum of the type.
    const MAX_VALUE: Self;

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
        impl RealNumber for $type {
            const MIN_VALUE: $type = $least;
            const MAX_VALUE: $type = $greatest;

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
pub(crate) trait ComplexNumber: Register {
    /// The element in double precision.
    fn wide(self) -> Complex64;
}

impl ComplexNumber for Complex32 {
    #[inline(always)]
    fn wide(self) -> Complex64 {
        Complex64::new(f64::from(self.re), f64::from(self.im))
    }
}

impl ComplexNumber for Complex64 {
    #[inline(always)]
    fn wide(self) -> Complex64 {
        self
    }
}

/// Evaluates one expression for real and another for complex dtypes, with a type alias for the Rust type of
/// the dtype.
macro_rules! dispatch_real_or_complex {
    (@arms $dtype:expr, $T:ident, $($name:ident: $type:ty => $body:expr),*) => {
        match $dtype {
            $($crate::DType::$name => {
                #[allow(dead_code, reason = "an error needs no type")]
                type $T = $type;
                $body
            })*
        }
    };
    ($dtype:expr, $T:ident => real $real:expr, complex $complex:expr) => {
        $crate::kernel::reduce::dispatch_real_or_complex!(@arms $dtype, $T,
            Bool: bool => $real, I64: i64 => $real, F32: f32 => $real, F64: f64 => $real,
            C64: $crate::Complex32 => $complex, C128: $crate::Complex64 => $complex)
    };
}

pub(crate) use dispatch_real_or_complex;
