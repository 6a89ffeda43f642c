//! Casts.

use std::mem::MaybeUninit;

use num_complex::{Complex32, Complex64};

use super::checked_loop::map_checked;
use super::unary::map;
use crate::kernel::{Arg, BLOCK, Register};
use crate::uninit::{write_chunks, write_each};
use crate::{DType, Error, Result};

/// An element that can be cast to any real dtype.
pub trait CastFrom: Register {
    /// As f64, exact except for large integers.
    fn to_f64(self) -> f64;

    /// As f32, rounded once.
    fn to_f32(self) -> f32;

    /// As an integer, truncated toward zero; `None` if it does not fit.
    fn to_i64(self) -> Option<i64>;

    /// As an integer, truncated toward zero, by SIMD instructions; the flag is false if the result is invalid
    /// and [`CastFrom::to_i64`] must be used.
    fn near_i64(self) -> (i64, bool);

    /// As a complex number.
    fn to_c128(self) -> Complex64 {
        Complex64::new(self.to_f64(), 0.0)
    }
}

impl CastFrom for bool {
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }

    fn to_f32(self) -> f32 {
        f32::from(u8::from(self))
    }

    fn to_i64(self) -> Option<i64> {
        Some(i64::from(self))
    }

    #[inline(always)]
    fn near_i64(self) -> (i64, bool) {
        (i64::from(self), true)
    }
}

impl CastFrom for i64 {
    fn to_f64(self) -> f64 {
        self as f64
    }

    fn to_f32(self) -> f32 {
        self as f32
    }

    fn to_i64(self) -> Option<i64> {
        Some(self)
    }

    #[inline(always)]
    fn near_i64(self) -> (i64, bool) {
        (self, true)
    }
}

impl CastFrom for f64 {
    fn to_f64(self) -> f64 {
        self
    }

    fn to_f32(self) -> f32 {
        self as f32
    }

    fn to_i64(self) -> Option<i64> {
        // -2^63 is exact in f64; 2^63 is the first number that does not fit.
        let integer = self.trunc();
        (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
            .contains(&integer)
            .then_some(integer as i64)
    }

    #[inline(always)]
    fn near_i64(self) -> (i64, bool) {
        /// The low bits of the sum with an integer below 2^51 are that integer.
        const SHIFT: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
        const NEAR: f64 = 2_251_799_813_685_248.0; // 2^51
        let shifted = (self.trunc() + SHIFT).to_bits();
        (shifted.wrapping_sub(SHIFT.to_bits()).cast_signed(), self.abs() < NEAR)
    }
}

impl CastFrom for f32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn to_f32(self) -> f32 {
        self
    }

    fn to_i64(self) -> Option<i64> {
        f64::from(self).to_i64()
    }

    #[inline(always)]
    fn near_i64(self) -> (i64, bool) {
        f64::from(self).near_i64()
    }
}

impl CastFrom for Complex64 {
    fn to_f64(self) -> f64 {
        self.re
    }

    fn to_f32(self) -> f32 {
        self.re as f32
    }

    fn to_i64(self) -> Option<i64> {
        self.re.to_i64()
    }

    fn to_c128(self) -> Complex64 {
        self
    }

    #[inline(always)]
    fn near_i64(self) -> (i64, bool) {
        self.re.near_i64()
    }
}

impl CastFrom for Complex32 {
    fn to_f64(self) -> f64 {
        f64::from(self.re)
    }

    fn to_f32(self) -> f32 {
        self.re
    }

    fn to_i64(self) -> Option<i64> {
        f64::from(self.re).to_i64()
    }

    fn to_c128(self) -> Complex64 {
        Complex64::new(f64::from(self.re), f64::from(self.im))
    }

    #[inline(always)]
    fn near_i64(self) -> (i64, bool) {
        f64::from(self.re).near_i64()
    }
}

/// Writes the elements in the dtype `R`. The graph checks that complex numbers are cast to complex dtypes
/// only.
///
/// # Errors
/// A float that does not fit an integer: NaN, infinite or too large.
pub fn cast<'o, A: CastFrom, R: Register>(
    a: Arg<'_, A>,
    out: &'o mut [MaybeUninit<R>],
) -> Result<&'o mut [R]> {
    let block = R::block(out);
    let written = match block {
        crate::kernel::BlockMut::Bool(out) => {
            bool::written(map(a, out, |x: A| x.to_c128() != Complex64::ZERO))
        }
        crate::kernel::BlockMut::I64(out) => i64::written(to_integers(a, out)?),
        crate::kernel::BlockMut::F32(out) => f32::written(map(a, out, |x: A| x.to_f32())),
        crate::kernel::BlockMut::F64(out) => f64::written(map(a, out, |x: A| x.to_f64())),
        crate::kernel::BlockMut::C64(out) => Complex32::written(map(a, out, |x: A| {
            let z = x.to_c128();
            Complex32::new(z.re as f32, z.im as f32)
        })),
        crate::kernel::BlockMut::C128(out) => Complex64::written(map(a, out, |x: A| x.to_c128())),
    };
    R::unwrap(written).ok_or(Error::DTypeMismatch {
        operation: "CAST",
        found: R::DTYPE,
        rule: "its own dtype",
    })
}

/// A block with large numbers, which are rare, is cast element by element.
fn to_integers<'o, A: CastFrom>(a: Arg<'_, A>, out: &'o mut [MaybeUninit<i64>]) -> Result<&'o mut [i64]> {
    let a = match a {
        Arg::Slice(a) => a,
        Arg::Splat(x) => {
            let integer = to_integer(x)?;
            return Ok(write_each(out, |_| integer));
        }
    };
    write_chunks(out, BLOCK, |start, block| {
        let a = &a[start..start + block.len()];
        let (written, all_near) = map_checked(
            Arg::Slice(a),
            block,
            true,
            #[inline(always)]
            |all_near, x: A| {
                let (integer, near) = x.near_i64();
                *all_near &= near;
                integer
            },
        );
        if !all_near {
            for (slot, &x) in written.iter_mut().zip(a) {
                *slot = to_integer(x)?;
            }
        }
        Ok(written)
    })
}

fn to_integer<A: CastFrom>(x: A) -> Result<i64> {
    x.to_i64().ok_or_else(|| Error::domain("CAST", format!("{:?} does not fit {}", x.to_f64(), DType::I64)))
}
